//! What runs next: which tests in which order, how often, and what an attempt is told.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::Dispatcher;
use crate::attempt::Order;
use crate::event::SourceKind;
use crate::filter::Plan;
use crate::record::attempt_dir;
use crate::run::CancelKind;
use crate::schedule::Job;
use crate::settings::Repeat;

impl Dispatcher {
    /// Adds the next repetition when everything of the last has begun.
    pub(super) fn fill(&mut self) {
        let (limit, ends_early) = match self.bench.settings.repeat {
            Repeat::Times(times) => (Some(times.get()), false),
            Repeat::UntilFail(limit) => (limit.map(NonZeroU32::get), true),
            // The first round is run in any case.
            Repeat::For(time) if self.rounds > 0 && self.bench.clock.now() - self.began >= time => {
                (Some(0), false)
            }
            Repeat::For(_) => (None, false),
        };
        if ends_early && self.failures > 0 && self.cancel.is_none() {
            self.cancel(CancelKind::Drain, "a test did not pass".to_owned());
        }
        let more = limit.is_none_or(|limit| self.rounds < limit);
        if self.cancel.is_some() || !more || !self.queue.is_drained() {
            return;
        }
        let stopped = &self.stopped;
        for &test in self.order.iter().filter(|test| !stopped.contains(test)) {
            let group = self.plan.discovery.tests[test].group;
            let settings = &self.plan.discovery.groups[group].settings;
            let rules = &self.plan.discovery.tests[test].rules;
            let (serial, exclusive) = (settings.serial, settings.exclusive || rules.exclusive);
            self.queue.push(Job {
                test,
                group,
                round: self.rounds,
                failed: 0,
                serial,
                exclusive,
            });
        }
        self.rounds += 1;
    }

    pub(super) fn order(&mut self, job: Job) -> Order {
        let test = &self.plan.discovery.tests[job.test];
        let group = &self.plan.discovery.groups[job.group];
        let settings = &self.bench.settings;
        let tally = &mut self.tallies[job.test];
        tally.attempts += 1;
        self.attempts += 1;
        Order {
            job,
            id: test.id.clone(),
            attempt: tally.attempts,
            serial: self.attempts,
            dir: attempt_dir(&group.name, &test.name, tally.attempts),
            argv: group
                .settings
                .wrapper
                .iter()
                .chain(&test.command.argv)
                .cloned()
                .collect(),
            cwd: test.command.cwd.clone(),
            env: test
                .command
                .env
                .iter()
                .chain(&group.settings.env)
                .cloned()
                .collect(),
            timeout: settings.deadlines.of(test
                .timeout
                .or(group.settings.timeout)
                .unwrap_or(settings.timeout)),
            slow: group.settings.slow.unwrap_or(settings.slow),
            libtest: group.source == SourceKind::Rust,
            outlives: test.rules.outlives,
            judge: test.judge.clone(),
            shared: test.node.clone().zip(self.workers.get(&job.group).cloned()),
        }
    }
}

/// The tests of a plan as they start: those of the first set, of the second, and so on, and then all others.
pub(super) fn in_order(plan: &Plan, first: &[BTreeSet<String>]) -> Vec<usize> {
    let mut tests = plan.tests.clone();
    let rank = |&at: &usize| {
        let test = &plan.discovery.tests[at];
        let group = &plan.discovery.groups[test.group].name;
        let has = |set: &BTreeSet<String>| set.contains(&test.id) || set.contains(group);
        first.iter().position(has).unwrap_or(first.len())
    };
    tests.sort_by_cached_key(rank);
    tests
}
