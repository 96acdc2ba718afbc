//! The words of the verbs that look at recorded runs.

use std::path::PathBuf;

use clap::Args;

use super::ListFormat;
use crate::suite::Span;
use crate::tui::drill::Level;

/// Where recorded runs are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RecordArgs {
    /// Where the runs were put, if not in the suite's `.gkfs-bench/`
    #[arg(long, visible_alias = "basetemp", value_name = "D")]
    pub(crate) base_temp: Option<PathBuf>,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// A test's id, or a part of it that no other test has
    pub(crate) test: String,
    /// The run, as `runs` names it, a unique part of its name, or a capsule [default: last]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ListFormat,
}

/// Arguments of `logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// A test's id, or a part of it that no other test has
    pub(crate) test: String,
    /// The run, as `runs` names it, a unique part of its name, or a capsule [default: last]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Which attempt [default: the one that decided]
    #[arg(long, value_name = "N")]
    pub(crate) attempt: Option<u32>,
    /// Only the lines of one source, such as `daemon`, `client` or `steps`
    #[arg(long, value_name = "S")]
    pub(crate) source: Option<String>,
    /// Only lines that are at least so grave
    #[arg(long, value_enum, default_value = "trace", value_name = "L")]
    pub(crate) level: Level,
    /// Only the end: what was written in the last such time, as `200ms` or `2s`
    #[arg(long, value_name = "D")]
    pub(crate) since: Option<Span>,
    /// The client library's calls to itself, too, one by one
    #[arg(long)]
    pub(crate) internal: bool,
    /// Go on printing what is written while the test runs, to the end of its last attempt
    #[arg(short = 'f', long, conflicts_with = "attempt")]
    pub(crate) follow: bool,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 no log differs, 1 some do; what differs from attempt to attempt anyway (times, \
    process numbers, ports, addresses, temporary paths) does not count"
)]
pub(crate) struct DiffArgs {
    /// A test's id, or a part of it that no other test has
    pub(crate) test: String,
    /// The run or capsule to look in, or, given twice, the two to compare [default: the last, or else all]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Vec<String>,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `shell`.
#[derive(Debug, Args)]
#[command(
    after_help = "In the shell, $MNT $ROOT $LOGS $TMP are set, and `with-client CMD` runs CMD as a client of the test's \
    file system; the shell itself is none. What was changed is gone when the shell has ended, unless the test is still \
    running or held: then the shell is in its own workspace."
)]
pub(crate) struct ShellArgs {
    /// A test's id, or a part of it that no other test has
    pub(crate) test: String,
    /// Run this instead of a shell that reads commands; its status says whether it went well
    #[arg(short = 'c', value_name = "CMD")]
    pub(crate) command: Option<String>,
    /// The run, as `runs` names it, or a unique part of its name [default: last]
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Which attempt [default: the one that decided, or runs]
    #[arg(long, value_name = "N")]
    pub(crate) attempt: Option<u32>,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `continue`.
#[derive(Debug, Args)]
pub(crate) struct ContinueArgs {
    /// A test's id, or a part of it [default: all that are held]
    pub(crate) test: Option<String>,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// A test's id, or a part of it that no other test has [default: all tests that did not always pass]
    pub(crate) test: Option<String>,
    /// Look at so many runs, from the newest
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ListFormat,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `pack`.
#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// The run, as `runs` names it, or a unique part of its name [default: last]
    pub(crate) run: Option<String>,
    /// Only what tells of failures: of tests that passed at once, no logs and no trees
    #[arg(long)]
    pub(crate) failed: bool,
    /// The file to write
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// A capsule to look into instead
    pub(crate) capsule: Option<PathBuf>,
    /// Have a run stay, however many come after it
    #[arg(long, value_name = "RUN", conflicts_with = "capsule")]
    pub(crate) pin: Option<String>,
    /// Let a run go like any other again
    #[arg(long, value_name = "RUN", conflicts_with_all = ["capsule", "pin"])]
    pub(crate) unpin: Option<String>,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ListFormat,
}

/// Arguments of `clean`.
#[derive(Debug, Args)]
pub(crate) struct CleanArgs {
    /// Only say what would be removed
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Where the runs are.
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}
