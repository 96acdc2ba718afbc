//! The events of a run: the only feed of reporters and screens, and line by line the content of `events.jsonl`.
//!
//! Events are owned and serialisable. Recording is writing them down, replay is reading them back; a live reporter
//! and one that opens a month-old run see the same values. They never carry output bytes: outputs are files in the
//! attempt's directory, to be tailed.

use serde::{Deserialize, Serialize};

use crate::load::Load;
use crate::status::{Leaked, Outcome, Status, Summary};
use crate::{ByteString, Moment};

/// The record's version, the `v` of every line.
pub const VERSION: u32 = 1;

/// One line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The version of the format, [`VERSION`].
    pub v: u32,
    /// Position in the run, from 0, without gaps.
    pub seq: u64,
    /// When.
    #[serde(flatten)]
    pub at: Moment,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// The first event. Its time is when discovery began, so that builds come after it.
    RunStarted {
        /// The run's id, the name of its directory.
        run: String,
        /// How many tests were selected.
        tests: u64,
    },
    /// A group exists.
    GroupFound {
        /// Its name.
        group: String,
        /// Where its tests come from.
        source: SourceKind,
        /// Its directory, or the source file of a Rust test target.
        path: ByteString,
        /// Why it could not be built or listed; then it counts as one failed entry whose id is the group's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A test exists.
    TestFound(TestFound),
    /// A build for a group began. Groups that are built together are named by their package.
    BuildStarted {
        /// The group or package.
        group: String,
    },
    /// A build ended.
    BuildFinished {
        /// The group or package.
        group: String,
        /// Whether all of it was built.
        ok: bool,
        /// The file that holds what the build printed, relative to the run's directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        log: Option<ByteString>,
    },
    /// The process of an attempt runs.
    AttemptStarted {
        /// The test.
        id: String,
        /// From 1. Retries and repetitions count on.
        attempt: u32,
        /// The attempt's directory, relative to the run's.
        dir: String,
        /// The process; it leads a session and a process group of its own.
        pid: u32,
        /// Its whole command line, wrapper included.
        argv: Vec<ByteString>,
    },
    /// A test runs for longer than its slow mark; said once per attempt.
    Slow {
        /// The test.
        id: String,
    },
    /// An attempt failed and is kept as it is, with all that it started, until it may go on.
    AttemptHeld {
        /// The test.
        id: String,
        /// Which attempt.
        attempt: u32,
        /// Why it failed, in the test's words.
        #[serde(default)]
        reason: String,
    },
    /// An attempt that was held goes on: to its teardown, or to its end where its time was up.
    AttemptReleased {
        /// The test.
        id: String,
        /// Which attempt.
        attempt: u32,
    },
    /// An attempt has ended, and everything it had started with it.
    AttemptFinished(AttemptFinished),
    /// The verdict on a test.
    TestFinished {
        /// The test.
        id: String,
        /// The verdict.
        status: Status,
        /// How many attempts it took; 0 for a group that could not be built.
        attempts: u32,
        /// Why it did not pass: the reason of the attempt that decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Time spent in all its attempts together, in microseconds.
        #[serde(default)]
        duration_us: u64,
    },
    /// Files changed that a watching run looks at.
    Change {
        /// Which.
        paths: Vec<ByteString>,
    },
    /// No further test is started.
    Cancel {
        /// Why: what the user did, or which limit was reached.
        why: String,
    },
    /// One test is ended early, or is not run any more; the others go on.
    TestCancelled {
        /// The test.
        id: String,
        /// Why.
        why: String,
    },
    /// Something the user should know that is no result.
    Notice {
        /// How bad.
        level: Level,
        /// What, and what to do.
        text: String,
    },
    /// The last event.
    RunFinished {
        /// The numbers.
        summary: Summary,
        /// The exit status of the command.
        exit_code: u8,
    },
}

/// A test that discovery found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestFound {
    /// `group::path::name[param]`.
    pub id: String,
    /// The group's name.
    pub group: String,
    /// The id without the group.
    pub name: String,
    /// Source file, as the compiler or the group names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The group's tags and the test's own.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Off by default: runs only when it is named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignored: bool,
    /// Found, but not part of this run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deselected: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptFinished {
    /// The test.
    pub id: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The verdict on this attempt.
    pub outcome: Outcome,
    /// Why, unless it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Exit status, if it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// Signal number, if a signal ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// From spawn to exit, in microseconds of the monotonic clock.
    pub duration_us: u64,
    /// What it left behind, all ended by now.
    #[serde(default)]
    pub leaked: Vec<Leaked>,
    /// How busy the machine was meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
}

/// Where a group's tests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A test target of a cargo package, on libtest's protocol.
    Rust,
    /// A directory of `*.sh`.
    Script,
    /// pytest.
    Pytest,
    /// CTest.
    Ctest,
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// The result stands, something around it does not.
    Warn,
    /// Part of the result or of the record is missing.
    Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_flat_and_comes_back() {
        let event = Event {
            v: VERSION,
            seq: 7,
            at: Moment { ts: 1, mono: 2 },
            kind: EventKind::Slow { id: "g::t".into() },
        };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(
            line,
            r#"{"v":1,"seq":7,"ts":1,"mono":2,"kind":"slow","id":"g::t"}"#
        );
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let line = r#"{"v":1,"seq":0,"ts":1,"mono":2,"kind":"test_finished","id":"a","status":"flaky","attempts":2,"new":[1]}"#;
        let event: Event = serde_json::from_str(line).unwrap();
        assert!(matches!(
            event.kind,
            EventKind::TestFinished {
                status: Status::Flaky,
                attempts: 2,
                ..
            }
        ));
    }
}
