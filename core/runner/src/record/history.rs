//! What became of each test: the events of a run, folded.

use std::collections::HashMap;

use crate::event::{AttemptFinished, Event, EventKind, TestFound};
use crate::status::Status;

/// A test of a recorded run. A group that could not be built is one too, with the group's name as its id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TestRecord {
    /// `group::path::name[param]`.
    pub id: String,
    /// The group.
    pub group: String,
    /// The id without the group.
    pub name: String,
    /// Source file.
    pub file: Option<String>,
    /// Line in it.
    pub line: Option<u32>,
    /// Tags.
    pub tags: Vec<String>,
    /// Found, but not part of the run.
    pub deselected: bool,
    /// The verdict; `None` while it waits or runs, and when it was never run.
    pub status: Option<Status>,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// Time of all attempts, in microseconds.
    pub duration_us: u64,
    /// Its attempts, in the order in which they began.
    pub attempts: Vec<AttemptRecord>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    /// Its number, from 1.
    pub attempt: u32,
    /// Its directory, relative to the run's.
    pub dir: String,
    /// When it began, in microseconds since the epoch.
    pub started_ts: i64,
    /// How it ended, if it did.
    pub end: Option<AttemptFinished>,
}

impl TestRecord {
    /// The attempt to look at first: the last one that counts against the test, else the last one.
    #[must_use]
    pub fn telling(&self) -> Option<&AttemptRecord> {
        let bad = |attempt: &&AttemptRecord| attempt.end.as_ref().is_some_and(|end| end.outcome.is_bad());
        self.attempts.iter().rev().find(bad).or(self.attempts.last())
    }

    fn found(test: &TestFound) -> Self {
        Self {
            id: test.id.clone(),
            group: test.group.clone(),
            name: test.name.clone(),
            file: test.file.clone(),
            line: test.line,
            tags: test.tags.clone(),
            deselected: test.deselected,
            ..Self::default()
        }
    }
}

/// Folds events into tests.
pub(crate) fn tests(events: &[Event]) -> Vec<TestRecord> {
    let mut fold = Fold::default();
    for event in events {
        fold.take(event);
    }
    fold.tests
}

#[derive(Default)]
struct Fold {
    tests: Vec<TestRecord>,
    at: HashMap<String, usize>,
}

impl Fold {
    fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::GroupFound {
                group,
                error: Some(_),
                ..
            } => {
                let test = TestRecord {
                    id: group.clone(),
                    group: group.clone(),
                    ..TestRecord::default()
                };
                self.add(TestRecord {
                    deselected: true,
                    ..test
                });
            }
            EventKind::TestFound(test) => self.add(TestRecord::found(test)),
            EventKind::AttemptStarted { id, attempt, dir, .. } => {
                let started_ts = event.at.ts;
                let began = AttemptRecord {
                    attempt: *attempt,
                    dir: dir.clone(),
                    started_ts,
                    end: None,
                };
                self.test(id).attempts.push(began);
            }
            EventKind::AttemptFinished(end) => {
                let attempts = &mut self.test(&end.id).attempts;
                match attempts.iter_mut().find(|attempt| attempt.attempt == end.attempt) {
                    Some(attempt) => attempt.end = Some(end.clone()),
                    // It never had a process.
                    None => attempts.push(AttemptRecord {
                        attempt: end.attempt,
                        dir: String::new(),
                        started_ts: event.at.ts,
                        end: Some(end.clone()),
                    }),
                }
            }
            EventKind::TestFinished {
                id,
                status,
                reason,
                duration_us,
                ..
            } => {
                let test = self.test(id);
                test.status = Some(*status);
                test.reason.clone_from(reason);
                test.duration_us = *duration_us;
                test.deselected = false;
            }
            _ => {}
        }
    }

    fn add(&mut self, test: TestRecord) {
        self.at.insert(test.id.clone(), self.tests.len());
        self.tests.push(test);
    }

    /// The test of this id; made up where a damaged record lacks its discovery.
    fn test(&mut self, id: &str) -> &mut TestRecord {
        let at = match self.at.get(id) {
            Some(at) => *at,
            None => {
                let (group, name) = id.split_once("::").unwrap_or((id, ""));
                self.add(TestRecord {
                    id: id.into(),
                    group: group.into(),
                    name: name.into(),
                    ..TestRecord::default()
                });
                self.tests.len() - 1
            }
        };
        &mut self.tests[at]
    }
}
