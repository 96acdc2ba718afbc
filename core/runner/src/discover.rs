//! From a suite file's groups, or from a directory, to tests.
//!
//! Rust groups: cargo is asked for the packages and builds their test targets; each binary lists its tests in
//! libtest's terse format; what the list cannot say (tags, parameters, file and line) stands as JSON lines in the
//! binary's ELF section `gkfs_tests`. Each test target is a group of its own, named after the target, unless a
//! declared group takes the whole package.
//!
//! Script groups: the `*.sh` of a directory. Their first comment lines describe them; `# tags: a b` gives tags.
//!
//! CTest groups: what a build directory has registered, as ctest lists it.
//!
//! pytest groups: pytest itself collects, with a plugin of ours put into it ([`pytest`]), and later runs them.
//!
//! What was found is remembered: [`Lookup::remembered`] says it at once, for a session to show while it is looked again.
//!
//! A group that cannot be built or listed is no error of the discovery: it is found, with its error. Builds and lists
//! can be cancelled, and have no terminal to ask on.

mod cargo;
mod collect;
mod command;
mod ctest;
mod heard;
mod libtest;
mod look;
mod made_of;
mod memory;
mod package;
pub mod pytest;
mod script;
mod section;
mod shared;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::event::{EventKind, SourceKind};
use crate::settings::GroupSettings;
use crate::{Moment, RecordError, Runner};
use collect::Collect;
use look::Search;

/// Where to look for tests.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// Groups that a suite file declares. Paths are absolute, or relative to the current directory.
    pub groups: Vec<GroupSpec>,
    /// Directories to look into where nothing is declared: a `Cargo.toml` makes Rust groups, `*.sh` a script group;
    /// where neither is, the directories below are looked into, and at last a `Cargo.toml` above.
    pub dirs: Vec<PathBuf>,
    /// Directories whose scripts are no tests, unless a group is declared: what a source tree has for other ends.
    pub no_scripts: Vec<PathBuf>,
    /// What a machine has only once: tests whose file has one of these words in it run one at a time.
    pub shared: Vec<String>,
    /// Settings of groups that were found by looking.
    pub defaults: GroupSettings,
    /// Settings of script groups that were found by looking; where absent, `defaults`.
    pub script_defaults: Option<GroupSettings>,
    /// The variables around, which a registered test may change.
    pub environment: BTreeMap<OsString, OsString>,
    /// The ctest to ask; the one in `PATH` where none is named.
    pub ctest: Option<PathBuf>,
    /// How pytest is started.
    pub python: pytest::Python,
    /// Directory for what builds print, made if missing (`.gkfs-bench/build` is a good one).
    pub logs: PathBuf,
    /// Further arguments for `cargo build`, for example `--release`.
    pub cargo_args: Vec<OsString>,
    /// An earlier discovery of the same place: its Rust groups are taken as they were found, without asking cargo. For
    /// whoever knows that nothing they are made of has changed since.
    pub known: Option<Arc<Discovery>>,
    /// Whether what pytest collected another time counts, as long as nothing has changed that it read then.
    pub recalls: bool,
    /// Who wants to hear what builds print, while they do.
    pub listener: Option<Listener>,
}

/// Hears what a build prints, while it prints it: what cargo compiles, and what the compiler has to say.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&str) + Send + Sync>);

impl Listener {
    /// Calls `hear` with each piece of text.
    pub fn new(hear: impl Fn(&str) + Send + Sync + 'static) -> Listener {
        Listener(Arc::new(hear))
    }

    fn say(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// One declared group.
#[derive(Debug, Clone)]
pub struct GroupSpec {
    /// Its name.
    pub name: String,
    /// Where its tests come from.
    pub source: SourceKind,
    /// The package, the test target's directory, or the scripts' directory.
    pub path: PathBuf,
    /// The Python interpreter of a pytest group, where one is meant and no other.
    pub python: Option<PathBuf>,
    /// Further arguments for a pytest group's pytest.
    pub args: Vec<OsString>,
    /// Further variables for a pytest group's pytest.
    pub env: Vec<(OsString, OsString)>,
    /// What holds for its tests.
    pub settings: GroupSettings,
}

/// All that was found, in the order of declaration, then by name.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// The groups, the broken ones too.
    pub groups: Vec<Group>,
    /// Their tests.
    pub tests: Vec<Test>,
    /// What happened on the way (builds, groups, tests), each with its time; a run records it first.
    pub log: Vec<(Moment, EventKind)>,
}

/// A group that exists.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name, unique in a discovery.
    pub name: String,
    /// Where its tests come from.
    pub source: SourceKind,
    /// Its directory, or the source file of a Rust test target.
    pub path: PathBuf,
    /// What holds for its tests.
    pub settings: GroupSettings,
    /// Why it could not be built or listed, with the compiler's message.
    pub error: Option<String>,
    /// Files and directories that it is made of beside what lies at its path, as far as its source knows: the files
    /// that the compiler read, and the packages it depends on by path.
    pub made_of: Vec<PathBuf>,
    /// The program that runs its tests, one after the other; `None` where each is a process of its own.
    pub worker: Option<Arc<WorkerCommand>>,
}

