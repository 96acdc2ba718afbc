//! An expectation as the server keeps it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::corrupt::Corrupt;
use crate::abi::Opcodes;
use crate::codec::{Name, Reply, Request};

type Predicate = Box<dyn Fn(&Request) -> bool + Send>;

/// What is expected, how often, and what comes of it.
pub(crate) struct Rule {
    pub(crate) opcodes: Opcodes,
    pub(crate) node: Option<u64>,
    pub(crate) name: Option<Name>,
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) after: Vec<usize>,
    pub(crate) action: Action,
    pub(crate) delay: Option<Duration>,
    pub(crate) corrupt: Option<Corrupt>,
    pub(crate) expected_errno: i32,
    pub(crate) seen: Vec<Arc<Request>>,
    /// Where the test says it.
    pub(crate) place: String,
}

/// What an expected request is answered with.
#[derive(Debug)]
pub(crate) enum Action {
    /// The first time the first, and so on; the last one again and again.
    Reply(Vec<Reply>),
    /// Whatever would answer it without the expectation.
    Pass,
    /// The test answers.
    Hold,
}

impl Rule {
    pub(crate) fn new(opcodes: Opcodes, place: String) -> Self {
        Self {
            opcodes,
            node: None,
            name: None,
            predicates: Vec::new(),
            least: 1,
            most: 1,
            after: Vec::new(),
            action: Action::Pass,
            delay: None,
            corrupt: None,
            expected_errno: 0,
            seen: Vec::new(),
            place,
        }
    }

    pub(crate) fn wants(&self, request: &Request) -> bool {
        self.opcodes.contains(request.opcode())
            && self.node.is_none_or(|node| node == request.node())
            && self.name.as_ref().is_none_or(|name| request.name() == Some(name))
            && self.predicates.iter().all(|predicate| predicate(request))
    }

    pub(crate) fn is_met(&self) -> bool {
        self.seen.len() >= self.least
    }

    /// The reply that is next, once `seen` has the request.
    pub(crate) fn next_reply(&self) -> Option<Reply> {
        match &self.action {
            Action::Reply(replies) => replies
                .get(self.seen.len().saturating_sub(1))
                .or(replies.last())
                .cloned(),
            _ => None,
        }
    }
}

/// `LOOKUP of node 1 name=file (expected 1 time, at tests/main.rs:7)`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.opcodes)?;
        if let Some(node) = self.node {
            write!(f, " of node {node}")?;
        }
        if let Some(name) = &self.name {
            write!(f, " name={name}")?;
        }
        if !self.predicates.is_empty() {
            f.write_str(" with a predicate")?;
        }
        match (self.least, self.most) {
            (1, 1) => f.write_str(" (expected once")?,
            (least, most) if least == most => write!(f, " (expected {least} times")?,
            (least, usize::MAX) => write!(f, " (expected {least} times or more")?,
            (least, most) => write!(f, " (expected {least} to {most} times")?,
        }
        write!(f, ", at {})", self.place)
    }
}
