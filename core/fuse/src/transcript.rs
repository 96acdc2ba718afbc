//! What passed, as a value that can be saved, read, compared and replayed.

mod differ;
mod file;
mod replay;
mod row;
mod writer;

pub use differ::Difference;
pub use file::TranscriptError;
pub use writer::TranscriptWriter;

use std::fmt;
use std::time::{Duration, Instant};

use crate::abi::{self, InitIn};
use crate::codec::{Protocol, Request};
use crate::event::Event;

/// Everything that passed between kernel and server, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// What was agreed on.
    pub minor: u32,
    /// The kernel's minor version.
    pub kernel_minor: u32,
    /// The flags that were agreed on.
    pub flags: u64,
    /// What passed.
    pub lines: Vec<Line>,
}

/// One thing that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, after the first.
    pub at: Duration,
    /// `request`, `reply`, `rejected`, `notify`, `malformed` or `closed`.
    pub dir: String,
    /// The number of the request it is or answers; 0 if there is none.
    pub unique: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What it says, for people.
    pub text: String,
}

impl Line {
    fn of(event: &Event, first: Instant) -> Self {
        Self {
            at: event.at.saturating_duration_since(first),
            dir: event.what.dir().to_owned(),
            unique: event.what.request().map_or(0, |request| request.unique()),
            bytes: event.what.bytes().to_vec(),
            text: event.what.to_string(),
        }
    }
}

impl Transcript {
    pub(crate) fn of(log: &[Event], protocol: &Protocol, kernel: Option<InitIn>) -> Self {
        let first = log.first().map(|event| event.at);
        let line = |event: &Event| Line::of(event, first.unwrap_or(event.at));
        Self {
            minor: protocol.minor,
            kernel_minor: kernel.map_or(abi::MINOR, |kernel| kernel.minor),
            flags: protocol.flags,
            lines: log.iter().map(line).collect(),
        }
    }

    /// The version and flags that its bytes are read by.
    pub const fn protocol(&self) -> Protocol {
        Protocol {
            minor: self.minor,
            kernel_minor: self.kernel_minor,
            flags: self.flags,
        }
    }

    /// The requests in it, decoded.
    pub fn requests(&self) -> Vec<Request> {
        let protocol = self.protocol();
        self.lines
            .iter()
            .filter(|line| line.dir == "request")
            .filter_map(|line| Request::decode(&line.bytes, &protocol).ok())
            .collect()
    }
}

/// A line each, with its time in milliseconds.
impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines
            .iter()
            .try_for_each(|line| writeln!(f, "{:>10.3} {}", line.at.as_secs_f64() * 1000.0, line.text))
    }
}

/// Which kinds of line a transcript has.
pub(crate) const DIRECTIONS: [&str; 6] = ["request", "reply", "rejected", "notify", "malformed", "closed"];
