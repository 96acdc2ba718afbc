//! An attempt that failed and is kept as it is, until someone says that it may go on.
//!
//! A test that fails tells so by a step `hold` and waits for a file. One that is still running at its deadline waits for
//! nothing, and is kept by not being ended; of a program that knows nothing of this, and has ended, what it left is. In
//! either case the file [`RELEASE`] in the attempt's directory lets it go on.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::news::NewSteps;
use crate::halt::RunClock;

/// The file in an attempt's directory that lets it go on.
const RELEASE: &str = "release";

/// How often the attempt is looked at.
const PACE: Duration = Duration::from_millis(50);

/// Lets a held attempt go on, whoever holds it; of one that is not held it sees to it that it will not be.
///
/// # Errors
/// When the file cannot be made, for example because the run was removed.
pub fn release(attempt: &Path) -> io::Result<()> {
    File::create(attempt.join(RELEASE)).map(drop)
}

/// The file that lets the attempt in a directory go on.
pub(crate) fn release_file(attempt: &Path) -> PathBuf {
    attempt.join(RELEASE)
}

/// What became of an attempt that may be held.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It waits, and why.
    Held(String),
    /// It goes on.
    Released,
}

/// An attempt that is held if it fails.
#[derive(Debug)]
pub(super) struct Hold {
    clock: RunClock,
    steps: NewSteps<Step>,
    release: PathBuf,
    /// Since when it waits.
    since: Option<Instant>,
    /// It does not hold itself, but is kept.
    pub(super) is_from_outside: bool,
    /// For how long it waited.
    waited: Duration,
}

#[derive(Debug, Deserialize)]
struct Step {
    kind: String,
    ph: String,
    #[serde(default)]
    reason: String,
}

impl Hold {
    pub(super) fn new(clock: RunClock, attempt: &Path) -> Self {
        Self {
            clock,
            steps: NewSteps::of(attempt),
            release: release_file(attempt),
            since: None,
            is_from_outside: false,
            waited: Duration::ZERO,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.since.is_some()
    }

    /// For how long it waited, or waits: that is not the test's time.
    pub(super) fn waited(&self) -> Duration {
        self.waited
            + self
                .since
                .map_or(Duration::ZERO, |since| self.clock.now() - since)
    }

    /// Holds an attempt that cannot hold itself: its time is up, or its process has ended. Not one that was told to go on
    /// already.
    pub(super) fn keep_from_outside(&mut self) -> bool {
        if self.release.exists() {
            return false;
        }
        (self.since, self.is_from_outside) = (Some(self.clock.now()), true);
        true
    }

    /// Waits until it is held, or goes on.
    pub(super) async fn change(&mut self) -> Change {
        loop {
            if let Some(change) = self.look() {
                return change;
            }
            sleep(PACE).await;
        }
    }

    fn look(&mut self) -> Option<Change> {
        if self.is_from_outside {
            return (self.is_held() && self.release.exists()).then(|| self.goes_on());
        }
        let step = self.steps.find(|step| step.kind == "hold")?;
        match (step.ph.as_str(), self.is_held()) {
            ("b", false) => {
                self.since = Some(self.clock.now());
                Some(Change::Held(step.reason))
            }
            ("e", true) => Some(self.goes_on()),
            _ => None,
        }
    }

    fn goes_on(&mut self) -> Change {
        if let Some(since) = self.since.take() {
            self.waited += self.clock.now() - since;
        }
        Change::Released
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn steps_say_when_it_is_held_and_when_it_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut hold = Hold::new(RunClock::default(), dir.path());
        assert_eq!(hold.look(), None);
        let mut steps = File::create(dir.path().join("steps.jsonl")).unwrap();
        let mut write = |text: &str| steps.write_all(text.as_bytes()).unwrap();
        write("{\"kind\":\"op\",\"ph\":\"b\",\"reason\":7}\n{\"kind\":\"hold\",\"ph\":\"b\",\"reas");
        assert_eq!(hold.look(), None, "a line that is being written says nothing");
        write("on\":\"no\"}\n");
        assert_eq!(hold.look(), Some(Change::Held("no".into())));
        assert!(hold.is_held() && hold.look().is_none());
        write("{\"kind\":\"hold\",\"ph\":\"e\"}\n");
        assert_eq!(hold.look(), Some(Change::Released));
        assert!(!hold.is_held());
    }

    #[test]
    fn one_whose_time_is_up_waits_for_the_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut hold = Hold::new(RunClock::default(), dir.path());
        assert!(hold.keep_from_outside() && hold.is_held());
        assert_eq!(hold.look(), None);
        release(dir.path()).unwrap();
        assert_eq!(hold.look(), Some(Change::Released));
        assert!(
            !Hold::new(RunClock::default(), dir.path()).keep_from_outside(),
            "it was told to go on before"
        );
    }
}
