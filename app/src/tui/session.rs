//! The loop: whatever comes first is taken, everything that has come is drained, and then a frame is drawn, if
//! anything changed, and not sooner than a frame's time after the last.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream, KeyEventKind};
use futures_util::StreamExt as _;
use gkfs_runner::Moment;
use gkfs_runner::event::Level;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::effect::{Engine, Worker};
use super::msg::{Effect, Msg};
use super::state::State;
use super::terminal::Screen;
use super::update::{settle, update};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// How often the clock is looked at while something runs.
const CLOCK: Duration = Duration::from_secs(1);
/// How often files of a running test are looked at while it is shown.
const POLL: Duration = Duration::from_millis(100);

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

/// Shows the screen until the user has enough; then everything that was started has ended.
pub(crate) async fn run(
    state: &mut State,
    engine: Option<Engine>,
    mailbox: Mailbox,
    first: Vec<Effect>,
    editor: String,
) -> io::Result<()> {
    let mut session = Session {
        screen: Screen::enter()?,
        worker: Worker::new(engine, mailbox.out.clone()),
        keys: Some(EventStream::new()),
        signals: Signals::new()?,
        inbox: mailbox.inbox,
        editor,
        dirty: true,
        over: false,
    };
    state.now = Moment::now().mono;
    state.size = session.screen.size();
    session.work(state, first)?;
    session.go_on(state).await
}

struct Session {
    screen: Screen,
    worker: Worker,
    /// Nobody reads keys while another program has the terminal.
    keys: Option<EventStream>,
    signals: Signals,
    inbox: UnboundedReceiver<Msg>,
    editor: String,
    dirty: bool,
    over: bool,
}

struct Signals {
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
}

impl Session {
    async fn go_on(&mut self, state: &mut State) -> io::Result<()> {
        let mut clock = interval(CLOCK);
        let mut poll = interval(POLL);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next_frame = Instant::now();
        while !self.over {
            let keys = self.keys.get_or_insert_with(EventStream::new);
            let live = state.shown.as_ref().is_some_and(|shown| shown.live);
            tokio::select! {
                biased;
                () = sleep_until(next_frame), if self.dirty => {
                    self.frame(state)?;
                    next_frame = Instant::now() + FRAME;
                }
                key = keys.next() => self.terminal(state, key)?,
                Some(msg) = self.inbox.recv() => self.take(state, msg)?,
                _ = self.signals.terminate.recv() => {
                    self.take(state, Msg::Terminate("told to end by SIGTERM"))?;
                }
                _ = self.signals.hang_up.recv() => self.take(state, Msg::Terminate("the terminal hung up"))?,
                _ = clock.tick(), if state.needs_clock() => self.take(state, Msg::Tick(Moment::now()))?,
                _ = poll.tick(), if live => self.quietly(state, Msg::Drill(super::drill::Msg::Poll))?,
            }
            self.drain(state)?;
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
        self.screen.draw(state)
    }

    fn terminal(&mut self, state: &mut State, event: Option<io::Result<TerminalEvent>>) -> io::Result<()> {
        // A notice is timed from when it is given, not from when the clock was last looked at.
        state.now = Moment::now().mono;
        match event {
            Some(Ok(TerminalEvent::Key(key))) if key.kind != KeyEventKind::Release => {
                self.take(state, Msg::Key(key))
            }
            Some(Ok(TerminalEvent::Paste(text))) => self.take(state, Msg::Paste(text)),
            Some(Ok(TerminalEvent::Resize(columns, rows))) => self.take(state, Msg::Resize(columns, rows)),
            Some(Ok(_)) => Ok(()),
            // The terminal is gone; what runs must not stay without anybody to see it.
            Some(Err(_)) | None if !state.quitting => {
                self.take(state, Msg::Terminate("the terminal is gone"))
            }
            Some(Err(error)) => Err(error),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn take(&mut self, state: &mut State, msg: Msg) -> io::Result<()> {
        self.dirty = true;
        self.quietly(state, msg)
    }

    /// Takes a message that changes nothing on the screen by itself.
    fn quietly(&mut self, state: &mut State, msg: Msg) -> io::Result<()> {
        let effects = update(state, msg);
        self.work(state, effects)
    }

    fn work(&mut self, state: &mut State, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Discover => self.worker.start(None),
                Effect::Start(request) => self.worker.start(Some(request)),
                Effect::Cancel(kind) => self.worker.cancel(kind),
                Effect::CancelTests(ids) => self.worker.cancel_tests(&ids),
                Effect::Drill(effect) => self.worker.load(effect),
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => self.over = true,
                Effect::Suspend => self.suspended(state, || {
                    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)
                        .map_err(|error| format!("cannot suspend: {error}"))
                })?,
                Effect::Edit { file, line } => {
                    let editor = self.editor.clone();
                    self.suspended(state, || edit(&editor, &file, line))?;
                }
            }
        }
        Ok(())
    }

    /// Gives the terminal to another program and takes it back; that one gets all the keys.
    fn suspended(&mut self, state: &mut State, other: impl FnOnce() -> Result<(), String>) -> io::Result<()> {
        self.keys = None;
        self.screen.leave();
        let result = other();
        self.screen.take()?;
        state.size = self.screen.size();
        state.now = Moment::now().mono;
        if let Err(why) = result {
            update(state, Msg::Note(Level::Error, why));
        }
        self.dirty = true;
        Ok(())
    }
}

/// Opens a file in the user's editor, and waits for its end.
fn edit(editor: &str, file: &Path, line: u32) -> Result<(), String> {
    let words = shell_words::split(editor).map_err(|error| format!("$EDITOR `{editor}`: {error}"))?;
    let Some((program, args)) = words.split_first() else {
        return Err("$EDITOR is empty".to_owned());
    };
    let status = Command::new(program)
        .args(args)
        .arg(format!("+{line}"))
        .arg(file)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}")),
        Err(error) => Err(format!(
            "cannot start {program}: {error}; set EDITOR to one that is there"
        )),
    }
}
