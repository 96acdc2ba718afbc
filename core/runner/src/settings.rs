//! What to run, and how: everything the runner is told from outside. It reads no configuration and no environment.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use crate::Moment;
use crate::record::{Retention, StackInfo};

/// How a run is carried out. Build it from [`RunSettings::new`] and set what differs.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// The `.gkfs-bench` directory, made if missing; the run becomes `runs/<id>/` in it.
    pub base: PathBuf,
    /// The suite's directory and file, for the record.
    pub suite_root: PathBuf,
    /// The suite's file, for the record.
    pub suite_config: Option<PathBuf>,
    /// The command line that asked for the run, for the record.
    pub argv: Vec<OsString>,
    /// Where it was given, for the record.
    pub cwd: PathBuf,
    /// What was selected, for the record.
    pub selection: serde_json::Value,
    /// The stack: recorded, and given to tests as `GKFS_BENCH_BIN_DIRS`, `_LIB_DIRS`, `_INTERFACE`, `_STACK`,
    /// `_STRICT`.
    pub stack: StackInfo,
    /// `GKFS_BENCH_EXE`: the program that tests call back.
    pub exe: PathBuf,
    /// Further variables for every test process.
    pub env: Vec<(OsString, OsString)>,
    /// Command line of the keeper, without the run: a program that ends in [`crate::keeper::main`], as
    /// `gkfs-bench keeper`. The runner adds `--run COOKIE`.
    pub keeper: Vec<OsString>,
    /// Tests at a time.
    pub jobs: NonZeroUsize,
    /// Further attempts for a test that did not pass.
    pub retries: u32,
    /// How often each test is run; its status is the worst of them. Where it is more than once, of the attempts that
    /// passed only the last one's directory is kept.
    pub repeat: Repeat,
    /// An attempt that fails is kept as it is, with all that it started and without a deadline, until
    /// [`release`](crate::release) lets it go on.
    pub hold: bool,
    /// The terminal that a debugger of Python gets. Only for runs of one test at a time.
    pub terminal: Option<PathBuf>,
    /// Whether a flaky test makes the run fail.
    pub flaky: FlakyPolicy,
    /// Deadline of an attempt, unless its group says otherwise.
    pub timeout: Duration,
    /// What becomes of these deadlines, and of the groups' and tests' own.
    pub deadlines: Deadlines,
    /// Slow mark of an attempt, unless its group says otherwise.
    pub slow: Duration,
    /// From TERM to KILL.
    pub grace: Duration,
    /// How long processes may take to go after their test has ended, before they count as leaked.
    pub leak_grace: Duration,
    /// Which tests start before the others: ids, or names of groups, the most urgent set first. Within a set, and among
    /// those that are in none, the order is that of discovery.
    pub first: Vec<BTreeSet<String>>,
    /// The change of files that asked for the run: recorded with its own time, so that what lies between a save and the
    /// first process can be read from the record.
    pub change: Option<Change>,
    /// After so many tests that did not pass no further one is started.
    pub max_fail: Option<NonZeroUsize>,
    /// After this the run is ended, whatever it has come to, and has failed.
    pub deadline: Option<Duration>,
    /// Tests that were skipped for such a reason make the run fail: they keep their status.
    pub deny_skips: Option<DenySkips>,
    /// `GKFS_BENCH_SEED`; one value for the whole run, so that it can be repeated.
    pub seed: u64,
    /// Which older runs may stay when this one has ended.
    pub retention: Retention,
    /// Whether the daemons' directories of attempts that passed stay.
    pub passed_roots: bool,
    /// What the cores of all its attempts may take; further ones go, with a notice. Their stacks have been told by then.
    pub cores: u64,
    /// Where fewer bytes are free, only attempts that did not pass are recorded.
    pub low_space: u64,
}

