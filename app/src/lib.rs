//! The workbench for people who develop user-space file systems.

mod bench;
mod cli;
mod config;
mod error;
mod report;
pub mod script;
mod stack;
pub mod suite;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

pub use config::Env;
pub use error::{CommandError, Exit};

/// The first word that makes this executable a run's keeper: [`gkfs_runner::keeper`] does the rest.
pub const KEEPER: &str = "keeper";

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
