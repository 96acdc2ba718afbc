//! The words of the verbs that open a session, and of those that begin a suite.

use std::path::PathBuf;

use clap::Args;

use super::{PythonArgs, RecordArgs, StackArgs};

/// Arguments of a session.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SessionArgs {
    /// The suite to open a session on [default: the one around the working directory]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Tests at a time [default: one per processor, four where tests wait for a real GekkoFS]
    #[arg(short = 'j', long = "jobs", visible_short_alias = 'n', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Keep tests that fail as they are, their daemons alive and without deadlines, until told to go on
    #[arg(long)]
    pub(crate) hold: bool,
    /// Where the runs are put.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// Against what.
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// With which fixtures.
    #[command(flatten)]
    pub(crate) python: PythonArgs,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Print lines instead of opening a session; so it is, too, where there is no terminal
    #[arg(long)]
    pub(crate) plain: bool,
    /// Look at files every two seconds instead of being told, as network file systems require
    #[arg(long)]
    pub(crate) poll: bool,
    /// What it is about.
    #[command(flatten)]
    pub(crate) session: SessionArgs,
}

/// Arguments of `open`.
#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// The run, as `runs` names it, a unique part of its name, its directory, or a capsule [default: last]
    pub(crate) run: Option<String>,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DirArgs {
    /// Where to write it [default: a directory for temporary files]
    pub(crate) dir: Option<PathBuf>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// In which language the test is [possible values: rust, python, sh] [default: sh]
    pub(crate) language: Option<PathBuf>,
    /// Where to write it [default: here]
    pub(crate) dir: Option<PathBuf>,
}
