//! `gkfs-bench fuse`: what a kernel and a FUSE server say to each other, live and from files.
//!
//! `trace` is a program of its own within the executable: it lends a command its exit status, as `strace` does.

mod entry;
mod filter;
mod keep;
mod place;
mod print;
mod saved;
mod tally;
mod theirs;
mod trace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use gkfs_harness::fuse::behind::fusermount;

use crate::cli::{Cli, FuseVerb, Verb};
use crate::report::Screen;
use crate::{CommandError, Exit};

/// The first word of it.
pub const WORD: &str = "fuse";

/// There was no file system for the command; as `env` and `timeout` use it.
const NOTHING: u8 = 125;

/// Stands in for `fusermount3`, for a server that is put behind ours, if this is our name.
pub fn multicall() -> Option<ExitCode> {
    let mut args = std::env::args_os();
    let program = args.next().filter(|program| fusermount::is_named(program))?;
    match fusermount::fusermount(args, std::env::var_os("_FUSE_COMMFD")) {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("{}: {error}", program.to_string_lossy());
            Some(ExitCode::FAILURE)
        }
    }
}

/// Traces, as the command line says; `args` begin with the program's name.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let parsed = match Cli::try_parse_from(&args) {
        Ok(cli) => cli.verb,
        Err(error) => {
            // When even the error cannot be written, the exit status still tells.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(NOTHING)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let Some(Verb::Fuse {
        verb: FuseVerb::Trace(trace),
    }) = parsed
    else {
        return ExitCode::from(NOTHING);
    };
    match trace::trace(&trace, args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(NOTHING)
        }
    }
}

/// Does what is about files.
pub(crate) fn dispatch(verb: &FuseVerb, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    match verb {
        FuseVerb::Show { file, print } => saved::show(file, print, screen),
        FuseVerb::Diff { before, after } => saved::diff(before, after, screen),
        // It is a program of its own: `main` has gone another way.
        FuseVerb::Trace(_) => Err(CommandError::internal("`fuse trace` is a program of its own")),
    }
}
