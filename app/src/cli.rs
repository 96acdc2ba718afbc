//! The command line: what was asked for, as data. Every doc comment here is help text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use gkfs_runner::filter::Partition;

use crate::report::Screen;
use crate::suite::{Harness, Ops, Span, Stress};
use crate::{CommandError, Env, Exit};

mod bench;
mod capsules;
mod ci;
mod clean;
mod describe;
mod diff;
mod doctor;
mod history;
mod hold;
mod list;
mod logs;
mod overlay;
mod pack;
mod past;
pub(crate) mod python;
mod records;
mod run;
mod runs;
mod select;
mod session;
mod shell;
mod show;
mod stack;
mod starter;
mod targets;

pub(crate) use ci::{Annotations, CiArgs};
pub(crate) use overlay::{ChangesFormat, OverlayArgs};
pub(crate) use past::{
    CleanArgs, ContinueArgs, DiffArgs, HistoryArgs, LogsArgs, PackArgs, RecordArgs, RunsArgs, ShellArgs,
    ShowArgs,
};

/// The workbench for people who develop user-space file systems
///
/// Finds test groups, runs every test in its own process and workspace against a file-system stack, and
/// leaves a record that can be opened later.
#[derive(Debug, Parser)]
#[command(
    name = "gkfs-bench",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
#[command(
    after_help = "Exit status: 0 passed, 1 failed, 2 interrupted, 3 internal error, 4 usage, 5 no tests"
)]
pub(crate) struct Cli {
    /// What to do; without a verb, a session is opened.
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
    /// What the session is about.
    #[command(flatten)]
    pub(crate) session: SessionArgs,
}

/// One verb of the command.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run tests and record the run
    Run(Box<RunArgs>),
    /// Open a session that reruns what changes touch
    Watch(WatchArgs),
    /// Open a recorded run in a session, to look at it
    Open(OpenArgs),
    /// List the tests of suites without running them
    List(ListArgs),
    /// Show what happened in a test: steps, assertions, logs, paths
    Show(ShowArgs),
    /// Print what a test's daemons, clients and the test itself wrote, on one clock
    Logs(LogsArgs),
    /// Compare two attempts at a test, log to log: the first that passed with the first that failed
    Diff(DiffArgs),
    /// Show how tests went in the recorded runs: how often they failed, and how long they took
    History(HistoryArgs),
    /// Open a shell in a test's workspace, with its file system alive
    Shell(ShellArgs),
    /// Let a test go on that `--hold` keeps as it failed
    Continue(ContinueArgs),
    /// Put a run into one file, a capsule, that every verb about runs takes on any machine
    Pack(PackArgs),
    /// List the recorded runs, newest first
    Runs(RunsArgs),
    /// Remove recorded runs beyond the suite's retention
    Clean(CleanArgs),
    /// The file-system stack that ships in this binary
    Stack {
        /// What to do with it.
        #[command(subcommand)]
        verb: StackVerb,
    },
    /// Print the directory of the Python fixtures, to go into PYTHONPATH
    ///
    /// They are a pytest plugin, and the package `harness` that tests import:
    /// `PYTHONPATH=$(gkfs-bench python-path) pytest -p gkfs_bench_fixtures`
    PythonPath,
    /// Measure the embedded stack, beside a stack of yours when one is given
    Bench(BenchArgs),
    /// Run a command in a copy of everything, and print what it would have changed
    Overlay(OverlayArgs),
    /// See what a run looks like: every status there is, live
    Demo(DirArgs),
    /// Begin a suite: a suite file and one test that passes
    Init(InitArgs),
    /// Say what this machine and a stack can do, and what would change that
    Doctor(StackArgs),
    /// Print completions for a shell
    Completions {
        /// For which
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

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

/// How a listing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
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
    /// Tests at a time [default: one per processor]
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

/// Arguments of a session.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SessionArgs {
    /// The suite to open a session on [default: the one around the working directory]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Tests at a time [default: one per processor]
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

/// Which of the tests found are meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectArgs {
    /// Only tests whose id matches, as in pytest: `mkdir and not (slow or cluster)`
    #[arg(short = 'k', value_name = "EXPR")]
    pub(crate) keyword: Option<String>,
    /// Only tests with a matching tag; takes the same expressions
    #[arg(short = 't', long = "tag", visible_short_alias = 'm', value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Only tests whose id matches this regular expression, as ctest has it
    #[arg(short = 'R', long, value_name = "REGEX")]
    pub(crate) tests_regex: Vec<String>,
    /// Only tests with a tag that matches this regular expression, as ctest has it with labels
    #[arg(short = 'L', long, value_name = "REGEX")]
    pub(crate) label_regex: Vec<String>,
    /// Only tests that did not pass in the last run
    #[arg(long, visible_aliases = ["lf", "rerun-failed"])]
    pub(crate) last_failed: bool,
    /// Only share K of N of the tests selected, from 1: the N shares together are each of them once
    #[arg(long, value_name = "K/N")]
    pub(crate) partition: Option<Partition>,
}

