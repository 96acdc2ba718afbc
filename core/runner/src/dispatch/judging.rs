//! What becomes of tests: attempts that end, verdicts, and the limit of those that do not pass.

use super::Dispatcher;
use crate::discover::Settled;
use crate::event::{AttemptFinished, EventKind};
use crate::run::CancelKind;
use crate::schedule::Job;
use crate::settings::Repeat;
use crate::status::Status;

impl Dispatcher {
    /// Groups that could not be built have their verdict before anything is run.
    pub(super) fn judge_broken(&mut self) {
        for at in std::mem::take(&mut self.plan.broken) {
            let group = &self.plan.discovery.groups[at];
            let (id, reason) = (group.name.clone(), group.error.clone());
            self.verdict(id, 0, 0, Status::Failed, reason);
            self.failures += 1;
        }
        self.check_limit();
    }

    /// So have tests whose verdict is known without running them.
    pub(super) fn judge_settled(&mut self) {
        for at in self.order.clone() {
            let test = &self.plan.discovery.tests[at];
            let Some(settled) = test.settled.clone() else {
                continue;
            };
            let id = test.id.clone();
            self.settled.insert(at);
            match settled {
                Settled::Skipped(reason) => self.verdict(id, 0, 0, Status::Skipped, Some(reason)),
                Settled::Failed(reason) => {
                    self.verdict(id, 0, 0, Status::Failed, Some(reason));
                    self.failures += 1;
                }
            }
        }
        let settled = &self.settled;
        self.order.retain(|test| !settled.contains(test));
        self.check_limit();
    }

    pub(super) fn ended(&mut self, job: Job, finished: AttemptFinished) {
        self.queue.done(job);
        self.stops.forget(job);
        self.tallies[job.test].duration_us += finished.duration_us;
        let (outcome, reason) = (finished.outcome, finished.reason.clone());
        self.tidy(job, &finished);
        self.journal.now(EventKind::AttemptFinished(finished));
        let retries = self.plan.discovery.groups[job.group]
            .settings
            .retries
            .unwrap_or(self.bench.settings.retries);
        let goes_on = self.cancel.is_none() && !self.stopped.contains(&job.test);
        if outcome.is_bad() && job.failed < retries && goes_on {
            self.queue.push_front(Job {
                failed: job.failed + 1,
                ..job
            });
            return;
        }
        let status = self.tallies[job.test].round(outcome, job.failed, reason);
        self.judged(job, status);
    }

    /// A repetition has its verdict.
    pub(super) fn judged(&mut self, job: Job, status: Option<Status>) {
        if status.is_some_and(Status::is_bad) {
            self.failures += 1;
        }
        if let Repeat::Times(times) = self.bench.settings.repeat
            && self.tallies[job.test].rounds >= times.get()
        {
            self.conclude(job.test);
        }
        self.check_limit();
    }

    pub(super) fn conclude(&mut self, test: usize) {
        let tally = &mut self.tallies[test];
        let (attempts, duration_us) = (tally.attempts, tally.duration_us);
        if let Some((status, reason)) = tally.take_verdict() {
            let id = self.plan.discovery.tests[test].id.clone();
            self.verdict(id, attempts, duration_us, status, reason);
        }
    }

    pub(super) fn verdict(
        &mut self,
        id: String,
        attempts: u32,
        duration_us: u64,
        status: Status,
        reason: Option<String>,
    ) {
        self.summary.add(status);
        let deny = self.bench.settings.deny_skips.as_ref();
        if status == Status::Skipped && deny.is_some_and(|deny| deny.denies(reason.as_deref().unwrap_or("")))
        {
            self.denied += 1;
        }
        self.journal.now(EventKind::TestFinished {
            id,
            status,
            attempts,
            reason,
            duration_us,
        });
    }

    pub(super) fn check_limit(&mut self) {
        if let Some(limit) = self.bench.settings.max_fail
            && self.failures >= limit.get()
            && self.cancel.is_none()
        {
            let tests = if limit.get() == 1 {
                "a test".to_owned()
            } else {
                format!("{limit} tests")
            };
            self.cancel(CancelKind::Drain, format!("{tests} did not pass"));
        }
    }
}
