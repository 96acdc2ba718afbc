//! The workbench for people who develop user-space file systems: the command.
//!
//! # What it is
//!
//! `gkfs-bench` opens a session on a suite: a screen that shows its tests, runs them, and lets what happened in
//! each be looked at; `watch` reruns what changes touch, `open` shows a recorded run. `run` finds the tests of a
//! suite, runs each in its own process and workspace against a file-system stack, and leaves a record; `list`,
//! `show`, `runs` and `clean` are about what can be run and what was; `stack` hands out the stack that ships in the
//! executable; `bench` says what stacks cost, `doctor` what the machine can do.
//!
//! # Theory of operation
//!
//! The crate is a composition root: it decides what is meant, the crates in `core/` do it.
//!
//! * `cli` is the command line as data, and a file for each verb.
//! * [`suite`] reads the suite file, strictly.
//! * `revive` brings a recorded attempt to life, in a copy.
//! * `stack` chooses the stack: never the embedded one where a build of one's own is meant.
//! * `report` turns the runner's events, and the files of the record, into what people and machines read. It is
//!   told nothing else: a run of last month is reported by the code that reports one that is running.
//! * [`tui`] is the screen: state, update and view, fed by the same events.
//! * [`watch`] tells of changed files, and which tests they touch.
//! * `error` gives every error its exit status and its hint, once.
//! * [`Env`] is the only reader of environment, working directory and executable.
//!
//! The executable is several programs. By the name `gkfs_daemon` or `gkfs.io` it is the embedded stack; with the
//! first word [`KEEPER`] it ends what a killed run left; with [`script::WORD`] it gives a script its daemon, with
//! [`look::WORD`] it looks at a file system for the screen, with [`CHANNEL`] it serves Python's fixtures; by the name [`with_client::NAME`] it makes a command a
//! client of a file system.
//!
//! # Example
//!
//! ```
//! use gkfs_bench::{Env, Exit, Io, run};
//!
//! let env = Env::from_process()?;
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let io = Io { out: &mut out, err: &mut err, columns: &|| None };
//! let exit = run(["gkfs-bench", "--version"].map(Into::into), &env, io);
//! assert_eq!(exit, Exit::Passed);
//! assert!(out.starts_with(b"gkfs-bench "));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What it does not do
//!
//! It is no benchmark of file systems: `bench` measures what a test waits for. It knows no test: what a test is
//! and how it ended is the runner's to say.

mod bench;
mod cli;
mod compare;
mod config;
mod doctor;
mod error;
pub mod fuse;
mod hex;
mod lend;
mod log;
pub mod look;
mod mounts;
pub mod overlay;
mod report;
mod revive;
pub mod script;
mod stack;
mod starter;
pub mod suite;
mod suspend;
mod sys;
pub mod tui;
pub mod watch;
pub mod with_client;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

pub use config::Env;
pub use error::{CommandError, Exit};

/// The first word that makes this executable a run's keeper: [`gkfs_runner::keeper`] does the rest.
pub const KEEPER: &str = "keeper";

/// The first word that makes this executable the harness of another language: [`gkfs_harness::channel`] does the rest.
pub const CHANNEL: &str = "channel";

/// Where the command writes. Styled text goes in; what it is wrapped in decides whether styles come out.
pub struct Io<'a> {
    /// Results.
    pub out: &'a mut (dyn Write + Send),
    /// Progress, notices and errors.
    pub err: &'a mut (dyn Write + Send),
    /// Columns of the terminal that `err` is, asked whenever it matters; `None` when it is none.
    pub columns: &'a dyn Fn() -> Option<usize>,
}

/// Runs the command: `args` are the words of the command line, the first is the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>, env: &Env, io: Io<'_>) -> Exit {
    let Io { out, err, columns } = io;
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match cli::Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return clap_exit(&error, out, err),
    };
    match cli::dispatch(cli, &args, env, &mut report::Screen { out, err, columns }) {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => Exit::Passed,
        Err(error) => {
            // When even the error cannot be written, the exit status still tells.
            let _ = error.print(err);
            error.exit()
        }
    }
}

/// Prints help, version or a usage error where it belongs.
fn clap_exit<'a>(error: &clap::Error, out: &'a mut dyn Write, err: &'a mut dyn Write) -> Exit {
    let text = error.render().ansi().to_string();
    let (to, exit) = if error.use_stderr() {
        (err, Exit::Usage)
    } else {
        (out, Exit::Passed)
    };
    // As above: there is nobody left to tell.
    let _ = to.write_all(text.as_bytes());
    exit
}
