//! The program: one operation per process, as upstream's `gkfs.io`, or a session.

mod help;
mod parse;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use crate::context::Context;
use crate::error::RequestError;
use crate::session;
use parse::{Command, Usage};

/// Runs `gkfs.io`; `args` begins with the program's own name, as [`std::env::args_os`] does.
///
/// The exit status is 0 even if the operation failed: its reply tells. It is 106 for a missing
/// argument, 104 for one that cannot be read, 109 for one too many (CLI11's numbers, upstream's
/// parser), and 1 if the reply cannot be printed or the session cannot begin.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let program = args.next().unwrap_or_else(|| "gkfs.io".into());
    match parse::parse(&program.to_string_lossy(), args.collect()) {
        Ok(Command::Help(text)) => print(&text),
        Ok(Command::Session(mode)) => finish("go on with the session", session::run(mode)),
        Ok(Command::Run { operation, format }) => match operation.print(&mut Context::default(), format) {
            Ok(reply) => print(&(reply + "\n")),
            Err(error) => finish("write the reply", Err(error.into())),
        },
        Err(error) => usage(error),
    }
}

fn print(text: &str) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    finish(
        "write to stdout",
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()),
    )
}

fn finish(what: &str, result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gkfs.io: cannot {what}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage(Usage { status, message }: Usage) -> ExitCode {
    eprintln!("{message}\nRun with --help or --help-all for more information.");
    ExitCode::from(status)
}

impl From<RequestError> for Usage {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Missing { argument, .. } => Usage::required(argument),
            RequestError::Invalid { argument, found, .. } => Usage::conversion(argument, &found),
            RequestError::UnknownArgument { argument, .. } => Usage::extras(&[argument]),
            other => Usage {
                status: 1,
                message: other.to_string(),
            },
        }
    }
}
