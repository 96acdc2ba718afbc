//! The loop: whatever comes first is taken, everything that has come is drained, and then a frame is drawn, if
//! anything changed, and not sooner than a frame's time after the last.

use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream, KeyEventKind};
use futures_util::{FutureExt as _, StreamExt as _};
use gkfs_runner::Moment;
use gkfs_runner::event::Level;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::effect::{Engine, Worker};
use super::follow::Follow;
use super::memory::keep::Keeper;
use super::msg::{Effect, Msg};
use super::shell::{self, Programs};
use super::state::State;
use super::terminal::Screen;
use super::update::{settle, update};
use super::view;
use crate::{CommandError, Exit};
use signals::{Asked, Signals};

mod lend;
mod print;
mod signals;
#[cfg(test)]
mod tests;

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
        worker: Worker::new(engine, mailbox.out.clone(), around.copies),
        keys: Keys::Read(EventStream::new()),
        signals: Signals::new()?,
        inbox: mailbox.inbox,
        programs: around.programs,
        memory: around.memory,
        wish: None,
        follow: Follow::new(mailbox.out),
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
    dirty: bool,
    /// When the last frame was, and when the next may be.
    drawn: Instant,
    next_frame: Instant,
    over: bool,
    exit: Exit,
}

/// Where keys come from.
enum Keys {
    /// From the terminal.
    Read(EventStream),
    /// Another program has them.
    Lent,
    /// The terminal is gone.
    Gone,
}

/// What takes the terminal away from the screen for a while.
#[derive(Debug)]
enum Wish {
    /// Stop, until the shell lets us go on.
    Suspend,
    /// Let another program have it.
    Lend(Command),
    /// Let a shell have it, after these words.
    Visit(Command, String),
    /// Leave on it what is shown, until a key is pressed.
    Print,
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
                _ = clock.tick(), if state.needs_clock() => self.take(state, Msg::Tick(Moment::now()))?,
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
        quiet_input()?;
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

    fn work(&mut self, state: &mut State, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Collect(lines) => self.worker.collect(lines),
                Effect::Save(text) => self.worker.save(text),
                Effect::Mouse(on) => self.screen.mouse(on),
                Effect::ReadLog { file, from } => self.worker.read_log(file, from),
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => self.over = true,
                Effect::Suspend => self.wish = Some(Wish::Suspend),
                Effect::Shell { id, attempt } => match shell::command(&self.programs, &id, &attempt) {
                    Ok((command, greeting)) => self.wish = Some(Wish::Visit(command.into(), greeting)),
                    Err(why) => self.take(state, Msg::Note(Level::Error, why))?,
                },
                Effect::Debug { attempt } => match shell::debugger(&attempt) {
                    Ok((command, greeting)) => self.wish = Some(Wish::Visit(command.into(), greeting)),
                    Err(why) => self.take(state, Msg::Note(Level::Error, why))?,
                },
                Effect::Print => self.wish = Some(Wish::Print),
                Effect::Edit { file, line } => match lend::edit(&state.settings.editor, &file, line) {
                    Ok(command) => self.wish = Some(Wish::Lend(command)),
                    Err(why) => self.take(state, Msg::Note(Level::Error, why))?,
                },
                effect => self.worker.work(effect),
            }
        }
        Ok(())
    }

    /// Lets others have the terminal, and takes it back.
    async fn away(&mut self, state: &mut State, wish: Wish) -> io::Result<()> {
        if !self.keys.are_there() {
            return Ok(());
        }
        // Whoever has the terminal gets all the keys.
        tracing::debug!(?wish, "the terminal is for others");
        self.keys = Keys::Lent;
        self.screen.leave();
        let (result, asked) = match wish {
            Wish::Suspend => (signals::stop_job(), None),
            Wish::Lend(command) => lend::run(command, &mut self.signals).await,
            Wish::Visit(command, greeting) => lend::visit(command, &greeting, &mut self.signals).await,
            Wish::Print => print::print(view::plain(state), &mut self.signals).await,
        };
        self.signals.forget_keys();
        self.keys = Keys::Read(EventStream::new());
        state.now = Moment::now().mono;
        self.retake(state)?;
        if let Err(why) = result {
            self.take(state, Msg::Note(Level::Error, why))?;
        }
        match asked {
            Some(asked) => self.asked(state, asked),
            None => Ok(()),
        }
    }
}

impl Keys {
    async fn next(&mut self) -> Option<io::Result<TerminalEvent>> {
        match self {
            Keys::Read(stream) => stream.next().await,
            Keys::Lent | Keys::Gone => std::future::pending().await,
        }
    }

    fn are_there(&self) -> bool {
        matches!(self, Keys::Read(_))
    }
}

/// Writes down what is worth it: what went wrong, and what others asked for.
fn note(msg: &Msg) {
    match msg {
        Msg::Note(Level::Error, text) => tracing::error!("{text}"),
        Msg::Note(Level::Warn, text) => tracing::warn!("{text}"),
        Msg::Note(Level::Info, text) => tracing::info!("{text}"),
        Msg::Terminate(why) => tracing::warn!("{why}"),
        Msg::Done(Some(why)) => tracing::warn!("{why}"),
        Msg::Watching(Err(why)) => tracing::error!("{why}"),
        Msg::Watched { news, .. } => tracing::info!(?news, "told by the watch"),
        Msg::Resize(columns, rows) => tracing::debug!(columns, rows, "the terminal's size"),
        Msg::Key(key) => tracing::trace!(?key),
        _ => {}
    }
}

/// Puts in the terminal's place something on which nothing ever comes. Whoever reads keys would otherwise be told,
/// again and again without a pause, that there is something to read: the end.
fn quiet_input() -> io::Result<()> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    rustix::stdio::dup2_stdin(reader)?;
    // A pipe that nobody can write to any more is at its end, too.
    std::mem::forget(writer);
    Ok(())
}
