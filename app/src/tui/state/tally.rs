//! How many tests stand how.
//!
//! The numbers are kept, and set right for the tests that changed: to count a hundred thousand anew would take longer
//! than to draw the screen.

use gkfs_runner::status::{Status, Summary};

use super::suite::Test;

/// The numbers of some tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many have which verdict.
    pub verdicts: Summary,
    /// How many run.
    pub running: u64,
    /// How many have a verdict that may not hold any more.
    pub stale: u64,
}

/// The numbers of all tests, and of each group's.
#[derive(Debug, Clone, Default)]
pub(super) struct Tallies {
    pub(super) all: Tally,
    pub(super) groups: Vec<Tally>,
    /// What each test was counted as.
    counted: Vec<Counted>,
    /// The tests that may have changed since; `None` is any of them.
    changed: Option<Vec<usize>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counted {
    group: usize,
    status: Option<Status>,
    running: bool,
    stale: bool,
}

impl Tallies {
    /// Whether the numbers are right.
    pub(super) fn are_current(&self) -> bool {
        self.changed.as_ref().is_some_and(Vec::is_empty)
    }

    /// A test may have changed.
    pub(super) fn changed(&mut self, test: usize) {
        if let Some(changed) = &mut self.changed {
            changed.push(test);
        }
    }

    /// Any test may have changed, and there may be others.
    pub(super) fn all_changed(&mut self) {
        self.changed = None;
    }

    /// Sets the numbers right.
    pub(super) fn update(&mut self, groups: usize, tests: &[Test]) {
        match self.changed.take() {
            Some(changed) if self.counted.len() == tests.len() && self.groups.len() == groups => {
                changed
                    .into_iter()
                    .for_each(|at| self.set(at, counted(&tests[at])));
            }
            _ => {
                (self.all, self.groups) = (Tally::default(), vec![Tally::default(); groups]);
                self.counted = vec![Counted::default(); tests.len()];
                tests
                    .iter()
                    .enumerate()
                    .for_each(|(at, test)| self.set(at, counted(test)));
            }
        }
        self.changed = Some(Vec::new());
    }

    fn set(&mut self, at: usize, now: Counted) {
        let before = std::mem::replace(&mut self.counted[at], now);
        for (counted, by) in [(before, -1), (now, 1)] {
            self.all.count(counted, by);
            self.groups[counted.group].count(counted, by);
        }
    }
}

impl Tally {
    fn count(&mut self, counted: Counted, by: i64) {
        let add = |number: &mut u64, counts: bool| {
            if counts {
                *number = number.saturating_add_signed(by);
            }
        };
        add(&mut self.running, counted.running);
        add(&mut self.stale, counted.stale);
        let verdicts = &mut self.verdicts;
        add(&mut verdicts.total, counted.status.is_some());
        let number = match counted.status {
            Some(Status::Passed) => &mut verdicts.passed,
            Some(Status::Failed) => &mut verdicts.failed,
            Some(Status::Error) => &mut verdicts.error,
            Some(Status::Flaky) => &mut verdicts.flaky,
            Some(Status::Skipped) => &mut verdicts.skipped,
            Some(Status::Timeout) => &mut verdicts.timeout,
            None => return,
        };
        add(number, true);
    }
}

fn counted(test: &Test) -> Counted {
    Counted {
        group: test.group,
        status: test.status,
        running: test.phase.is_alive(),
        stale: test.is_outstanding(),
    }
}

#[cfg(test)]
mod tests {
    use gkfs_runner::{EventKind, Moment};
    use proptest::prelude::*;

    use crate::tui::state::suite::Suite;

    /// Something that happens to one of a few tests.
    fn happens(what: u8, test: u8) -> EventKind {
        let id = format!("g{}::t{test}", test % 2);
        let json = match what {
            0 => {
                serde_json::json!({"kind": "attempt_started", "id": id, "attempt": 1, "dir": "d", "pid": 1, "argv": []})
            }
            1 => serde_json::json!({"kind": "test_finished", "id": id, "status": "passed", "attempts": 1}),
            2 => serde_json::json!({"kind": "test_finished", "id": id, "status": "failed", "attempts": 1}),
            // In the other group from now on.
            _ => serde_json::json!({"kind": "test_found", "id": id, "group": "g0", "name": "t", "tags": []}),
        };
        serde_json::from_value(json).expect("an event")
    }

    proptest! {
        #[test]
        fn what_is_kept_is_what_would_be_counted(events in prop::collection::vec((0..5_u8, 0..6_u8, any::<bool>()), 0..60)) {
            let mut suite = Suite::default();
            for (what, test, is_drawn) in events {
                match what {
                    4 => suite.mark_stale(|id, _| id.ends_with('3')),
                    _ => suite.apply(Moment { ts: 0, mono: 0 }, &happens(what, test), std::path::Path::new("/")),
                }
                // Without this, it is counted.
                let counted = suite.total();
                if is_drawn {
                    suite.count();
                    prop_assert_eq!(suite.total(), counted);
                    let sum: u64 = (0..suite.groups.len()).map(|group| suite.counts(group).total).sum();
                    prop_assert_eq!(sum, counted.verdicts.total);
                }
            }
        }
    }
}
