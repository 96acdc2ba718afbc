//! The loop: whatever comes first is taken, everything that has come is drained, and then a frame is drawn, if
//! anything changed, and not sooner than a frame's time after the last.

use std::io::{self, Write as _};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, KeyEventKind};
use futures_util::FutureExt as _;
use gkfs_runner::Moment;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::effect::{Engine, Worker};
use super::follow::Follow;
use super::memory::keep::Keeper;
use super::msg::{Effect, Msg};
use super::shell::Programs;
use super::state::State;
use super::terminal::Screen;
use super::update::{settle, update};
use crate::{CommandError, Exit};
use farewell::farewell;
use keys::Keys;
use lend::Wish;
use note::note;
use signals::{Asked, Signals};
use slept::Slept;

mod farewell;
mod keys;
mod lend;
mod note;
mod print;
mod signals;
mod slept;
#[cfg(test)]
mod tests;
mod work;

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// The same after a key: who pressed it looks at the screen. Keys that come faster, as those that are held or pasted
/// do, are drawn together.
const AFTER_KEY: Duration = Duration::from_millis(4);
/// How often the clock is looked at while something runs.
const CLOCK: Duration = Duration::from_secs(1);

/// How often our own log is looked at while it is shown.
const LOG: Duration = Duration::from_millis(200);

/// Messages from elsewhere: workers, watchers, readers of records.
pub(crate) struct Mailbox {
    /// To send them.
    pub(crate) out: UnboundedSender<Msg>,
    /// To take them.
    pub(crate) inbox: UnboundedReceiver<Msg>,
}

impl Mailbox {
    /// An empty one.
    pub(crate) fn new() -> Mailbox {
        let (out, inbox) = tokio::sync::mpsc::unbounded_channel();
        Mailbox { out, inbox }
    }
}

/// What of the user's own a session has around it.
pub(crate) struct Around {
    /// What is started for the user.
    pub(crate) programs: Programs,
    /// What is remembered.
    pub(crate) memory: Keeper,
    /// Where what is too long for a clipboard goes.
    pub(crate) copies: Option<PathBuf>,
}

/// Shows the screen until the user has enough; then everything that was started has ended.
///
/// # Errors
/// When there is no terminal, and when something of ours panicked; the report of that is out already.
pub(crate) async fn run(
    state: &mut State,
    engine: Option<Engine>,
    mailbox: Mailbox,
    first: Vec<Effect>,
    around: Around,
) -> Result<Exit, CommandError> {
    let broken = CancellationToken::new();
    let mut session = Session {
        screen: Screen::enter(broken.clone())?,
        signals: Signals::new(engine.as_ref().map(|engine| engine.runner.clone()))?,
        worker: Worker::new(engine, mailbox.out.clone(), around.copies),
        keys: Keys::read(),
        inbox: mailbox.inbox,
        programs: around.programs,
        memory: around.memory,
        wish: None,
        follow: Follow::new(mailbox.out),
        slept: None,
        dirty: true,
        drawn: Instant::now(),
        next_frame: Instant::now(),
        over: false,
        exit: Exit::Passed,
    };
    state.now = Moment::now().mono;
    state.size = session.screen.size();
    session.screen.mouse(state.mouse);
    // Who unwinds out of the loop has reported already; what it leaves undone is done below.
    let work = AssertUnwindSafe(session.begin(state, first, &broken)).catch_unwind();
    let result = work.await;
    session.screen.leave();
    session.memory.write(state);
    if let (Ok(Ok(())), false) = (&result, broken.is_cancelled()) {
        session.say_farewell(state);
        return Ok(session.exit);
    }
    session.worker.end().await;
    match result {
        Ok(Err(error)) => Err(error.into()),
        _ => Err(CommandError::internal(
            "this is a fault of gkfs-bench; what ran was stopped",
        )),
    }
}

struct Session {
    screen: Screen,
    worker: Worker,
    keys: Keys,
    signals: Signals,
    inbox: UnboundedReceiver<Msg>,
    programs: Programs,
    memory: Keeper,
    /// What is to be done as soon as all that has come is taken.
    wish: Option<Wish>,
    follow: Follow,
    /// Whether the machine slept, while something is measured.
    slept: Option<Slept>,
    dirty: bool,
    /// When the last frame was, and when the next may be.
    drawn: Instant,
    next_frame: Instant,
    over: bool,
    exit: Exit,
}

impl Session {
    async fn begin(
        &mut self,
        state: &mut State,
        first: Vec<Effect>,
        broken: &CancellationToken,
    ) -> io::Result<()> {
        self.work(state, first)?;
        tokio::select! {
            biased;
            () = broken.cancelled() => Ok(()),
            done = self.go_on(state) => done,
        }
    }

