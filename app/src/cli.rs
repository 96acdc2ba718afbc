//! The command line: what was asked for, as data. Every doc comment here is help text.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::report::Screen;
use crate::{CommandError, Env, Exit};

mod args;
mod bench;
mod capsules;
mod clean;
mod describe;
mod diff;
mod doctor;
mod harness;
mod history;
mod hold;
mod list;
mod logs;
mod pack;
pub(crate) mod python;
mod records;
mod rerun;
mod run;
mod runs;
mod select;
mod session;
mod shell;
mod show;
mod stack;
mod starter;
mod targets;

pub(crate) use args::*;

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
    /// See what a kernel and a FUSE server say to each other
    Fuse {
        /// What to do.
        #[command(subcommand)]
        verb: FuseVerb,
    },
    /// See what a run looks like: every status there is, live
    Demo(DirArgs),
    /// Begin a suite: a suite file and one test that passes
    Init(InitArgs),
    /// Say what this machine and a stack can do, and what would change that
    Doctor(StackArgs),
    /// Print completions for a shell
    ///
    /// In bash and zsh: `source <(gkfs-bench completions bash)`, in the shell's start file for always; in fish:
    /// `gkfs-bench completions fish > ~/.config/fish/completions/gkfs-bench.fish`
    Completions {
        /// For which
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    ///
    /// To read it: `gkfs-bench man | man -l -`; to keep it: `gkfs-bench man > ~/.local/share/man/man1/gkfs-bench.1`
    Man,
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
        Verb::Fuse { verb } => crate::fuse::dispatch(&verb, screen),
        Verb::Demo(args) => starter::demo(&args, argv, env, screen),
        Verb::Init(args) => starter::init(&args, env, screen),
        Verb::Doctor(args) => doctor::doctor(&args, env, screen),
        Verb::Completions { shell } => describe::completions(shell, screen),
        Verb::Man => describe::man(screen),
    }
}
