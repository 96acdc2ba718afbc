//! The suite file, `gkfs-bench.toml`: what a suite is made of and how it is run.
//!
//! It is read strictly: a key nobody knows is an error, so that a typo never silently means the default.
//! Relative paths in it are relative to the suite's root, the directory that holds it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gkfs_harness::stack::StackConfig;
use serde::Deserialize;

mod check;
mod strict;
mod units;

pub(crate) use check::known_stacks;
pub use strict::SuiteError;
pub(crate) use strict::nearest;
pub use units::{Size, Span, Stress};

/// The name of the suite file.
pub const FILE_NAME: &str = "gkfs-bench.toml";
/// The directory in a suite that holds its runs.
pub(crate) const RECORDS: &str = ".gkfs-bench";

/// A suite: a directory, and what its suite file says if it has one.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The directory everything in the suite is relative to.
    pub root: PathBuf,
    /// The suite file, if there is one.
    pub file: Option<PathBuf>,
    /// What it says; the defaults if there is none.
    pub config: SuiteConfig,
}

/// The content of a suite file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SuiteConfig {
    /// The format's version: 1.
    pub version: u32,
    /// How much of the past is kept.
    #[serde(default)]
    pub retention: Retention,
    /// What groups and command line do not say.
    #[serde(default)]
    pub defaults: Defaults,
    /// Named stacks.
    #[serde(default)]
    pub stack: BTreeMap<String, StackConfig>,
    /// Groups, in the order they are written.
    #[serde(default)]
    pub group: Vec<GroupConfig>,
    /// How the stack is built.
    #[serde(default)]
    pub build: Option<BuildConfig>,
    /// What reruns tests.
    #[serde(default)]
    pub watch: Option<WatchConfig>,
}

/// How many runs are kept; the oldest go first.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retention {
    /// At most this many.
    pub runs: usize,
    /// At most this much on disk.
    pub bytes: Size,
    /// Whether the daemons' directories of attempts that passed stay.
    pub passed_roots: bool,
    /// How much the cores of a run may take.
    pub cores: Size,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            runs: 20,
            bytes: Size::gib(2),
            passed_roots: false,
            cores: Size::gib(1),
        }
    }
}

/// Settings for all groups that do not have their own.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Defaults {
    /// The stack to use when the command line names none.
    pub stack: Option<String>,
    /// An attempt that takes longer is stopped. Left out, it depends on the stack: 60 s, or 300 s on a real GekkoFS.
    pub timeout: Option<Span>,
    /// A test that takes longer is named in the progress. Left out: 5 s, or 20 s on a real GekkoFS.
    pub slow: Option<Span>,
    /// How often a failed test is tried again.
    pub retries: u32,
    /// What a test that passed only after a failure counts as.
    pub flaky: Flaky,
}

impl Default for Defaults {
    fn default() -> Self {
        Defaults {
            stack: None,
            timeout: None,
            slow: None,
            retries: 0,
            flaky: Flaky::Pass,
        }
    }
}

/// What a flaky test does to the run's exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Flaky {
    /// Nothing.
    Pass,
    /// The run fails.
    Fail,
}

/// One `[[group]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupConfig {
    /// The group's name; for Rust, a test target's name configures that target.
    pub name: String,
    /// What kind of tests it holds.
    pub source: Source,
    /// Where they are, relative to the suite's root.
    #[serde(default = "here")]
    pub path: PathBuf,
    /// Tags that all its tests get.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Run its tests one at a time.
    #[serde(default)]
    pub serial: bool,
    /// None of its tests runs beside another test, of whatever group, with one of these names.
    #[serde(default)]
    pub locks: Vec<String>,
    /// Whether its tests see a copy-on-write view of the file system.
    #[serde(default)]
    pub isolate: Isolate,
    /// Whether it runs when nothing was selected.
    #[serde(default = "yes")]
    pub default: bool,
    /// Words put before each test's command line.
    #[serde(default)]
    pub wrapper: Vec<String>,
    /// The Python interpreter of a pytest group, relative to the suite's root.
    pub python: Option<PathBuf>,
    /// Further arguments for a pytest group's pytest.
    #[serde(default)]
    pub args: Vec<String>,
    /// Where a pytest group's fixtures come from, where the command line does not say.
    pub harness: Option<Harness>,
    /// How clients of our fixtures carry operations out, where the command line does not say.
    pub ops: Option<Ops>,
    /// Instead of the suite's timeout.
    pub timeout: Option<Span>,
    /// Instead of the suite's slow mark.
    pub slow: Option<Span>,
    /// Instead of the suite's retries.
    pub retries: Option<u32>,
}

/// Where a group's tests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Test targets of a cargo package.
    Rust,
    /// `*.sh` files of a directory.
    Script,
    /// pytest.
    Pytest,
    /// CTest.
    Ctest,
}

/// Where the fixtures of pytest groups come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Harness {
    /// From the suite, whatever it brings
    #[default]
    Own,
    /// From this binary, with the names of GekkoFS's own; the suite's `conftest.py` may stay
    Ours,
}

/// How clients of our Python fixtures carry operations out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Ops {
    /// In one process that behaves like one for each
    Session,
    /// In a process for each
    Process,
}

/// What a test's processes see of the machine's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolate {
    /// The files as they are.
    #[default]
    None,
    /// A private copy-on-write view.
    Overlay,
}

/// How the stack's sources are built when they change.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuildConfig {
    /// A shell command; tests start when it exits 0.
    pub command: String,
    /// Where it is run, relative to the suite's root.
    #[serde(default = "here")]
    pub cwd: PathBuf,
    /// Directories and files whose change calls for it, relative to the suite's root; all of `cwd` when empty.
    #[serde(default)]
    pub sources: Vec<PathBuf>,
}

/// Which changes rerun tests.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WatchConfig {
    /// Globs of files that count; all when empty.
    pub include: Vec<String>,
    /// Globs of files that do not.
    pub exclude: Vec<String>,
    /// What a change during a run does.
    pub on_change: OnChange,
}

/// What a change during a run does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnChange {
    /// Run again when the run has ended.
    #[default]
    Queue,
    /// Stop the run and start anew.
    Restart,
}

fn here() -> PathBuf {
    PathBuf::from(".")
}

fn yes() -> bool {
    true
}

impl Suite {
    /// Reads the suite at `root`; without a suite file there, everything is at its default.
    ///
    /// # Errors
    /// A [`SuiteError`] that names file, line and key when the suite file cannot be read or is not valid.
    pub fn load(root: &Path) -> Result<Suite, SuiteError> {
        let file = root.join(FILE_NAME);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let config = SuiteConfig {
                    version: 1,
                    ..SuiteConfig::default()
                };
                return Ok(Suite {
                    root: root.into(),
                    file: None,
                    config,
                });
            }
            Err(error) => return Err(SuiteError::unreadable(&file, &error)),
        };
        let config = parse(&file, &text)?;
        Ok(Suite {
            root: root.into(),
            file: Some(file),
            config,
        })
    }

    /// Returns the root of the suite that `path` lies in: the nearest directory, upwards, with a suite file.
    pub fn root_of(path: &Path) -> Option<&Path> {
        path.ancestors().find(|dir| dir.join(FILE_NAME).is_file())
    }
}

/// Parses a suite file's text; `file` is only for messages.
///
/// # Errors
/// See [`Suite::load`].
pub fn parse(file: &Path, text: &str) -> Result<SuiteConfig, SuiteError> {
    let config = strict::from_str(file, text)?;
    check::check(file, text, &config)?;
    Ok(config)
}