/// A test that can be run.
#[derive(Debug, Clone, Default)]
pub struct Test {
    /// `group::path::name[param]`, unique in a discovery.
    pub id: String,
    /// Index of its group in [`Discovery::groups`].
    pub group: usize,
    /// The id without the group.
    pub name: String,
    /// Source file, absolute where that is known.
    pub file: Option<PathBuf>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// The group's tags and its own.
    pub tags: Vec<String>,
    /// Its first words, where the source has some.
    pub description: Option<String>,
    /// Off by default.
    pub ignored: bool,
    /// Deadline of an attempt, where the test itself asks for one; before the group's and the run's.
    pub timeout: Option<Duration>,
    /// How to run it, wrapper aside. Where the group has a worker, how it would be run alone.
    pub command: TestCommand,
    /// What the group's worker calls it.
    pub node: Option<Node>,
    /// Its verdict, where that is known without running it.
    pub settled: Option<Settled>,
    /// When it may run.
    pub rules: Rules,
    /// What else than the exit status decides.
    pub judge: Option<Arc<Judge>>,
}

/// When a test may run. Other tests are named by their ids, or all those of a group by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Not before these have run, if they run at all.
    pub after: Vec<String>,
    /// Not unless these have passed; where it is selected, they are.
    pub needs: Vec<String>,
    /// Where it is selected, these are too.
    pub brings: Vec<String>,
    /// Not beside another test with one of these.
    pub locks: Vec<String>,
    /// Not beside any other test.
    pub exclusive: bool,
    /// How many of the tests at a time it counts for; 0 is 1.
    pub slots: usize,
    /// What it starts is meant to live on, until the run ends.
    pub outlives: bool,
}

/// What else than its exit status says whether a process passed. Patterns are regular expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judge {
    /// To fail is to pass.
    pub will_fail: bool,
    /// The exit status of one that does not want to run here.
    pub skip_code: Option<i32>,
    /// Its output must match one of these, whatever the exit status.
    pub pass: Vec<String>,
    /// Its output must match none of these.
    pub fail: Vec<String>,
    /// Where its output matches one of these, it does not want to run here.
    pub skip: Vec<String>,
}

/// A test as its worker knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub id: String,
    /// Which of several tests of that name, from 0.
    pub nth: usize,
}

/// What is known of a test without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It cannot be run, and why: for example the file it would be in cannot be read.
    Failed(String),
    /// It does not want to be run here, and why.
    Skipped(String),
}

/// How a program is started that runs tests of a group one after the other, as it is told to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCommand {
    /// Program, arguments, directory and variables.
    pub command: TestCommand,
    /// What it is told at its start, beside the files with the tests of a run.
    pub told: serde_json::Map<String, serde_json::Value>,
    /// Where it is kept what the group's tests are, if that was not found anew.
    pub kept: Option<PathBuf>,
}

/// The process of a test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestCommand {
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Working directory.
    pub cwd: PathBuf,
    /// Variables the source wants set, as cargo sets `CARGO_MANIFEST_DIR`.
    pub env: Vec<(OsString, OsString)>,
}

/// A discovery that came to no end.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// It was cancelled.
    #[error("cancelled during `{command}`")]
    Cancelled {
        /// What was running.
        command: String,
    },
    /// There is no such place.
    #[error("no such directory: {}", .0.display())]
    NoSuchPath(PathBuf),
    /// What a build prints could not be written down.
    #[error(transparent)]
    Logs(#[from] RecordError),
}

impl Runner {
    /// Finds tests, building what has to be built. `progress` sees each event at once; a run that is started from the
    /// result records them with their times.
    ///
    /// # Errors
    /// When it is cancelled, a path does not exist, or `lookup.logs` cannot be written. Groups that cannot be built
    /// are in the result.
    pub async fn discover(
        &self,
        lookup: &Lookup,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(&EventKind) + Send),
    ) -> Result<Discovery, DiscoverError> {
        let mut collect = Collect::new(progress);
        let mut search = Search::new(lookup);
        for spec in &lookup.groups {
            search.declared(spec, &mut collect);
        }
        for dir in &lookup.dirs {
            search.look(dir, &mut collect)?;
        }
        if let Some(known) = &lookup.known {
            collect.again(known);
            let mut discovery = collect.finish();
            shared::lock(&mut discovery, &lookup.shared);
            return Ok(discovery);
        }
        for (manifest, specs) in search.packages {
            package::discover(&self.processes, &manifest, &specs, lookup, cancel, &mut collect).await?;
        }
        let mut tasks = search.pytest;
        for build in &search.ctest {
            tasks.extend(ctest::discover(&self.processes, build, lookup, cancel, &mut collect).await?);
        }
        for task in ctest::together(tasks) {
            pytest::discover(&self.processes, task, lookup, cancel, &mut collect).await?;
        }
        let mut discovery = collect.finish();
        shared::lock(&mut discovery, &lookup.shared);
        lookup.remember(&discovery);
        Ok(discovery)
    }
}

/// The last component, for a name.
fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
