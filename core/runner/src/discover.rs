//! From a suite file's groups, or from a directory, to tests.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::Moment;
use crate::event::{EventKind, SourceKind};
use crate::settings::GroupSettings;

/// Where to look for tests.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// Groups that a suite file declares. Paths are absolute, or relative to the current directory.
    pub groups: Vec<GroupSpec>,
    /// Directories to look into where nothing is declared: a `Cargo.toml` makes Rust groups, `*.sh` a script group.
    pub dirs: Vec<PathBuf>,
    /// Settings of groups that were found by looking.
    pub defaults: GroupSettings,
    /// Settings of script groups that were found by looking; where absent, `defaults`.
    pub script_defaults: Option<GroupSettings>,
    /// Directory for what builds print, made if missing (`.gkfs-bench/build` is a good one).
    pub logs: PathBuf,
    /// Further arguments for `cargo build`, for example `--release`.
    pub cargo_args: Vec<OsString>,
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
}

/// A test that can be run.
#[derive(Debug, Clone)]
pub struct Test {
    /// `group::path::name[param]`, unique in a discovery.
    pub id: String,
    /// Index of its group in [`Discovery::groups`].
    pub group: usize,
    /// The id without the group.
    pub name: String,
    /// Source file.
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
    /// How to run it, wrapper aside.
    pub command: TestCommand,
}

/// The process of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCommand {
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Working directory.
    pub cwd: PathBuf,
    /// Variables the source wants set, as cargo sets `CARGO_MANIFEST_DIR`.
    pub env: Vec<(OsString, OsString)>,
}