    async fn go_on(&mut self, state: &mut State) -> io::Result<()> {
        let mut clock = interval(CLOCK);
        let mut log = interval(LOG);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        log.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.over {
            let shown = state.shown.as_ref().filter(|shown| shown.live);
            self.follow
                .only(shown.and_then(|shown| shown.attempt_dir.as_deref()));
            self.slept.take_if(|_| !state.needs_clock());
            let due = self.memory.due();
            let behind = self.screen.is_behind();
            tokio::select! {
                biased;
                served = self.screen.serve(), if behind || self.keys.are_there() => {
                    if served.is_err() {
                        self.gone(state)?;
                    }
                }
                () = sleep_until(self.next_frame), if self.dirty && !behind => self.frame(state)?,
                key = self.keys.next() => self.terminal(state, key)?,
                Some(msg) = self.inbox.recv() => self.take(state, msg)?,
                asked = self.signals.next() => self.asked(state, asked)?,
                _ = clock.tick(), if state.needs_clock() => self.tick(state)?,
                _ = log.tick(), if state.own_log.is_some() => self.quietly(state, Msg::LookAtLog)?,
                () = sleep_until(due.unwrap_or(self.drawn)), if due.is_some() => self.memory.write(state),
            }
            self.drain(state)?;
            if let Some(wish) = self.wish.take() {
                self.away(state, wish).await?;
            }
        }
        Ok(())
    }

    /// Leaves on the normal screen what was ended.
    fn say_farewell(&self, state: &State) {
        if let Some(text) = farewell(state).filter(|_| self.keys.are_there()) {
            // A terminal that is gone in this very moment has nobody who reads.
            let _ = io::stdout().write_all(text.as_bytes());
        }
    }

    /// Takes everything that has come meanwhile, so that a thousand events cost one frame.
    fn drain(&mut self, state: &mut State) -> io::Result<()> {
        const AT_ONCE: usize = 10_000;
        for _ in 0..AT_ONCE {
            match self.inbox.try_recv() {
                Ok(msg) => self.take(state, msg)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn tick(&mut self, state: &mut State) -> io::Result<()> {
        self.take(state, Msg::Tick(Moment::now()))?;
        match self.slept.get_or_insert_with(Slept::new).since() {
            Some(time) => self.take(state, Msg::Slept(time)),
            None => Ok(()),
        }
    }

    fn frame(&mut self, state: &mut State) -> io::Result<()> {
        self.dirty = false;
        let effects = settle(state);
        self.work(state, effects)?;
        self.screen.draw(state)?;
        self.drawn = Instant::now();
        self.next_frame = self.drawn + FRAME;
        self.memory.look(state);
        Ok(())
    }

    fn terminal(&mut self, state: &mut State, event: Option<io::Result<TerminalEvent>>) -> io::Result<()> {
        // A notice is timed from when it is given, not from when the clock was last looked at.
        state.now = Moment::now().mono;
        self.next_frame = self.next_frame.min(self.drawn + AFTER_KEY);
        match event {
            Some(Ok(TerminalEvent::Key(key))) if key.kind != KeyEventKind::Release => {
                self.take(state, Msg::Key(key))
            }
            Some(Ok(TerminalEvent::Mouse(event))) => self.take(state, Msg::Mouse(event)),
            Some(Ok(TerminalEvent::Paste(text))) => self.take(state, Msg::Paste(text)),
            Some(Ok(TerminalEvent::Resize(..))) => self.resized(state),
            Some(Ok(_)) => Ok(()),
            Some(Err(_)) | None => self.gone(state),
        }
    }

    /// The terminal says itself how large it is: of many changes at once the last one counts.
    fn resized(&mut self, state: &mut State) -> io::Result<()> {
        let (columns, rows) = self.screen.size();
        self.take(state, Msg::Resize(columns, rows))
    }

    fn asked(&mut self, state: &mut State, asked: Asked) -> io::Result<()> {
        match asked {
            Asked::End(why) => {
                self.exit = Exit::Interrupted;
                self.take(state, Msg::Terminate(why))
            }
            Asked::HangUp => self.gone(state),
            Asked::Stop => {
                self.wish = Some(Wish::Suspend);
                Ok(())
            }
            // The kernel wakes those whose terminal hangs up, too.
            Asked::WentOn if self.keys.are_there() => self.retake(state),
            Asked::WentOn => Ok(()),
        }
    }

    /// Takes the terminal after others have had it.
    fn retake(&mut self, state: &mut State) -> io::Result<()> {
        match self.screen.take() {
            Ok(()) => self.resized(state),
            Err(_) => self.gone(state),
        }
    }

    /// The terminal is gone; what runs must not stay without anybody to see it.
    fn gone(&mut self, state: &mut State) -> io::Result<()> {
        if !self.keys.are_there() {
            return Ok(());
        }
        self.keys = Keys::Gone;
        // Given back: what is drawn from here on is for nobody.
        self.screen.leave();
        keys::quiet_input()?;
        self.exit = Exit::Interrupted;
        self.take(state, Msg::Terminate("the terminal is gone"))
    }

    fn take(&mut self, state: &mut State, msg: Msg) -> io::Result<()> {
        self.dirty |= !matches!(&msg, Msg::Drill(msg) if msg.is_no_news());
        self.quietly(state, msg)
    }

    /// Takes a message that changes nothing on the screen by itself.
    fn quietly(&mut self, state: &mut State, msg: Msg) -> io::Result<()> {
        note(&msg);
        let effects = update(state, msg);
        self.work(state, effects)
    }
}
