//! What is still wrong at the end.

use super::State;
use super::rule::Rule;
use crate::problem::Problem;

impl State {
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
