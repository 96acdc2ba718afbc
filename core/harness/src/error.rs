//! What can go wrong around a test, as opposed to in it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::Report;

/// The result of the harness's own work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The harness or the system under test is broken; a call that returns -1 is no such thing.
///
/// Every message names the thing, the place and, where there is one, a way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory of the test cannot be used.
    #[error("cannot {what} at {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb phrase.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A variable that the runner sets has a value that makes no sense.
    #[error("{name}={value:?} in the environment: {expected} is expected")]
    Environment {
        /// The variable's name.
        name: &'static str,
        /// Its value.
        value: OsString,
        /// What would have been understood.
        expected: &'static str,
    },
    /// No stack was found, in any of the places.
    #[error("{0}")]
    NoStack(crate::stack::NoStack),
    /// A suite file or an answer of a helper program cannot be used as a stack.
    #[error("{place}: {problem}")]
    StackConfig {
        /// The file or program.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A program or library of the stack is missing.
    #[error("no {name} in the stack `{stack}`: looked in {}{hint}", directories(searched))]
    Missing {
        /// The file's name.
        name: &'static str,
        /// The stack's name.
        stack: String,
        /// Where it was looked for.
        searched: Vec<PathBuf>,
        /// A way out, beginning with a separator, or nothing.
        hint: String,
    },
    /// Two different preload libraries: which one is tested would be a matter of chance.
    #[error(
        "{} different {name} in the stack `{stack}`: {}; leave one, or name fewer directories",
        found.len(), directories(found)
    )]
    Ambiguous {
        /// The file's name.
        name: &'static str,
        /// The stack's name.
        stack: String,
        /// The files.
        found: Vec<PathBuf>,
    },
    /// What is to be put around a stack's programs is not there.
    #[error("{key} of the stack `{stack}`: {problem}")]
    Wrap {
        /// Which key of the suite file.
        key: &'static str,
        /// The stack's name.
        stack: String,
        /// What is not there, and a way out.
        problem: String,
    },
    /// The stack's network interface does not exist or has no IPv4 address.
    #[error("no interface `{name}` with an IPv4 address on this machine: there are {}", known.join(", "))]
    NoInterface {
        /// The name asked for.
        name: String,
        /// The interfaces that have one.
        known: Vec<String>,
    },
    /// Every port of the range is leased or in use.
    #[error(
        "no free port on {address} in {}..{} (leases are locked files in {})",
        range.start, range.end, leases.display()
    )]
    NoPort {
        /// The interface's address.
        address: std::net::IpAddr,
        /// The range searched.
        range: std::ops::Range<u16>,
        /// Where leases live.
        leases: PathBuf,
    },
    /// A program could not be started.
    #[error("cannot start `{command}`: {source}")]
    Spawn {
        /// Its command line.
        command: String,
        /// Why not.
        source: io::Error,
    },
    /// A program had to be killed at its deadline.
    #[error("no end after {}: killed\n{report}", seconds(*after))]
    TimedOut {
        /// How long it was given.
        after: Duration,
        /// What it was and what it left.
        report: Box<Report>,
    },
    /// A program ended in a way that its caller cannot use.
    #[error("{problem}\n{report}")]
    Program {
        /// What is wrong with it.
        problem: String,
        /// What it was and what it left.
        report: Box<Report>,
    },
    /// The daemon ended when nobody asked it to, or would not start or stop.
    #[error("{problem}\n{report}")]
    Daemon {
        /// What is wrong with it.
        problem: String,
        /// What it was, and the tails of its log and standard error.
        report: Box<Report>,
    },
    /// Neither side knows the operation.
    #[error("unknown operation `{name}`: {hint}\n{report}")]
    UnknownOperation {
        /// The operation's name.
        name: String,
        /// What is known.
        hint: String,
        /// How the client refused it.
        report: Box<Report>,
    },
    /// An operation's arguments or reply do not fit the table.
    #[error("operation `{name}`: {problem}")]
    Operation {
        /// The operation's name.
        name: String,
        /// What does not fit.
        problem: String,
    },
    /// A fixture cannot be given to the test.
    #[error("fixture {name}: {problem}")]
    Fixture {
        /// Its type.
        name: &'static str,
        /// Why not.
        problem: String,
    },
    /// A size such as `4K` or `1M` was expected.
    #[error("`{0}` is no size: a number and one of c w b kB K MB M GB G, or nothing for bytes")]
    Size(String),
    /// A command's output was asked for in parsed form.
    #[error("no parser for {0}: implement gkfs_harness::shell::Parse for a type of your own")]
    NoParser(String),
    /// A command's output does not have the form that its parser knows.
    #[error("cannot read the output of {command}: {problem}: {text:?}")]
    Output {
        /// The command's name.
        command: String,
        /// What is missing.
        problem: &'static str,
        /// The output's beginning.
        text: String,
    },
    /// An error of a fixture of the test author's own.
    #[error("{0}")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An error on a path; `what` is a verb phrase.
    pub fn io(what: &'static str, path: impl AsRef<Path>, source: io::Error) -> Self {
        Self::Io {
            what,
            path: path.as_ref().to_owned(),
            source,
        }
    }

    /// Wraps any error, for fixtures of one's own.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

fn directories(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "no directory (none is configured)".into();
    }
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
