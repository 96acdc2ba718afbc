//! What the events so far add up to.

use std::collections::HashMap;
use std::path::PathBuf;

use gkfs_runner::event::{AttemptFinished, TestFound};
use gkfs_runner::record::StackInfo;
use gkfs_runner::status::{Outcome, Status, Summary};
use gkfs_runner::{Event, EventKind};

/// A run as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The run's id.
    pub(crate) run: String,
    /// The run's directory.
    pub(crate) dir: PathBuf,
    /// The stack the tests ran against.
    pub(crate) stack: StackInfo,
    /// How many tests were selected.
    pub(crate) selected: u64,
    /// When the run began and when the last event came, on the monotonic clock.
    pub(crate) span: (u64, u64),
    /// When the first test was started, on the monotonic clock.
    pub(crate) tests_mono: Option<u64>,
    /// When the run began, in microseconds since the epoch.
    pub(crate) started_ts: i64,
    /// Tests in the order they were found.
    pub(crate) tests: Vec<TestResult>,
    /// Why the run was cancelled.
    pub(crate) cancelled: Option<String>,
    /// The numbers; final once `exit_code` is there.
    pub(crate) summary: Summary,
    /// The run's exit status, once it has ended.
    pub(crate) exit_code: Option<u8>,
    by_id: HashMap<String, usize>,
}

/// What is known of a test.
#[derive(Debug, Default)]
pub(crate) struct TestResult {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) tags: Vec<String>,
    pub(crate) deselected: bool,
    /// The verdict, once there is one.
    pub(crate) status: Option<Status>,
    /// How often it was tried; what was skipped over in `attempts` is not counted there.
    pub(crate) tried: u32,
    pub(crate) reason: Option<String>,
    pub(crate) duration_us: u64,
    pub(crate) attempts: Vec<AttemptResult>,
}

/// One attempt at a test.
#[derive(Debug, Default)]
pub(crate) struct AttemptResult {
    pub(crate) number: u32,
    /// Its directory, relative to the run's.
    pub(crate) dir: String,
    pub(crate) started_mono: u64,
    pub(crate) slow: bool,
    /// Why it failed, while it is kept as it is for somebody to look at.
    pub(crate) held: Option<String>,
    /// How it ended, once it has.
    pub(crate) end: Option<AttemptFinished>,
}

impl Results {
    /// Nothing yet, of a run recorded in `dir`.
    pub(crate) fn new(dir: PathBuf, stack: StackInfo) -> Results {
        Results {
            dir,
            stack,
            ..Results::default()
        }
    }

