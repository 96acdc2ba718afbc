//! Which test comes next: a pure queue, without processes and clocks.

use std::collections::{HashMap, HashSet, VecDeque};

/// One execution of a test, to be started once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    /// The test.
    pub(crate) test: usize,
    /// Its group.
    pub(crate) group: usize,
    /// Which repetition, from 0.
    pub(crate) round: u32,
    /// How many attempts of this repetition did not pass.
    pub(crate) failed: u32,
    /// Not beside another test of its group.
    pub(crate) serial: bool,
    /// Not beside any other test.
    pub(crate) exclusive: bool,
}

/// When a test may run beside others, in numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    /// Tests that have to be done.
    pub(crate) after: Vec<usize>,
    /// What it must be alone with.
    pub(crate) locks: Vec<usize>,
    /// How many slots it takes.
    pub(crate) slots: usize,
}

/// Jobs that wait, and what is known of those that run. Jobs start in the order they were added, but for those that
/// have to wait for their group.
#[derive(Debug)]
pub(crate) struct Queue {
    slots: usize,
    waiting: VecDeque<Job>,
    running: usize,
    /// Jobs that run no more, and whose end is not over: by test and repetition.
    ending: HashSet<(usize, u32)>,
    groups: HashMap<usize, usize>,
    exclusive: bool,
    /// By test, where it has any.
    rules: HashMap<usize, Rule>,
    /// How many jobs of a test wait or run.
    pending: HashMap<usize, usize>,
    locked: HashSet<usize>,
}