impl ListArgs {
    /// What a run would be of.
    fn of_run(args: RunArgs) -> ListArgs {
        ListArgs {
            targets: args.targets,
            format: match args.format {
                Format::Human => ListFormat::Human,
                Format::Json | Format::Jsonl => ListFormat::Json,
            },
            select: args.select,
            python: args.python,
        }
    }
}

impl RunArgs {
    /// The same words as a session knows them; everything else is at its default.
    fn of_session(args: &SessionArgs) -> RunArgs {
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

/// How tests of pytest get their fixtures.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "pytest groups")]
pub(crate) struct PythonArgs {
    /// Whose fixtures the tests get, instead of what the suite file says for each group
    #[arg(long, value_enum, value_name = "WHOSE")]
    pub(crate) harness: Option<Harness>,
    /// How clients of our fixtures carry operations out [default: session]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) ops: Option<Ops>,
}

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
    /// Put this before each client's command line, such as `strace -f`; deadlines are off then
    #[arg(long, value_name = "CMD")]
    pub(crate) wrap_client: Option<String>,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Suites, group directories, script files, or test ids
    #[arg(value_name = "PATH")]
    pub(crate) targets: Vec<String>,
    /// How to print the list
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ListFormat,
    /// With which fixtures.
    #[command(flatten)]
    pub(crate) python: PythonArgs,
    /// Which of the tests found.
    #[command(flatten)]
    pub(crate) select: SelectArgs,
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

/// Does what the command line says.
pub(crate) fn dispatch(
    cli: Cli,
    argv: &[OsString],
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    let Some(verb) = cli.verb else {
        return session::open_suite(&cli.session, argv, env);
    };
    match verb {
        Verb::Watch(args) => session::watch(&args, argv, env, screen),
        Verb::Open(args) => session::open(&args, env),
        Verb::Run(args) if args.collect_only => list::list(&ListArgs::of_run(*args), env, screen),
        Verb::Run(args) => run::run(&args, argv, env, screen),
        Verb::List(args) => list::list(&args, env, screen),
        Verb::Show(args) => show::show(&args, env, screen),
        Verb::Logs(args) => logs::logs(&args, env, screen),
        Verb::Diff(args) => diff::diff(&args, env, screen),
        Verb::History(args) => history::history(&args, env, screen),
        Verb::Shell(args) => shell::shell(&args, env, screen),
        Verb::Continue(args) => hold::go_on(&args, env, screen),
        Verb::Pack(args) => pack::pack(&args, env, screen),
        Verb::Runs(args) => runs::runs(&args, env, screen),
        Verb::Clean(args) => clean::clean(&args, env, screen),
        Verb::Stack { verb } => stack::stack(&verb, env, screen),
        Verb::PythonPath => stack::python_path(screen),
        Verb::Bench(args) => bench::bench(&args, env, screen),
        // Only a process with one thread can enter a namespace: `main` has gone another way.
        Verb::Overlay(_) => Err(CommandError::internal("`overlay` is a program of its own")),
        Verb::Demo(args) => starter::demo(&args, argv, env, screen),
        Verb::Init(args) => starter::init(&args, env, screen),
        Verb::Doctor(args) => doctor::doctor(&args, env, screen),
        Verb::Completions { shell } => describe::completions(shell, screen),
        Verb::Man => describe::man(screen),
    }
}