    /// Takes the next event.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.span.1 = self.span.1.max(event.at.mono);
        match &event.kind {
            EventKind::RunStarted { run, tests } => {
                self.run.clone_from(run);
                self.selected = *tests;
                self.span.0 = event.at.mono;
                self.started_ts = event.at.ts;
            }
            EventKind::TestFound(found) => self.found(found),
            EventKind::AttemptStarted { id, attempt, dir, .. } => {
                self.attempt_started(id, *attempt, dir.clone(), event.at.mono);
            }
            EventKind::Slow { id } => {
                if let Some(last) = self.test_mut(id).attempts.last_mut() {
                    last.slow = true;
                }
            }
            EventKind::AttemptHeld { id, attempt, reason } => self.hold(id, *attempt, Some(reason.clone())),
            EventKind::AttemptReleased { id, attempt } => self.hold(id, *attempt, None),
            EventKind::AttemptFinished(end) => self.attempt_finished(end),
            EventKind::TestFinished {
                id,
                status,
                attempts,
                reason,
                duration_us,
            } => {
                let test = self.test_mut(id);
                (test.status, test.tried, test.duration_us) = (Some(*status), *attempts, *duration_us);
                test.reason.clone_from(reason);
                self.summary.add(*status);
            }
            EventKind::Cancel { why } => self.cancelled = Some(why.clone()),
            // It has no verdict, and so it counts as not run.
            EventKind::TestCancelled { .. } => {}
            EventKind::RunFinished { summary, exit_code } => {
                self.summary = *summary;
                self.exit_code = Some(*exit_code);
            }
            EventKind::GroupFound { .. }
            | EventKind::BuildStarted { .. }
            | EventKind::BuildFinished { .. }
            | EventKind::Change { .. }
            | EventKind::Notice { .. } => {}
        }
    }

    fn attempt_started(&mut self, id: &str, number: u32, dir: String, started_mono: u64) {
        self.tests_mono.get_or_insert(started_mono);
        self.test_mut(id).attempts.push(AttemptResult {
            number,
            dir,
            started_mono,
            ..AttemptResult::default()
        });
    }

    fn attempt_finished(&mut self, end: &AttemptFinished) {
        let attempts = &mut self.test_mut(&end.id).attempts;
        match attempts.iter_mut().rfind(|attempt| attempt.number == end.attempt) {
            Some(attempt) => (attempt.end, attempt.held) = (Some(end.clone()), None),
            // An attempt whose process could not be started has no beginning.
            None => attempts.push(AttemptResult {
                number: end.attempt,
                end: Some(end.clone()),
                ..AttemptResult::default()
            }),
        }
    }

    fn hold(&mut self, id: &str, number: u32, why: Option<String>) {
        let attempts = &mut self.test_mut(id).attempts;
        if let Some(attempt) = attempts.iter_mut().rfind(|attempt| attempt.number == number) {
            attempt.held = why;
        }
    }

    fn found(&mut self, found: &TestFound) {
        let test = self.test_mut(&found.id);
        test.group.clone_from(&found.group);
        test.name.clone_from(&found.name);
        test.file.clone_from(&found.file);
        test.line = found.line;
        test.tags.clone_from(&found.tags);
        test.deselected = found.deselected;
    }

    /// Returns the entry of `id`, made now if it is new: a group that could not be built is judged like a test.
    fn test_mut(&mut self, id: &str) -> &mut TestResult {
        let index = match self.by_id.get(id) {
            Some(index) => *index,
            None => {
                let group = id.split("::").next().unwrap_or(id).to_owned();
                self.tests.push(TestResult {
                    id: id.into(),
                    name: id.into(),
                    group,
                    ..TestResult::default()
                });
                self.by_id.insert(id.into(), self.tests.len() - 1);
                self.tests.len() - 1
            }
        };
        &mut self.tests[index]
    }

    /// Returns how long tests have been running at `mono`, in microseconds: finding and building them is apart.
    pub(crate) fn elapsed(&self, mono: u64) -> u64 {
        self.tests_mono.map_or(0, |began| mono.saturating_sub(began))
    }

    /// Returns how long it took to find and build the tests, in microseconds.
    pub(crate) fn preparation(&self) -> u64 {
        self.tests_mono.unwrap_or(self.span.1).saturating_sub(self.span.0)
    }

    /// Returns a test by its id.
    pub(crate) fn test(&self, id: &str) -> Option<&TestResult> {
        self.by_id.get(id).map(|index| &self.tests[*index])
    }

    /// Returns the tests that have a verdict.
    pub(crate) fn judged(&self) -> impl Iterator<Item = (&TestResult, Status)> {
        self.tests.iter().filter_map(|test| Some((test, test.status?)))
    }

    /// Returns the attempts that are held, the one that began first before the others.
    pub(crate) fn held(&self) -> Vec<(&TestResult, &AttemptResult)> {
        let of = |test| -> Vec<(&TestResult, &AttemptResult)> {
            let test: &TestResult = test;
            let held = test.attempts.iter().filter(|attempt| attempt.held.is_some());
            held.map(|attempt| (test, attempt)).collect()
        };
        let mut held: Vec<_> = self.tests.iter().flat_map(of).collect();
        held.sort_by_key(|(_, attempt)| attempt.started_mono);
        held
    }

    /// Returns the attempts that run now, oldest first.
    pub(crate) fn running(&self) -> Vec<(&TestResult, &AttemptResult)> {
        let last = |test| -> Option<(&TestResult, &AttemptResult)> {
            let test: &TestResult = test;
            test.attempts
                .last()
                .filter(|attempt| attempt.end.is_none())
                .map(|attempt| (test, attempt))
        };
        let mut running: Vec<_> = self.tests.iter().filter_map(last).collect();
        running.sort_by_key(|(_, attempt)| attempt.started_mono);
        running
    }

    /// Returns how many selected tests have no verdict.
    pub(crate) fn not_run(&self) -> u64 {
        self.tests
            .iter()
            .filter(|test| !test.deselected && test.status.is_none())
            .count() as u64
    }
}

impl TestResult {
    /// Returns an attempt that has not ended: one that is held before one that runs.
    pub(crate) fn living(&self) -> Option<&AttemptResult> {
        let held = self.attempts.iter().find(|attempt| attempt.held.is_some());
        held.or_else(|| self.attempts.iter().rfind(|attempt| attempt.end.is_none()))
    }

    /// Returns the attempt that decided: the last that was finished and not merely cancelled.
    pub(crate) fn deciding(&self) -> Option<&AttemptResult> {
        let judged = |attempt: &&AttemptResult| {
            attempt
                .end
                .as_ref()
                .is_some_and(|end| end.outcome != Outcome::Cancelled)
        };
        let bad = |attempt: &&AttemptResult| attempt.end.as_ref().is_some_and(|end| end.outcome.is_bad());
        // With `--repeat` the status is the worst of all; its evidence is in an attempt that went wrong.
        let wrong = self
            .attempts
            .iter()
            .rfind(bad)
            .filter(|_| self.status.is_some_and(Status::is_bad));
        wrong
            .or_else(|| self.attempts.iter().rfind(judged))
            .or(self.attempts.last())
    }
}