impl Queue {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            slots,
            waiting: VecDeque::new(),
            running: 0,
            ending: HashSet::new(),
            groups: HashMap::new(),
            exclusive: false,
            rules: HashMap::new(),
            pending: HashMap::new(),
            locked: HashSet::new(),
        }
    }

    /// The same with rules for some tests.
    pub(crate) fn with_rules(mut self, rules: HashMap<usize, Rule>) -> Self {
        self.rules = rules;
        self
    }

    pub(crate) fn push(&mut self, job: Job) {
        *self.pending.entry(job.test).or_default() += 1;
        self.waiting.push_back(job);
    }

    /// Puts a job first, for a retry.
    pub(crate) fn push_front(&mut self, job: Job) {
        *self.pending.entry(job.test).or_default() += 1;
        self.waiting.push_front(job);
    }

    /// Takes the next job that may start now; it counts as running from here on.
    pub(crate) fn next(&mut self) -> Option<Job> {
        // Ends take no slot, but are not to pile up.
        let is_full = self.running >= self.slots || self.running + self.ending.len() >= 2 * self.slots;
        if is_full || self.exclusive {
            return None;
        }
        let is_alone = self.running == 0 && self.ending.is_empty();
        let mut at = None;
        for (index, job) in self.waiting.iter().enumerate() {
            if job.exclusive {
                // It waits for everything that runs, and what is behind it waits for it: else it might never start.
                if is_alone && self.may_run(job.test) {
                    at = Some(index);
                }
                if self.may_run(job.test) {
                    break;
                }
                continue;
            }
            if !(job.serial && self.groups.contains_key(&job.group)) && self.may_run(job.test) {
                at = Some(index);
                break;
            }
        }
        // Tests that wait for each other would wait for ever.
        let at = at.or((is_alone && !self.waiting.is_empty()).then_some(0));
        let job = self.waiting.remove(at?)?;
        self.running += self.slots_of(job.test);
        if let Some(rule) = self.rules.get(&job.test) {
            self.locked.extend(&rule.locks);
        }
        *self.groups.entry(job.group).or_default() += 1;
        self.exclusive = job.exclusive;
        Some(job)
    }

    /// The job of a group that waits first, if any does.
    pub(crate) fn next_of(&self, group: usize) -> Option<Job> {
        self.waiting.iter().find(|job| job.group == group).copied()
    }

    /// A job runs no more, and only what it started is still to end: another one may have its slot. Nothing else that
    /// others wait for is free before its end, nor is anything of one that is to be alone.
    pub(crate) fn ending(&mut self, job: Job) {
        if !job.exclusive && !job.serial && self.ending.insert((job.test, job.round)) {
            self.running -= self.slots_of(job.test);
        }
    }

    /// A job has ended.
    pub(crate) fn done(&mut self, job: Job) {
        if !self.ending.remove(&(job.test, job.round)) {
            self.running -= self.slots_of(job.test);
        }
        if let Some(rule) = self.rules.get(&job.test) {
            self.locked.retain(|lock| !rule.locks.contains(lock));
        }
        self.forget(job.test, 1);
        if let Some(running) = self.groups.get_mut(&job.group) {
            *running -= 1;
            if *running == 0 {
                self.groups.remove(&job.group);
            }
        }
        if job.exclusive {
            self.exclusive = false;
        }
    }

    /// Drops everything that waits.
    pub(crate) fn clear(&mut self) {
        for job in std::mem::take(&mut self.waiting) {
            self.forget(job.test, 1);
        }
    }

    /// Drops what waits of one test; whether there was anything.
    pub(crate) fn remove(&mut self, test: usize) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|job| job.test != test);
        self.forget(test, before - self.waiting.len());
        self.waiting.len() < before
    }

    fn may_run(&self, test: usize) -> bool {
        let Some(rule) = self.rules.get(&test) else {
            return true;
        };
        let fits = self.running == 0 || self.running + self.slots_of(test) <= self.slots;
        fits && rule.after.iter().all(|other| !self.pending.contains_key(other))
            && rule.locks.iter().all(|lock| !self.locked.contains(lock))
    }

    fn slots_of(&self, test: usize) -> usize {
        let wanted = self.rules.get(&test).map_or(1, |rule| rule.slots);
        wanted.clamp(1, self.slots)
    }

    fn forget(&mut self, test: usize, jobs: usize) {
        let left = self.pending.get(&test).copied().unwrap_or(0).saturating_sub(jobs);
        match left {
            0 => drop(self.pending.remove(&test)),
            left => drop(self.pending.insert(test, left)),
        }
    }

    pub(crate) fn is_drained(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job(test: usize, group: usize, serial: bool, exclusive: bool) -> Job {
        Job {
            test,
            group,
            round: 0,
            failed: 0,
            serial,
            exclusive,
        }
    }

    fn start_all(queue: &mut Queue) -> Vec<usize> {
        std::iter::from_fn(|| queue.next()).map(|job| job.test).collect()
    }

    #[test]
    fn serial_groups_let_others_pass() {
        let mut queue = Queue::new(3);
        for (test, group) in [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1)] {
            queue.push(job(test, group, group == 0, false));
        }
        assert_eq!(start_all(&mut queue), [0, 2, 3]);
        queue.done(job(0, 0, true, false));
        assert_eq!(start_all(&mut queue), [1]);
    }

    #[test]
    fn an_exclusive_test_is_alone_and_is_not_overtaken() {
        let mut queue = Queue::new(4);
        for (test, exclusive) in [(0, false), (1, true), (2, false)] {
            queue.push(job(test, 0, false, exclusive));
        }
        assert_eq!(start_all(&mut queue), [0]);
        queue.done(job(0, 0, false, false));
        assert_eq!(start_all(&mut queue), [1]);
        queue.done(job(1, 0, false, true));
        assert_eq!(start_all(&mut queue), [2]);
    }

    #[test]
    fn what_is_ending_gives_its_slot_away_and_nothing_else() {
        let rule = |locks: &[usize]| Rule {
            locks: locks.to_vec(),
            slots: 1,
            ..Rule::default()
        };
        let mut queue = Queue::new(1);
        (0..3).for_each(|test| queue.push(job(test, 0, false, false)));
        assert_eq!(start_all(&mut queue), [0]);
        queue.ending(job(0, 0, false, false));
        assert_eq!(start_all(&mut queue), [1]);
        queue.ending(job(1, 0, false, false));
        assert!(start_all(&mut queue).is_empty(), "ends do not pile up");
        queue.done(job(0, 0, false, false));
        assert_eq!(start_all(&mut queue), [2]);

        let mut queue = Queue::new(2).with_rules(HashMap::from([(0, rule(&[7])), (1, rule(&[7]))]));
        (0..4).for_each(|test| queue.push(job(test, 0, false, test == 3)));
        assert_eq!(start_all(&mut queue), [0, 2]);
        queue.ending(job(0, 0, false, false));
        assert!(
            start_all(&mut queue).is_empty(),
            "its lock is not free before its end"
        );
        queue.done(job(0, 0, false, false));
        assert_eq!(start_all(&mut queue), [1]);
        queue.ending(job(1, 0, false, false));
        queue.done(job(2, 0, false, false));
        assert!(
            start_all(&mut queue).is_empty(),
            "one that is to be alone is not beside an end"
        );
        queue.done(job(1, 0, false, false));
        assert_eq!(start_all(&mut queue), [3]);
        queue.ending(job(3, 0, false, true));
        queue.push(job(4, 0, false, false));
        assert!(
            start_all(&mut queue).is_empty(),
            "nor is another one beside its own"
        );
        queue.done(job(3, 0, false, true));
        assert_eq!(start_all(&mut queue), [4]);

        let mut queue = Queue::new(2);
        (0..2).for_each(|test| queue.push(job(test, 0, true, false)));
        assert_eq!(start_all(&mut queue), [0]);
        queue.ending(job(0, 0, true, false));
        assert!(
            start_all(&mut queue).is_empty(),
            "they are tests of a group that has one at a time"
        );
        queue.done(job(0, 0, true, false));
        assert_eq!(start_all(&mut queue), [1]);
    }

    #[test]
    fn rules_hold_and_what_waits_for_each_other_runs_in_the_end() {
        let rule = |after: &[usize], locks: &[usize], slots| Rule {
            after: after.to_vec(),
            locks: locks.to_vec(),
            slots,
        };
        let rules = [
            (1, rule(&[0], &[], 1)),
            (2, rule(&[], &[7], 1)),
            (3, rule(&[], &[7], 1)),
            (4, rule(&[], &[], 9)),
        ];
        let mut queue = Queue::new(3).with_rules(HashMap::from(rules));
        (0..5).for_each(|test| queue.push(job(test, 0, false, false)));
        assert_eq!(start_all(&mut queue), [0, 2]);
        queue.done(job(2, 0, false, false));
        assert_eq!(start_all(&mut queue), [3]);
        queue.done(job(0, 0, false, false));
        assert_eq!(start_all(&mut queue), [1]);
        queue.done(job(1, 0, false, false));
        queue.done(job(3, 0, false, false));
        assert_eq!(start_all(&mut queue), [4]);

        let circle = [(0, rule(&[1], &[], 1)), (1, rule(&[0], &[], 1))];
        let mut queue = Queue::new(2).with_rules(HashMap::from(circle));
        (0..2).for_each(|test| queue.push(job(test, 0, false, false)));
        assert_eq!(start_all(&mut queue), [0]);
        queue.done(job(0, 0, false, false));
        assert_eq!(start_all(&mut queue), [1]);
    }

    proptest! {
        /// Whatever ends when: every job runs once, and no rule is ever broken.
        #[test]
        fn every_job_runs_once_within_the_rules(
            slots in 1usize..5,
            kinds in prop::collection::vec((0usize..3, prop::bool::weighted(0.2)), 0..40),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
        ) {
            let mut queue = Queue::new(slots);
            for (test, (group, exclusive)) in kinds.iter().enumerate() {
                queue.push(job(test, *group, *group == 0, *exclusive));
            }
            let mut running: Vec<Job> = Vec::new();
            let mut seen = Vec::new();
            for choice in &choices {
                while let Some(job) = queue.next() {
                    seen.push(job.test);
                    running.push(job);
                }
                prop_assert!(running.len() <= slots);
                prop_assert!(running.iter().filter(|job| job.group == 0).count() <= 1);
                prop_assert!(running.len() == 1 || running.iter().all(|job| !job.exclusive));
                if running.is_empty() {
                    break;
                }
                let ended = running.remove(choice.index(running.len()));
                queue.done(ended);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..kinds.len()).collect::<Vec<_>>());
            prop_assert!(queue.is_drained());
        }
    }
}
