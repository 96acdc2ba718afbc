//! The groups and tests of the session, and what the events so far say about them.
//!
//! [`Suite::apply`] is the one way in: events of a discovery, of a run that happens, and of one that was recorded
//! a month ago all pass through it.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use gkfs_runner::status::{Status, Summary};

use super::tally::{Tallies, Tally};

mod discovery;
mod events;

/// Where something is in a [`Suite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// Index into [`Suite::groups`].
    Group(usize),
    /// Index into [`Suite::tests`].
    Test(usize),
}

/// What a test does at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    #[default]
    Idle,
    /// It is part of the run, and its turn comes.
    Waiting,
    /// Its process runs.
    Running,
    /// It failed, and is kept as it is for somebody to look at.
    Held,
}

impl Phase {
    /// Whether it has a process.
    #[must_use]
    pub fn is_alive(self) -> bool {
        matches!(self, Phase::Running | Phase::Held)
    }
}

/// A group of tests.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its directory or source file.
    pub path: PathBuf,
    /// Why it could not be built or listed.
    pub error: Option<String>,
    /// Indices of its tests, in the order they were found.
    pub tests: Vec<usize>,
    seen: bool,
}

/// A test.
#[derive(Debug, Clone, Default)]
pub struct Test {
    /// `group::path::name[param]`.
    pub id: String,
    /// Index of its group.
    pub group: usize,
    /// The id without the group.
    pub name: String,
    /// Source file.
    pub file: Option<String>,
    /// Line in it.
    pub line: Option<u32>,
    /// Tags.
    pub tags: Vec<String>,
    /// Off by default.
    pub ignored: bool,
    /// What it does now.
    pub phase: Phase,
    /// The latest verdict.
    pub status: Option<Status>,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// Time of all attempts of the latest verdict, in microseconds.
    pub duration_us: u64,
    /// Attempts begun in the latest run.
    pub attempts: u32,
    /// The process of the latest attempt; it leads a group of its own.
    pub pid: u32,
    /// When the latest attempt began, on the monotonic clock.
    pub started_mono: u64,
    /// Whether it was stopped in the latest run, and has no verdict of that.
    pub stopped: bool,
    /// Takes longer than its slow mark, or did.
    pub slow: bool,
    /// Whether something that it is made of changed after its verdict.
    pub stale: bool,
    /// Whether what failed was mended since, so that its verdict may be another by now.
    pub owed: bool,
    /// Directory of the latest attempt.
    dir: Option<PathBuf>,
    /// Directory of the latest attempt that counts against the test.
    bad_dir: Option<PathBuf>,
    seen: bool,
}

/// All groups and tests.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The groups, in the order they were found.
    pub groups: Vec<Group>,
    /// The tests. Whoever changes some must see to it that they are counted anew.
    pub tests: Vec<Test>,
    /// Ids of pinned tests: those that a change of the stack runs first.
    pub pins: BTreeSet<String>,
    at: HashMap<String, Node>,
    tallies: Tallies,
    /// Whether a group of the discovery under way is broken.
    broken: bool,
    /// Whether there is a group whose tests may be of pytest: one of CTest may open up into such.
    pub has_pytest: bool,
}

impl Test {
    /// Returns the directory of the attempt to look at first: one that went wrong before the latest.
    #[must_use]
    pub fn attempt_dir(&self) -> Option<&Path> {
        let bad = self.bad_dir.as_ref().filter(|_| self.phase == Phase::Idle);
        bad.or(self.dir.as_ref()).map(PathBuf::as_path)
    }

    /// Whether its latest verdict counts against it.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.status.is_some_and(Status::is_bad)
    }
}

impl Suite {
    /// Returns the group or test of this name or id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Node> {
        self.at.get(id).copied()
    }

    /// Returns the name or id of a group or test.
    #[must_use]
    pub fn id(&self, node: Node) -> &str {
        match node {
            Node::Group(at) => &self.groups[at].name,
            Node::Test(at) => &self.tests[at].id,
        }
    }

    /// Returns the ids of a test, or of the tests of a group.
    #[must_use]
    pub fn ids(&self, node: Node) -> Vec<&str> {
        match node {
            Node::Test(at) => vec![&self.tests[at].id],
            Node::Group(at) => {
                let tests = self.groups[at].tests.iter();
                tests.map(|test| self.tests[*test].id.as_str()).collect()
            }
        }
    }

    /// Pins a test or the tests of a group, or unpins them if all of them are pinned. Whether they are pinned now.
    pub fn pin(&mut self, node: Node) -> bool {
        let ids: Vec<String> = self.ids(node).into_iter().map(str::to_owned).collect();
        let all = ids.iter().all(|id| self.pins.contains(id));
        for id in ids {
            if all {
                self.pins.remove(&id);
            } else {
                self.pins.insert(id);
            }
        }
        !all
    }

    /// Returns how the tests of a group stand; a group that could not be built counts as one failure.
    #[must_use]
    pub fn counts(&self, group: usize) -> Summary {
        let mut summary = self.tallies().groups[group].verdicts;
        if self.groups[group].error.is_some() {
            summary.add(Status::Failed);
        }
        summary
    }

    /// Returns how all tests stand.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut tally = self.tallies().all;
        let broken = self.groups.iter().filter(|group| group.error.is_some());
        broken.for_each(|_| tally.verdicts.add(Status::Failed));
        tally
    }

    /// Sets the kept numbers right; until then they are counted whenever they are asked for.
    pub fn count(&mut self) {
        self.tallies.update(self.groups.len(), &self.tests);
    }

    fn tallies(&self) -> Cow<'_, Tallies> {
        if self.tallies.are_current() {
            return Cow::Borrowed(&self.tallies);
        }
        let mut tallies = Tallies::default();
        tallies.update(self.groups.len(), &self.tests);
        Cow::Owned(tallies)
    }

    /// What some tests are made of has changed: their verdicts may not hold any more. `touches` is asked for a test's
    /// id and its group.
    pub fn mark_stale(&mut self, touches: impl Fn(&str, &str) -> bool) {
        self.tallies.all_changed();
        for test in &mut self.tests {
            test.stale |= test.status.is_some() && touches(&test.id, &self.groups[test.group].name);
        }
    }

    /// Everything that runs was suspended for so long, in microseconds.
    pub fn stood_still(&mut self, time: u64) {
        let running = self.tests.iter_mut().filter(|test| test.phase.is_alive());
        running.for_each(|test| test.started_mono = test.started_mono.saturating_add(time));
    }

    /// What failed was mended: what else there is may have another verdict by now, unless it was run since `began`, on
    /// the monotonic clock.
    pub fn mark_owed(&mut self, began: u64) {
        self.tallies.all_changed();
        let others = self.tests.iter_mut();
        let others = others.filter(|test| !test.ignored && test.started_mono < began);
        others.for_each(|test| test.owed = true);
    }
}
