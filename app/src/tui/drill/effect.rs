//! What the drill-down wants of the disk, and what came of it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use gkfs_runner::status::Status;
use jiff::tz::TimeZone;

use super::Tab;
use super::logs::LineRef;
use super::query::Query;
use super::results::Found;
use super::rows::{Pass, Rows, Snapshot};
use super::sources::Kind;
use super::sources::index::{Cursor, Growth};
use super::sources::lines::Lines;
use crate::report::steps::Step;

/// A wish. Each carries the generation of what is shown; an answer to an older one is dropped.
#[derive(Debug, Clone)]
pub struct Effect {
    /// What is shown when it is made.
    pub(crate) generation: u64,
    /// What is wished.
    pub(crate) wish: Wish,
}

/// What can be wished.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    /// See what has come to an attempt's files.
    Look(Look),
    /// Read these lines.
    Read(Vec<Piece>),
    /// Find the lines with a pattern.
    Find(Find),
    /// Arrange the rows of a tab.
    Arrange(Tab, Arrange),
    /// Read the lines of a source file around one.
    Excerpt {
        /// The file as the assertion names it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Directories it may be relative to.
        roots: Vec<PathBuf>,
    },
    /// List a directory.
    List(PathBuf),
    /// Read the beginning of a file.
    Preview(PathBuf),
    /// Find a test in all recorded runs.
    History {
        /// The directory that holds `runs`.
        base: PathBuf,
        /// The test.
        id: String,
    },
}

/// Files of an attempt, as far as they are known.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// The attempt's directory.
    pub(crate) attempt: PathBuf,
    /// Whether it still runs.
    pub(crate) live: bool,
    /// What was indexed.
    pub(crate) known: Vec<(PathBuf, Cursor)>,
    /// Size of the steps that were read.
    pub(crate) steps: u64,
    /// What the run's record says, if it was read.
    pub(crate) run: Option<RunFacts>,
    /// How much of a file is indexed before something is shown, in bytes.
    pub(crate) portion: u64,
}

/// A line to be read.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Which.
    pub(crate) line: LineRef,
    /// From which file.
    pub(crate) path: PathBuf,
    /// From where to where, in bytes.
    pub(crate) span: Range<u64>,
}

/// What a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To go there.
    Search,
    /// To show nothing else.
    Filter,
    /// To show all else.
    Exclude,
}

/// A search.
#[derive(Debug, Clone)]
pub(crate) struct Find {
    /// What for.
    pub(crate) purpose: Purpose,
    /// Its number: an answer to an older one is dropped.
    pub(crate) number: u64,
    /// The pattern.
    pub(crate) query: Query,
    /// Where.
    pub(crate) scopes: Vec<Scope>,
}

/// Lines of a source to be looked through.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// The source.
    pub(crate) source: u16,
    /// Its file.
    pub(crate) path: PathBuf,
    /// Where its lines are.
    pub(crate) lines: Lines,
    /// Which of them.
    pub(crate) range: Range<u32>,
}

/// Lines to be arranged as rows.
#[derive(Debug, Clone)]
pub(crate) struct Arrange {
    /// Its number: an answer to an older one is dropped.
    pub(crate) number: u64,
    /// What is arranged already.
    pub(crate) rows: Arc<Rows>,
    /// What is shown of the lines.
    pub(crate) pass: Pass,
    /// The lines.
    pub(crate) lines: Snapshot,
}

impl Arrange {
    /// Does it.
    pub(crate) fn done(mut self) -> Arc<Rows> {
        Arc::make_mut(&mut self.rows).extend(&self.pass, &self.lines);
        self.rows
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The generation of the wish.
    pub(crate) generation: u64,
    /// What came of it.
    pub(crate) answer: Answer,
}

impl Loaded {
    /// Whether it is a look at files that brought nothing.
    pub(crate) fn is_no_news(&self) -> bool {
        match &self.answer {
            Answer::Looked(looked) => !looked.is_first && looked.is_no_news(),
            _ => false,
        }
    }
}

/// What can come of a wish.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// What has come to an attempt's files.
    Looked(Box<Looked>),
    /// The lines' bytes.
    Read(Vec<(LineRef, Vec<u8>)>),
    /// Where the pattern occurs.
    Found {
        /// What for.
        purpose: Purpose,
        /// The search's number.
        number: u64,
        /// Source, the lines that were looked through, and those that have it.
        places: Vec<(u16, Range<u32>, Vec<u32>)>,
    },
    /// The rows of a tab, and the number of their arrangement.
    Arranged(Tab, u64, Arc<Rows>),
    /// A source file around a line, if it is there.
    Excerpt(Option<Found>),
    /// A directory's entries, or why it could not be listed.
    Listed(PathBuf, Result<Vec<Item>, String>),
    /// A file's beginning, or why it could not be read.
    Preview(PathBuf, Result<Preview, String>),
    /// The test in recorded runs, the newest first.
    History(Vec<Past>),
}

/// What has come to an attempt's files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looked {
    /// New lines, by file.
    pub(crate) growths: Vec<(Kind, PathBuf, Growth)>,
    /// The steps and the size they were read at, if that changed.
    pub(crate) steps: Option<(Vec<Step>, u64)>,
    /// What the run's record says.
    pub(crate) run: RunFacts,
    /// Files that are there no more.
    pub(crate) gone: Vec<PathBuf>,
    /// Whether nothing was known before.
    pub(crate) is_first: bool,
}

impl Looked {
    fn is_no_news(&self) -> bool {
        let is_quiet = |growth: &Growth| !growth.restarted && growth.entries.is_empty();
        self.steps.is_none()
            && self.gone.is_empty()
            && self.growths.iter().all(|(_, _, growth)| is_quiet(growth))
    }
}

/// What the drill-down needs of a run's record.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunFacts {
    /// The zone of the machine that ran it.
    pub(crate) zone: Option<TimeZone>,
    /// Directories that source files may be relative to.
    pub(crate) roots: Vec<PathBuf>,
    /// When the run began, in microseconds since the epoch: what was tested is older.
    pub(crate) started: i64,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// Its name.
    pub(crate) name: std::ffi::OsString,
    /// Whether it is a directory, and not a link to one.
    pub(crate) is_dir: bool,
    /// Where it leads, if it is a link.
    pub(crate) link: Option<PathBuf>,
    /// Type and permissions, as in `st_mode`.
    pub(crate) mode: u32,
    /// Size in bytes.
    pub(crate) size: u64,
    /// Last change, in microseconds since the epoch.
    pub(crate) modified: i64,
}

/// A file's beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preview {
    /// Its first bytes.
    pub(crate) bytes: Vec<u8>,
    /// How many it has.
    pub(crate) size: u64,
}

/// A test in a recorded run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Past {
    /// The run.
    pub(crate) run: String,
    /// When it began, in microseconds since the epoch.
    pub(crate) started: i64,
    /// The verdict, if there is one.
    pub(crate) status: Option<Status>,
    /// Time of all attempts, in microseconds.
    pub(crate) duration: u64,
    /// How many attempts.
    pub(crate) attempts: usize,
    /// Why it did not pass.
    pub(crate) reason: Option<String>,
    /// The stack.
    pub(crate) stack: String,
}
