//! What was not as a test wanted it.

use std::fmt;
use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;

use crate::abi::{Opcode, Opcodes};
use crate::codec::{Protocol, Request};
use crate::errno;

/// Something that a test did not want, noticed by the server or at the end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// A request came for which nothing was prepared.
    Unexpected(Arc<Request>),
    /// A request came while a reply to another opcode was next.
    WrongOpcode {
        /// Which the next reply was for.
        want: Opcodes,
        /// What came.
        got: Arc<Request>,
    },
    /// A request came more often than it was expected.
    TooMany {
        /// The expectation.
        expectation: String,
        /// What came.
        got: Arc<Request>,
    },
    /// A request came before another one that it was to follow.
    OutOfOrder {
        /// The expectation.
        expectation: String,
        /// What was to come first.
        before: String,
        /// What came.
        got: Arc<Request>,
    },
    /// An expectation was not met.
    Unmet {
        /// The expectation.
        expectation: String,
        /// How often it was met.
        count: usize,
        /// The requests of its opcodes that did come, but were not what it wants.
        near: Vec<Arc<Request>>,
    },
    /// Replies were prepared that nothing asked for.
    Unsent(Vec<Opcodes>),
    /// Requests came that the test has not read.
    Unread(Vec<Arc<Request>>),
    /// The kernel did not take a reply, or took one that it was to refuse.
    Rejected {
        /// The request.
        request: Arc<Request>,
        /// What `write` said; 0 if it was taken.
        errno: i32,
        /// What was expected of it.
        expected: i32,
    },
    /// Nobody answered a request in time, so the server did.
    Deadline(Arc<Request>),
    /// The server's own code, or a handler or predicate of the test, panicked.
    Panic(String),
    /// Bytes came that are no request.
    Malformed(String),
    /// The kernel gave back more references to a node than it had.
    Forgotten {
        /// The node.
        node: u64,
        /// How many were given back that were not there.
        excess: u64,
    },
    /// The kernel still holds a node though it was told that all of its names are out of date: somebody has it open, or one
    /// side counts otherwise than the other.
    Leaked {
        /// The node.
        node: u64,
        /// How many references it holds.
        count: u64,
    },
    /// A transcript is replayed to another kernel than it was recorded with, which may ask otherwise.
    OtherKernel {
        /// What was agreed on then.
        recorded: Protocol,
        /// What is agreed on now.
        here: Protocol,
    },
    /// The connection ended before the test did.
    Closed(String),
    /// Somebody else unmounted it, or mounted over it, and the test went on in another directory.
    TakenAway(PathBuf),
    /// A transcript that is replayed has no answer for a request.
    NotInTranscript(Arc<Request>),
}

/// An errno by name; 0 is success.
pub(crate) fn verdict(number: i32) -> String {
    match number {
        0 => "success".to_owned(),
        number => errno::name(number),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected(request) => write!(f, "no reply was prepared for {request}"),
            Self::WrongOpcode { want, got } => write!(f, "the next reply was for {want}, but {got} came"),
            Self::TooMany { expectation, got } => write!(f, "{expectation} came once more: {got}"),
            Self::OutOfOrder {
                expectation,
                before,
                got,
            } => write!(f, "{expectation} came before {before}: {got}"),
            Self::Unmet {
                expectation,
                count,
                near,
            } => {
                write!(f, "{expectation} came {count} times")?;
                near.iter()
                    .take(8)
                    .try_for_each(|request| write!(f, "\n    not meant was {request}"))
            }
            Self::Unsent(opcodes) => {
                let names: Vec<_> = opcodes.iter().map(Opcodes::to_string).collect();
                write!(
                    f,
                    "{} prepared replies were not asked for: {}",
                    names.len(),
                    names.join(", ")
                )
            }
            Self::Unread(requests) => {
                write!(f, "{} requests were not read:", requests.len())?;
                requests
                    .iter()
                    .take(16)
                    .try_for_each(|request| write!(f, "\n    {request}"))
            }
            Self::Rejected {
                request,
                errno,
                expected,
            } => write!(
                f,
                "the reply to {request} was to end in {} and ended in {}",
                verdict(*expected),
                verdict(*errno)
            ),
            Self::Deadline(request) => write!(f, "nobody answered {request} in time"),
            Self::Panic(message) => write!(f, "the server panicked: {message}"),
            Self::Malformed(why) => write!(f, "bytes came that are no request: {why}"),
            Self::Forgotten { node, excess } => {
                write!(
                    f,
                    "node {node} was forgotten {excess} times more than it was looked up"
                )
            }
            Self::Leaked { node, count } => write!(
                f,
                "node {node} is still held, with {count} references, after all of its names were taken away"
            ),
            Self::OtherKernel { recorded, here } => write!(
                f,
                "the transcript is of another kernel: 7.{} with flags {:#x} was agreed on then, 7.{} with flags {:#x} now",
                recorded.minor, recorded.flags, here.minor, here.flags
            ),
            Self::Closed(why) => write!(f, "the connection ended early: {why}"),
            Self::TakenAway(place) => write!(
                f,
                "the mount at {} was taken away by somebody else, as `umount -l` does, or something was mounted over it: what \
                 was done there since went elsewhere",
                place.display()
            ),
            Self::NotInTranscript(request) => write!(f, "the transcript has no answer for {request}"),
        }
    }
}

impl Problem {
    /// Which opcode it is about, if it is about one.
    pub fn opcode(&self) -> Option<Opcode> {
        match self {
            Self::Unexpected(request)
            | Self::WrongOpcode { got: request, .. }
            | Self::TooMany { got: request, .. }
            | Self::OutOfOrder { got: request, .. }
            | Self::Rejected { request, .. }
            | Self::Deadline(request)
            | Self::NotInTranscript(request) => Some(request.opcode()),
            _ => None,
        }
    }
}

/// Everything that was not as the test wanted it.
#[derive(Clone, Debug)]
pub struct VerifyError {
    /// In the order in which it was noticed.
    pub problems: Vec<Problem>,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the fake FUSE server noticed {} problems:",
            self.problems.len()
        )?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for VerifyError {}

/// Where in a test something was said.
pub(crate) fn place(location: &Location<'_>) -> String {
    format!("{}:{}", location.file(), location.line())
}
