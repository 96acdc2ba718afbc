//! What ends early: the whole run, or one test of it.

use std::collections::HashMap;

use tokio::sync::watch;

use super::Dispatcher;
use crate::event::EventKind;
use crate::run::CancelKind;
use crate::schedule::Job;

/// How the attempts that run are told to end. Each listens for itself, so that one can end while the others go on.
#[derive(Debug, Default)]
pub(super) struct Stops {
    /// By test and repetition: two repetitions of a test may run beside each other.
    running: HashMap<(usize, u32), watch::Sender<Option<CancelKind>>>,
}

impl Stops {
    /// A job begins; what it hears is returned.
    pub(super) fn listen(
        &mut self,
        job: Job,
        cancel: Option<CancelKind>,
    ) -> watch::Receiver<Option<CancelKind>> {
        let (say, hear) = watch::channel(cancel);
        self.running.insert((job.test, job.round), say);
        hear
    }

    /// A job has ended.
    pub(super) fn forget(&mut self, job: Job) {
        self.running.remove(&(job.test, job.round));
    }

    /// Tells all, or those of one test, to end. Whether there was any.
    fn say(&self, kind: CancelKind, test: Option<usize>) -> bool {
        let meant = |(its, _): &(usize, u32)| test.is_none_or(|test| test == *its);
        let meant = self.running.iter().filter(|(job, _)| meant(job));
        // One that was told to go at once is not told to take its time.
        meant
            .map(|(_, say)| say.send_modify(|said| *said = (*said).max(Some(kind))))
            .count()
            > 0
    }
}

impl Dispatcher {
    /// Ends the run.
    pub(super) fn cancel(&mut self, kind: CancelKind, why: String) {
        if self.cancel >= Some(kind) {
            return;
        }
        self.cancel = Some(kind);
        self.queue.clear();
        self.journal.now(EventKind::Cancel { why });
        self.stops.say(kind, None);
    }

    /// Ends one test; the second time it is killed.
    pub(super) fn cancel_test(&mut self, id: String, why: String) {
        let tests = &self.plan.discovery.tests;
        let Some(test) = self.plan.tests.iter().copied().find(|test| tests[*test].id == id) else {
            return;
        };
        let kind = if self.stopped.contains(&test) {
            CancelKind::Kill
        } else {
            CancelKind::Stop
        };
        let waits = self.queue.remove(test);
        let runs = self.stops.say(kind, Some(test));
        if (waits || runs) && self.stopped.insert(test) {
            self.journal.now(EventKind::TestCancelled { id, why });
        }
    }
}
