//! The words that say what tests run against and what they get, and those of the verbs about stacks.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::suite::{Harness, Ops};

/// Which stack the tests run against.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Stack")]
pub(crate) struct StackArgs {
    /// A stack of the suite file, `embedded`, or `plain` (a bare directory: the kernel as oracle); `run` takes several,
    /// as `a,b`: a run on each, and a matrix
    #[arg(long, value_name = "NAME", conflicts_with_all = ["bin_dir", "lib_dir"])]
    pub(crate) stack: Option<String>,
    /// Directory with `gkfs_daemon` and `gkfs.io`; may be repeated
    #[arg(long, value_name = "D")]
    pub(crate) bin_dir: Vec<PathBuf>,
    /// Directory with `libgkfs_intercept.so`; may be repeated
    #[arg(long, value_name = "D")]
    pub(crate) lib_dir: Vec<PathBuf>,
    /// Network interface the daemons listen on [default: lo]
    #[arg(long, value_name = "IF")]
    pub(crate) interface: Option<String>,
    /// Put this before each daemon's command line, such as `valgrind`; deadlines are off then
    #[arg(long, value_name = "CMD")]
    pub(crate) wrap_daemon: Option<String>,
    /// Put this before each client's command line, such as `strace -f`; deadlines are off then. Of a script the interpreter
    /// is named, so that `gdb -batch -ex run --args` takes it
    #[arg(long, value_name = "CMD")]
    pub(crate) wrap_client: Option<String>,
}

/// How tests of pytest get their fixtures.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "pytest groups")]
pub(crate) struct PythonArgs {
    /// Whose fixtures the tests get, instead of what the suite file says for each group; remembered for groups of which
    /// it says nothing
    #[arg(long, value_enum, value_name = "WHOSE")]
    pub(crate) harness: Option<Harness>,
    /// Whose it was the last time.
    #[arg(skip)]
    pub(crate) usual: Harness,
    /// How clients of our fixtures carry operations out [default: session]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) ops: Option<Ops>,
}

/// Verbs of `stack`.
#[derive(Debug, Subcommand)]
pub(crate) enum StackVerb {
    /// Write the stack into DIR as standalone files for others to use
    Install {
        /// Made if missing; files of the same names are replaced.
        dir: PathBuf,
    },
    /// Print a directory that holds the stack, ready to use
    Path,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Samples of each measurement; printed are medians
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) samples: u32,
    /// Keep everything on one CPU: each operation is then its work alone, without the cost of waking another CPU
    /// up, which virtual machines make dear
    #[arg(long)]
    pub(crate) one_cpu: bool,
    /// Against what.
    #[command(flatten)]
    pub(crate) stack: StackArgs,
}