impl RunSettings {
    /// Settings with the usual values: one test at a time, 60 s deadline, 5 s slow mark, 10 s from TERM to KILL,
    /// 100 ms for leftovers, no retries, no limit on failures.
    #[must_use]
    pub fn new(
        base: PathBuf,
        suite_root: PathBuf,
        stack: StackInfo,
        exe: PathBuf,
        keeper: Vec<OsString>,
    ) -> Self {
        Self {
            base,
            suite_config: None,
            argv: Vec::new(),
            cwd: suite_root.clone(),
            suite_root,
            selection: serde_json::Value::Null,
            stack,
            exe,
            env: Vec::new(),
            keeper,
            jobs: NonZeroUsize::MIN,
            retries: 0,
            repeat: Repeat::Times(NonZeroU32::MIN),
            hold: false,
            terminal: None,
            flaky: FlakyPolicy::Pass,
            timeout: Duration::from_secs(60),
            deadlines: Deadlines::AsTheyAre,
            slow: Duration::from_secs(5),
            grace: Duration::from_secs(10),
            leak_grace: Duration::from_millis(100),
            first: Vec::new(),
            change: None,
            max_fail: None,
            deadline: None,
            deny_skips: None,
            seed: 0,
            retention: Retention::default(),
            passed_roots: false,
            cores: 1 << 30,
            low_space: 1 << 30,
        }
    }
}

impl RunSettings {
    /// Whether a test may begin while another one of its worker is ending: not where none is to begin after a failure.
    pub(crate) fn may_overlap(&self) -> bool {
        self.max_fail.is_none() && !matches!(self.repeat, Repeat::UntilFail(_))
    }
}

/// What becomes of the deadlines of attempts, where something is put around what they run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Deadlines {
    /// They hold.
    #[default]
    AsTheyAre,
    /// They are so many times as long.
    Times(u32),
    /// None holds.
    Off,
}

impl Deadlines {
    /// What becomes of this one.
    #[must_use]
    pub fn of(self, timeout: Duration) -> Duration {
        /// So long is for ever, and no clock overflows.
        const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);
        match self {
            Self::AsTheyAre => timeout,
            Self::Times(times) => timeout.saturating_mul(times).min(NEVER),
            Self::Off => NEVER,
        }
    }
}

/// Reasons for which no test may be skipped: those with this text in them, all where it is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenySkips(pub String);

impl DenySkips {
    /// Whether this is such a reason.
    #[must_use]
    pub fn denies(&self, reason: &str) -> bool {
        reason.contains(&self.0)
    }
}

/// Files that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When the first of them did.
    pub at: Moment,
    /// Which.
    pub paths: Vec<PathBuf>,
}

/// How often each test is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// So many times.
    Times(NonZeroU32),
    /// Round after round, at most so many, until a test does not pass.
    UntilFail(Option<NonZeroU32>),
    /// Round after round for so long, whatever comes of it; what runs then is let run to its end.
    For(Duration),
}

/// What a flaky test does to the run's exit status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FlakyPolicy {
    /// Nothing; it is counted and shown.
    #[default]
    Pass,
    /// The run fails.
    Fail,
}

/// What holds for all tests of a group, as a `[[group]]` of the suite file says it. `None`: as the run.
#[derive(Debug, Clone)]
pub struct GroupSettings {
    /// Tags of all its tests.
    pub tags: Vec<String>,
    /// At most one of its tests at a time.
    pub serial: bool,
    /// None of its tests beside another test, of whatever group, with one of these.
    pub locks: Vec<String>,
    /// Its tests run while nothing else does.
    pub exclusive: bool,
    /// Whether its tests run when nothing names them.
    pub default: bool,
    /// Put before each test's command line. An isolation or a host for scripts is such a wrapper. Where tests would share
    /// a process, as those of pytest do, each has one of its own then.
    pub wrapper: Vec<OsString>,
    /// Further variables for its test processes.
    pub env: Vec<(OsString, OsString)>,
    /// Deadline of an attempt.
    pub timeout: Option<Duration>,
    /// Slow mark of an attempt.
    pub slow: Option<Duration>,
    /// Further attempts.
    pub retries: Option<u32>,
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self {
            tags: Vec::new(),
            serial: false,
            locks: Vec::new(),
            exclusive: false,
            default: true,
            wrapper: Vec::new(),
            env: Vec::new(),
            timeout: None,
            slow: None,
            retries: None,
        }
    }
}
