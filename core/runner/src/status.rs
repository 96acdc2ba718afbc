//! How attempts and tests end.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How one attempt of a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Exit status 0, nothing left behind.
    Passed,
    /// The test said no, crashed, leaked a process, or lost its daemon.
    Failed,
    /// Set-up, teardown or the harness itself failed, or the process could not be started.
    Error,
    /// The test declared that it cannot run here.
    Skipped,
    /// Still running at its deadline, and ended for it.
    Timeout,
    /// Ended because the run was cancelled; says nothing about the test.
    Cancelled,
}

impl Outcome {
    /// Whether this attempt counts against the test.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error | Self::Timeout)
    }
}

/// The verdict on a test after all its attempts. Disjoint: each finished test has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Passed at the first attempt.
    Passed,
    /// Failed in every attempt.
    Failed,
    /// Could not be judged: set-up, teardown or harness.
    Error,
    /// Passed after an attempt that did not.
    Flaky,
    /// Declared that it cannot run here.
    Skipped,
    /// Ended at its deadline.
    Timeout,
}

impl Status {
    /// Whether this status alone makes a run fail. `flaky` does not: whether it should is a setting of the run.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error | Self::Timeout)
    }

    /// The word of the record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Flaky => "flaky",
            Self::Skipped => "skipped",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many tests ended how. Tests that were never run are in none of the numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Passed at the first attempt.
    pub passed: u64,
    /// Failed in every attempt, or a group that could not be built.
    pub failed: u64,
    /// Set-up, teardown or harness.
    pub error: u64,
    /// Passed after a failed attempt.
    pub flaky: u64,
    /// Skipped with a reason.
    pub skipped: u64,
    /// Ended at their deadline.
    pub timeout: u64,
    /// The sum of the others.
    pub total: u64,
}

impl Summary {
    /// The statuses that occur, each with its number, what wants looking at first.
    pub fn occurring(&self) -> impl Iterator<Item = (Status, u64)> + use<> {
        let all = [
            (Status::Failed, self.failed),
            (Status::Error, self.error),
            (Status::Timeout, self.timeout),
            (Status::Flaky, self.flaky),
            (Status::Passed, self.passed),
            (Status::Skipped, self.skipped),
        ];
        all.into_iter().filter(|(_, number)| *number > 0)
    }

    /// Counts one more test.
    pub fn add(&mut self, status: Status) {
        *match status {
            Status::Passed => &mut self.passed,
            Status::Failed => &mut self.failed,
            Status::Error => &mut self.error,
            Status::Flaky => &mut self.flaky,
            Status::Skipped => &mut self.skipped,
            Status::Timeout => &mut self.timeout,
        } += 1;
        self.total += 1;
    }

    /// How many tests count against the run, flaky ones aside.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.failed + self.error + self.timeout
    }
}

/// One process that a test left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaked {
    /// Its process id at the time.
    pub pid: u32,
    /// Its command line, arguments joined by spaces; its name in brackets where it has none.
    pub cmd: crate::ByteString,
}
