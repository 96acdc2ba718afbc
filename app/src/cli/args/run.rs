//! The words of `run`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CiArgs, PythonArgs, SelectArgs, SessionArgs, StackArgs};
use crate::suite::{Span, Stress};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: a line per test, failures explained at the end
    Human,
    /// One JSON document when the run ends
    Json,
    /// The run's events as they are recorded, one JSON object per line
    Jsonl,
}

/// Whose answers are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Oracle {
    /// The kernel's, in a bare directory
    Plain,
}

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// Suites, group directories, script files, or test ids (`group::path::name[param]`, whole or up to a `::`)
    #[arg(value_name = "PATH|TEST-ID")]
    pub(crate) targets: Vec<String>,
    /// Stop after the first failure
    #[arg(short = 'x', conflicts_with = "maxfail")]
    pub(crate) exit_first: bool,
    /// Stop after N failures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) maxfail: Option<u32>,
    /// Tests at a time [default: one per processor, four where tests wait for a real GekkoFS]
    #[arg(short = 'j', long = "jobs", visible_short_alias = 'n', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Start with the tests that did not pass in the last run
    #[arg(long, visible_aliases = ["ff", "last-failed-first"])]
    pub(crate) failed_first: bool,
    /// Run each test N times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: Option<u32>,
    /// Repeat the selected tests until one fails
    #[arg(long, conflicts_with = "repeat")]
    pub(crate) until_fail: bool,
    /// Run each test again and again, side by side: N times, or for a time such as `10m`; says how often each fails
    #[arg(long, value_name = "N|D", conflicts_with_all = ["repeat", "until_fail"])]
    pub(crate) stress: Option<Stress>,
    /// Keep a test that fails as it is, its daemons alive and without deadlines, until told to go on
    #[arg(long)]
    pub(crate) hold: bool,
    /// Open Python's debugger at this terminal where a test of pytest fails; one test at a time, without deadlines
    #[arg(long, conflicts_with_all = ["hold", "stress"])]
    pub(crate) pdb: bool,
    /// Run a failed test up to N more times; passing then is `flaky`
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<u32>,
    /// Stop an attempt that takes longer than this, such as `90s` or `2m`
    #[arg(long, value_name = "D")]
    pub(crate) timeout: Option<Span>,
    /// Put the runs here instead of `.gkfs-bench/` in the suite
    #[arg(long, visible_alias = "basetemp", value_name = "D")]
    pub(crate) base_temp: Option<PathBuf>,
    /// How to print results
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Also write a JUnit report
    #[arg(long, visible_aliases = ["junitxml", "output-junit"], value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Stream the tests' output as it is written, each line after `test |`
    #[arg(
        short = 's',
        long = "no-capture",
        visible_alias = "nocapture",
        conflicts_with = "quiet"
    )]
    pub(crate) stream: bool,
    /// Only list what would be run
    #[arg(long, visible_alias = "show-only")]
    pub(crate) collect_only: bool,
    /// Say more: starting tests, reasons of skips, whole log tails
    #[arg(short = 'v', long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Print failures and the summary only
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,
    /// Do every operation in a plain directory, too, and fail a test at the first one that is answered otherwise
    #[arg(long, value_enum, value_name = "ORACLE", help_heading = "Stack")]
    pub(crate) oracle: Option<Oracle>,
    /// Which of the tests found.
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// What machines want.
    #[command(flatten)]
    pub(crate) ci: CiArgs,
    /// Against what.
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// With which fixtures.
    #[command(flatten)]
    pub(crate) python: PythonArgs,
}

impl RunArgs {
    /// The same words as a session knows them; everything else is at its default.
    pub(crate) fn of_session(args: &SessionArgs) -> RunArgs {
        RunArgs {
            targets: args.path.iter().cloned().collect(),
            exit_first: false,
            maxfail: None,
            jobs: args.jobs,
            failed_first: false,
            repeat: None,
            until_fail: false,
            stress: None,
            hold: args.hold,
            pdb: false,
            retries: None,
            timeout: None,
            base_temp: args.record.base_temp.clone(),
            format: Format::Human,
            junit: None,
            oracle: None,
            stream: false,
            collect_only: false,
            verbose: false,
            quiet: false,
            select: SelectArgs::default(),
            ci: CiArgs::default(),
            stack: args.stack.clone(),
            python: args.python,
        }
    }
}
