//! What tests ask of each other: order, locks, and fixtures that are tests themselves.

use std::collections::HashMap;

use super::Dispatcher;
use crate::discover::{Rules, Settled};
use crate::filter::{Plan, called};
use crate::schedule::{Job, Rule};
use crate::status::{Outcome, Status};

/// The rules of a plan's tests, in numbers.
pub(super) fn of(plan: &Plan) -> HashMap<usize, Rule> {
    let mut locks: HashMap<&str, usize> = HashMap::new();
    let mut rules = HashMap::new();
    for &at in &plan.tests {
        let said = &plan.discovery.tests[at].rules;
        if *said == Rules::default() {
            continue;
        }
        let others = said.after.iter().chain(&said.needs);
        let after = others
            .flat_map(|name| called(name, &plan.discovery))
            .filter(|other| *other != at);
        let mut held = Vec::new();
        for name in &said.locks {
            let free = locks.len();
            held.push(*locks.entry(name).or_insert(free));
        }
        let rule = Rule {
            after: after.collect(),
            locks: held,
            slots: said.slots,
        };
        rules.insert(at, rule);
    }
    rules
}

impl Dispatcher {
    /// Why a test cannot be run: what it needs did not pass.
    pub(super) fn hindered(&self, job: Job) -> Option<String> {
        let test = &self.plan.discovery.tests[job.test];
        let needs = test
            .rules
            .needs
            .iter()
            .flat_map(|name| called(name, &self.plan.discovery));
        let failed = needs.filter(|&at| {
            let settled = matches!(self.plan.discovery.tests[at].settled, Some(Settled::Failed(_)));
            settled || self.tallies[at].status().is_some_and(Status::is_bad)
        });
        let names: Vec<&str> = failed
            .map(|at| self.plan.discovery.tests[at].id.as_str())
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "not run: its fixture could not be set up, `{}` failed",
                names.join("`, `")
            )
        })
    }

    /// The verdict on a test that cannot be run.
    pub(super) fn not_run(&mut self, job: Job, why: String) {
        self.queue.done(job);
        let status = self.tallies[job.test].round(Outcome::Error, 0, Some(why));
        self.judged(job, status);
    }
}
