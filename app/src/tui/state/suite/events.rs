//! What events say about groups and tests.

use std::path::Path;

use gkfs_runner::event::{AttemptFinished, SourceKind, TestFound};
use gkfs_runner::status::{Outcome, Status};
use gkfs_runner::{EventKind, Moment};

use super::{Group, Node, Phase, Suite, Test};

impl Suite {
    /// No run goes on any more, whatever was said of it last.
    pub fn settle(&mut self) {
        self.tallies.all_changed();
        self.tests.iter_mut().for_each(|test| test.phase = Phase::Idle);
    }

    /// Takes an event; `run_dir` is the directory of the run that it belongs to.
    pub fn apply(&mut self, at: Moment, kind: &EventKind, run_dir: &Path) {
        match kind {
            EventKind::GroupFound {
                group,
                source,
                path,
                error,
            } => {
                self.has_pytest |= matches!(source, SourceKind::Pytest | SourceKind::Ctest);
                let index = self.group(group);
                let entry = &mut self.groups[index];
                (entry.path, entry.seen) = (path.to_path(), true);
                entry.error.clone_from(error);
                self.broken |= error.is_some();
            }
            EventKind::TestFound(found) => self.found(found),
            EventKind::AttemptStarted {
                id,
                attempt,
                dir,
                pid,
                ..
            } => {
                let test = self.test(id);
                test.pid = *pid;
                (test.phase, test.attempts, test.slow) = (Phase::Running, *attempt, false);
                (test.started_mono, test.stale, test.stopped) = (at.mono, false, false);
                test.owed = false;
                test.dir = Some(run_dir.join(dir));
                if *attempt == 1 {
                    test.bad_dir = None;
                }
            }
            EventKind::Slow { id } => self.test(id).slow = true,
            EventKind::AttemptHeld { id, .. } => self.test(id).phase = Phase::Held,
            EventKind::AttemptReleased { id, .. } => self.test(id).phase = Phase::Running,
            EventKind::AttemptFinished(end) => self.attempt_finished(end),
            EventKind::TestFinished {
                id,
                status,
                reason,
                duration_us,
                ..
            } => self.verdict(id, *status, reason.as_ref(), *duration_us),
            EventKind::TestCancelled { id, .. } => {
                let test = self.test(id);
                test.stopped = true;
                if test.phase == Phase::Waiting {
                    test.phase = Phase::Idle;
                }
            }
            EventKind::RunFinished { .. } => self.settle(),
            EventKind::RunStarted { .. }
            | EventKind::BuildStarted { .. }
            | EventKind::BuildFinished { .. }
            | EventKind::Change { .. }
            | EventKind::Cancel { .. }
            | EventKind::Notice { .. } => {}
        }
    }

    fn found(&mut self, found: &TestFound) {
        let group = self.group(&found.group);
        let test = self.test(&found.id);
        test.seen = true;
        test.name.clone_from(&found.name);
        test.file.clone_from(&found.file);
        (test.line, test.ignored) = (found.line, found.ignored);
        test.tags.clone_from(&found.tags);
        let old = std::mem::replace(&mut test.group, group);
        if old != group
            && let Some(Node::Test(at)) = self.find(&found.id)
        {
            self.groups[old].tests.retain(|test| *test != at);
            self.groups[group].tests.push(at);
        }
    }

    /// The run that begins holds `selected` or, as said by its events, all that was not deselected.
    pub fn enqueue(&mut self, id: &str) {
        if let Some(Node::Test(at)) = self.find(id) {
            self.tallies.changed(at);
            self.tests[at].phase = Phase::Waiting;
        }
    }

    fn attempt_finished(&mut self, end: &AttemptFinished) {
        let test = self.test(&end.id);
        // Whether there is another attempt or a verdict is said next.
        test.phase = if end.outcome == Outcome::Cancelled {
            Phase::Idle
        } else {
            Phase::Waiting
        };
        if end.outcome.is_bad() {
            test.bad_dir.clone_from(&test.dir);
        }
    }

    fn verdict(&mut self, id: &str, status: Status, reason: Option<&String>, duration_us: u64) {
        if let Some(Node::Group(at)) = self.find(id) {
            // A group that could not be built; that it could not has been said when it was found.
            let why = || reason.cloned().unwrap_or_else(|| status.to_string());
            self.groups[at].error.get_or_insert_with(why);
            return;
        }
        let test = self.test(id);
        (test.phase, test.status, test.duration_us) = (Phase::Idle, Some(status), duration_us);
        test.stopped = false;
        test.reason = reason.cloned();
    }

    fn group(&mut self, name: &str) -> usize {
        if let Some(Node::Group(at)) = self.find(name) {
            return at;
        }
        self.tallies.all_changed();
        self.groups.push(Group {
            name: name.to_owned(),
            ..Group::default()
        });
        self.at
            .insert(name.to_owned(), Node::Group(self.groups.len() - 1));
        self.groups.len() - 1
    }

    /// Returns the test with this id, made now if an event speaks of it before it was found.
    fn test(&mut self, id: &str) -> &mut Test {
        let at = match self.find(id) {
            Some(Node::Test(at)) => at,
            _ => {
                let (group, name) = id.split_once("::").unwrap_or((id, id));
                let group = self.group(group);
                self.tests.push(Test {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    group,
                    ..Test::default()
                });
                let at = self.tests.len() - 1;
                self.groups[group].tests.push(at);
                self.at.insert(id.to_owned(), Node::Test(at));
                at
            }
        };
        self.tallies.changed(at);
        &mut self.tests[at]
    }
}
