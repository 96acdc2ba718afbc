//! What the drill-down wants of the disk, and what came of it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::Tab;
use super::changes::recorded::Recorded;
use super::history::Past;
use super::logs::LineRef;
use super::query::Query;
use super::results::Found;
use super::rows::{Pass, Rows, Snapshot};
use super::sources::Kind;
use super::sources::index::{Cursor, Growth};
use super::sources::lines::Lines;
use super::workspace::preview::{PreviewAsk, Window};
use super::workspace::seen::{Seen, Sum, TreeAsk};
use crate::compare::{Comparison, FilesAsk, LogDiff};
use crate::look;
use crate::report::steps::Line;

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
    /// Look at directories and files of the workspace.
    Tree(TreeAsk),
    /// Add up what directories below the first hold.
    Sums(PathBuf, Vec<PathBuf>),
    /// Read a part of a file.
    Preview(PreviewAsk),
    /// Find a test in all recorded runs.
    History {
        /// The directory of the run that is looked at; beside it are the others.
        run: PathBuf,
        /// The test.
        id: String,
    },
    /// See what a client sees.
    Mount(LookAsk),
    /// Compare two attempts.
    Compare(PathBuf, PathBuf),
    /// Compare a file that their workspaces hold.
    CompareFiles(FilesAsk),
    /// Read the file that shows what a test's view changed.
    Changes(PathBuf),
}

/// A file system to be looked at.
#[derive(Debug, Clone)]
pub(crate) struct LookAsk {
    /// The look's number.
    pub(crate) number: u64,
    /// This executable, which looks.
    pub(crate) program: PathBuf,
    /// Whose file system.
    pub(crate) attempt: PathBuf,
    /// Whether that still runs.
    pub(crate) live: bool,
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
    /// How far the steps were read, in bytes.
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
            Answer::Tree(seen) => seen.is_no_news(),
            Answer::Sums(_, left) => !left.is_empty(),
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
    /// What was seen of the workspace.
    Tree(Seen),
    /// What some directories hold, and those that are left.
    Sums(Vec<(PathBuf, Sum)>, Vec<PathBuf>),
    /// A part of a file, or why it could not be read.
    Preview(PathBuf, Result<Window, String>),
    /// The test in recorded runs, the newest first.
    History(Vec<Past>),
    /// What a client sees, or why it was not to be seen, with the look's number.
    Mount(u64, Result<look::Look, String>),
    /// Two attempts, and what came of comparing them.
    Compared(PathBuf, PathBuf, Comparison),
    /// A file of two workspaces, and what came of comparing it.
    ComparedFiles(FilesAsk, LogDiff),
    /// What a test's view changed, if the file was there.
    Changes(Option<Vec<Recorded>>),
}

/// What has come to an attempt's files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looked {
    /// New lines, by file.
    pub(crate) growths: Vec<(Kind, PathBuf, Growth)>,
    /// What has come to the steps.
    pub(crate) steps: Option<NewSteps>,
    /// What the run's record says.
    pub(crate) run: RunFacts,
    /// Files that are there no more.
    pub(crate) gone: Vec<PathBuf>,
    /// Whether nothing was known before.
    pub(crate) is_first: bool,
}

/// New lines of the steps' file.
#[derive(Debug, Clone)]
pub(crate) struct NewSteps {
    /// The file is another one now: what was known of it is void.
    pub(crate) restarted: bool,
    /// The lines.
    pub(crate) lines: Vec<Line>,
    /// How far they go, in bytes.
    pub(crate) until: u64,
}

impl Looked {
    fn is_no_news(&self) -> bool {
        let is_quiet = |growth: &Growth| !growth.restarted && !growth.grew && growth.entries.is_empty();
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
