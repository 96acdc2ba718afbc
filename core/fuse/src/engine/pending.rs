//! Requests that are answered later, or never.

use std::sync::Arc;
use std::time::Instant;

use super::{Outgoing, State, Then};
use crate::codec::{Reply, Request};
use crate::problem::Problem;

/// A request that the kernel waits for.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) request: Arc<Request>,
    /// The expectation that holds it.
    pub(crate) rule: Option<usize>,
    /// Whether a test took it from there.
    pub(crate) taken: bool,
    pub(crate) interrupted: bool,
    pub(crate) due: Instant,
    /// How much later the answer of a server elsewhere is handed on.
    pub(crate) delay: Option<std::time::Duration>,
    /// What is then written; nothing stands for the deadline's own answer.
    pub(crate) then: Option<Outgoing>,
}

impl State {
    /// Holds a request back.
    pub(crate) fn hold(&mut self, request: &Arc<Request>, rule: Option<usize>) {
        let due = Instant::now() + self.config.deadline;
        self.pending.insert(
            request.unique(),
            Pending {
                request: request.clone(),
                rule,
                taken: false,
                interrupted: false,
                due,
                delay: None,
                then: None,
            },
        );
    }

    /// Answers a request later.
    pub(crate) fn delay(&mut self, outgoing: Outgoing, delay: std::time::Duration) {
        let request = outgoing.request.clone();
        self.hold(&request, None);
        if let Some(pending) = self.pending.get_mut(&request.unique()) {
            pending.due = Instant::now() + delay;
            pending.then = Some(outgoing);
        }
    }

    /// When the next of them is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.pending.values().map(|pending| pending.due).min()
    }

    /// Takes out what is due by `now`, each with its answer.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Outgoing> {
        let mut due: Vec<(Instant, u64)> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.due <= now)
            .map(|(unique, pending)| (pending.due, *unique))
            .collect();
        due.sort_unstable();
        let mut out = Vec::new();
        for (_, unique) in due {
            let Some(pending) = self.pending.remove(&unique) else {
                continue;
            };
            match pending.then {
                Some(outgoing) => out.push(outgoing),
                None => {
                    self.problems.push(Problem::Deadline(pending.request.clone()));
                    let reply = Reply::Errno(self.config.deadline_errno);
                    out.extend(self.outgoing(&pending.request, reply, &Then::default()));
                }
            }
        }
        for outgoing in &out {
            self.sending(outgoing);
        }
        out
    }

    /// Notes that a request's caller got a signal.
    pub(crate) fn interrupt(&mut self, unique: u64) {
        if let Some(pending) = self.pending.get_mut(&unique) {
            pending.interrupted = true;
        }
    }

    /// Answers everything that is still held: the server ends.
    pub(crate) fn release_all(&mut self, errno: i32) -> Vec<Outgoing> {
        let all: Vec<_> = self.pending.drain().map(|(_, pending)| pending.request).collect();
        all.iter()
            // An interruption may stay without an answer.
            .filter(|request| request.opcode().needs_answer())
            .filter_map(|request| self.outgoing(request, Reply::Errno(errno), &Then::default()))
            .collect()
    }
}
