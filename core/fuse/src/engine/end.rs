//! The end of a connection, and what is still wrong at the end of a test.

use std::sync::Arc;

use super::State;
use super::rule::Rule;
use crate::codec::{Protocol, Request};
use crate::event::What;
use crate::problem::Problem;

impl State {
    /// There is no connection any more: the kernel has answered whatever was held.
    pub(crate) fn close(&mut self, why: &str) {
        self.closed = Some(why.to_owned());
        // A server behind sees the end of its device, too.
        self.forward = None;
        self.pending.clear();
        self.note(What::Closed(why.to_owned()));
    }

    /// Everything that is not as the test wanted it: what was noticed on the way, and what never came.
    pub(crate) fn verdict(&self) -> Vec<Problem> {
        let mut all = self.problems.clone();
        let unmet = self.rules.iter().filter(|rule| !rule.is_met());
        all.extend(unmet.map(|rule| self.unmet(rule)));
        if !self.presets.is_empty() {
            all.push(Problem::Unsent(
                self.presets.iter().map(|(opcodes, _)| *opcodes).collect(),
            ));
        }
        if self.config.must_read && self.cursor < self.recorded.len() {
            all.push(Problem::Unread(self.recorded[self.cursor..].to_vec()));
        }
        all
    }

    /// A transcript has no answer. The first time it is said, too, whether that is the kernel's fault.
    pub(crate) fn not_in_transcript(&mut self, request: &Arc<Request>) {
        let same = |then: &Protocol| (then.minor, then.flags) == (self.protocol.minor, self.protocol.flags);
        if let Some(recorded) = self.config.recorded.take_if(|then| !same(then)) {
            self.problems.push(Problem::OtherKernel {
                recorded,
                here: self.protocol,
            });
        }
        self.problems.push(Problem::NotInTranscript(request.clone()));
    }

    fn unmet(&self, rule: &Rule) -> Problem {
        let near = self
            .recorded
            .iter()
            .chain(&self.aside)
            .filter(|request| rule.opcodes.contains(request.opcode()))
            .filter(|request| !rule.seen.iter().any(|seen| seen.unique() == request.unique()))
            .cloned();
        Problem::Unmet {
            expectation: rule.to_string(),
            count: rule.seen.len(),
            near: near.collect(),
        }
    }
}
