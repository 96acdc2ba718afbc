//! What comes in, and what is wished for: the two ends of [`super::update`].

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use gkfs_runner::event::Level;
use gkfs_runner::record::StackInfo;
use gkfs_runner::{CancelKind, Event, EventKind, Moment};

use super::config::Config;
use super::state::own_log::Growth;
use super::{build, drill};
use crate::watch::{Change, News};

/// Something happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something: it is ours only while [`State::mouse`](super::State::mouse) is set.
    Mouse(MouseEvent),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// Time has passed.
    Tick(Moment),
    /// The machine slept for so long.
    Slept(Duration),
    /// The session was suspended, and all that runs with it.
    StoodStill(Duration),
    /// Tests are being looked for.
    Finding,
    /// Something was found, or is built on the way.
    Found(Moment, EventKind),
    /// The search has found all there is.
    FoundAll,
    /// A run begins, or is opened again; its events follow.
    RunOpened(Opened),
    /// An event of that run.
    Run(Event),
    /// What was asked for last, a search or a run, is over; with what the user should know about it.
    Done(Option<String>),
    /// The suite file was read again, and the stack looked at.
    Loaded(Loaded),
    /// What watches files has something to say.
    Watched {
        /// What.
        news: News,
        /// Of a change of the stack's programs, which they are now.
        stack: Option<StackInfo>,
    },
    /// Something happens in a run that another process makes.
    Followed {
        /// The run's id.
        run: String,
        /// What.
        what: Followed,
    },
    /// A build says something, or ends.
    Build(build::Msg),
    /// Why the stack's programs are older than what they are made of, if they are.
    Age(Option<String>),
    /// Changes can, or cannot, be noticed.
    Watching(Result<(), String>),
    /// Tests of pytest get the other harness from now on, or why not.
    Switched(Result<Switched, String>),
    /// Someone else wants us to end.
    Terminate(&'static str),
    /// Something the user should know.
    Note(Level, String),
    /// Lines that were to be copied: how many, and their text; or why not.
    Collected(Result<(usize, String), String>),
    /// The user's files were read again.
    Configured(Box<Config>),
    /// The workbench's own log may have grown.
    LookAtLog,
    /// Something has come to the workbench's own log.
    OwnLog(Growth),
    /// The drill-down's own.
    Drill(drill::Msg),
}

/// What happens in a run that another process makes.
#[derive(Debug)]
pub enum Followed {
    /// It goes on.
    Begins,
    /// An event of it.
    Event(Box<Event>),
    /// It is over; whether its runner was killed.
    Over {
        /// The runner is gone without having said so.
        killed: bool,
    },
}

/// What a suite file, and the stack that it names, say now.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The stack.
    pub stack: StackInfo,
    /// Whether a change ends a run that goes on, instead of waiting for its end; where the suite file does not say,
    /// the user's settings do.
    pub restart: Option<bool>,
    /// The command that builds the stack, and whether it may be run unasked.
    pub builder: Option<(String, bool)>,
}

/// What has become of the choice whose fixtures tests of pytest get.
#[derive(Debug, Clone)]
pub struct Switched {
    /// Whose they are now, in words.
    pub told: String,
    /// The command that runs tests of the suite, up to their names.
    pub rerun: String,
}

/// A run whose events come next.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its id.
    pub id: String,
    /// Its directory.
    pub dir: PathBuf,
    /// The stack its tests run against.
    pub stack: StackInfo,
    /// Whether it happens now and by us; else it is looked back on.
    pub live: bool,
}

/// A wish for something that only the world outside can do.
#[derive(Debug)]
pub enum Effect {
    /// Look for tests.
    Discover,
    /// Run tests, looking for them anew.
    Start(Request),
    /// Begin to watch for changes.
    Watch,
    /// Give tests of pytest the other harness.
    SwitchHarness,
    /// End what goes on, for the sake of a newer change.
    Supersede,
    /// See whether the stack's programs are older than what they are made of.
    LookAtAge,
    /// End what runs, or is being built.
    Cancel(CancelKind),
    /// End these tests, by their ids, while the others go on.
    CancelTests(Vec<String>),
    /// Leave the screen to a program that edits `file`.
    Edit {
        /// The file.
        file: PathBuf,
        /// From 1.
        line: u32,
    },
    /// Leave the screen to a shell in an attempt's workspace.
    Shell {
        /// The test.
        id: String,
        /// The attempt's directory.
        attempt: PathBuf,
        /// Whether it still runs.
        live: bool,
    },
    /// Leave the screen to a debugger on a daemon of an attempt.
    Debug {
        /// The attempt's directory.
        attempt: PathBuf,
    },
    /// Let attempts go on that are held, by their directories.
    Release(Vec<PathBuf>),
    /// Leave what is shown on the normal screen, until a key is pressed.
    Print,
    /// Put text into the clipboard.
    Copy(String),
    /// Read lines that are to be copied.
    Collect(drill::Extract),
    /// Write down text that is too long for the clipboard.
    Save(String),
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Read what has come to the workbench's own log.
    ReadLog {
        /// The file.
        file: PathBuf,
        /// From this byte on.
        from: u64,
    },
    /// Paint everything anew.
    Redraw,
    /// Suspend to the shell.
    Suspend,
    /// End the session.
    Quit,
    /// The drill-down's own.
    Drill(drill::Effect),
}

/// Which tests to run, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Ids of tests and names of groups; `None` is whatever is on by default.
    pub only: Option<BTreeSet<String>>,
    /// Again and again, until a test fails.
    pub until_fail: bool,
    /// What fails is kept as it is, until it is let go on.
    pub hold: bool,
    /// What did not pass was asked for, and nothing else.
    pub failed_only: bool,
    /// Tests, or groups, that start before the others; the most urgent first.
    pub first: Vec<BTreeSet<String>>,
    /// The change that asks for it.
    pub change: Option<Change>,
    /// The stack is built first.
    pub build: bool,
    /// Nothing has changed that cargo builds.
    pub known: bool,
    /// The next change ends it: it began with what is most telling.
    pub yields: bool,
}

impl Request {
    /// Returns both as one; of what can only be one of two, the other's.
    #[must_use]
    pub fn with(self, other: Request) -> Request {
        let change = match (self.change, other.change) {
            (Some(mut one), Some(other)) => {
                one.paths.extend(other.paths);
                one.touched.merge(other.touched);
                Some(one)
            }
            (one, other) => one.or(other),
        };
        Request {
            only: self.only.zip(other.only).map(|(one, other)| &one | &other),
            until_fail: other.until_fail,
            hold: other.hold,
            failed_only: self.failed_only && other.failed_only,
            first: Vec::new(),
            change,
            build: self.build || other.build,
            known: self.known && other.known,
            yields: self.yields || other.yields,
        }
    }
}

impl Request {
    /// Returns which tests it means, in a few words.
    #[must_use]
    pub fn told(&self) -> String {
        match self.only.as_ref().map(|only| (only.len(), only.first())) {
            None => "all".to_owned(),
            Some((1, Some(id))) => id.clone(),
            Some((several, _)) => format!("{several} tests and groups"),
        }
    }
}
