//! A run that was made up, event by event.

use std::fs;

use gkfs_runner::event::{AttemptFinished, SourceKind, TestFound};
use gkfs_runner::record::{StackFile, StackInfo};
use gkfs_runner::status::{Leaked, Outcome, Status, Summary};
use gkfs_runner::{Event, EventKind, Moment};

use crate::report::{Reporter, Results, Screen};

/// A made-up run with its directory.
pub(super) struct MadeUp {
    pub(super) dir: tempfile::TempDir,
    pub(super) events: Vec<Event>,
}

impl MadeUp {
    pub(super) fn new() -> MadeUp {
        MadeUp {
            dir: tempfile::tempdir().expect("temporary directory"),
            events: Vec::new(),
        }
    }

    /// Adds an event, a millisecond after the last.
    pub(super) fn push(&mut self, kind: EventKind) {
        let seq = self.events.len() as u64;
        let at = Moment {
            ts: 1_795_316_749_000_000 + 1000 * seq as i64,
            mono: 1_000_000 + 1000 * seq,
        };
        self.events.push(Event { v: 1, seq, at, kind });
    }

    pub(super) fn found(&mut self, group: &str, name: &str) {
        let (id, file) = (format!("{group}::{name}"), Some(format!("{group}/main.rs")));
        let tags = Vec::new();
        let found = TestFound {
            id,
            group: group.into(),
            name: name.into(),
            file,
            line: Some(7),
            tags,
            ignored: false,
            deselected: false,
        };
        self.push(EventKind::TestFound(found));
    }

    /// Adds a whole attempt that left `files` in its directory.
    pub(super) fn attempt(
        &mut self,
        id: &str,
        attempt: u32,
        outcome: Outcome,
        reason: Option<&str>,
        files: &[(&str, &str)],
    ) {
        let dir = format!("tests/{}/attempt-{attempt}", id.replace("::", "/"));
        self.push(EventKind::AttemptStarted {
            id: id.into(),
            attempt,
            dir: dir.clone(),
            pid: 42,
            argv: Vec::new(),
        });
        for (name, text) in files {
            let path = self.dir.path().join(&dir).join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("parents");
            fs::write(
                path,
                text.replace("[DIR]", &self.dir.path().join(&dir).to_string_lossy()),
            )
            .expect("write");
        }
        let leaked = if reason.is_some_and(|text| text.contains("left")) {
            vec![Leaked {
                pid: 99,
                cmd: "sleep 100".into(),
            }]
        } else {
            Vec::new()
        };
        let exit = Some(i32::from(outcome.is_bad()));
        self.push(EventKind::AttemptFinished(AttemptFinished {
            id: id.into(),
            attempt,
            outcome,
            reason: reason.map(Into::into),
            exit,
            signal: None,
            duration_us: 12_345,
            leaked,
            load: None,
        }));
    }

    pub(super) fn finished(&mut self, id: &str, status: Status, attempts: u32, reason: Option<&str>) {
        let reason = reason.map(Into::into);
        let duration_us = 12_345 * u64::from(attempts);
        self.push(EventKind::TestFinished {
            id: id.into(),
            status,
            attempts,
            reason,
            duration_us,
        });
    }

    pub(super) fn stack() -> StackInfo {
        let file = StackFile {
            path: "/opt/bin/gkfs_daemon".into(),
            build_id: "3f2a90bc17de".into(),
            size: 1,
            mtime_ts: 2,
        };
        StackInfo {
            name: "mine".into(),
            kind: "gekkofs".into(),
            bin_dirs: vec!["/opt/bin".into()],
            lib_dirs: vec!["/opt/lib".into()],
            interface: "lo".into(),
            files: [("gkfs_daemon".to_owned(), file)].into(),
            ..StackInfo::default()
        }
    }

    /// Feeds all events to a reporter; returns what it wrote to `out`, and the results.
    pub(super) fn report(&self, reporter: &mut dyn Reporter) -> (String, Results) {
        let mut out = anstream::StripStream::new(Vec::new());
        let mut err = Vec::new();
        let mut screen = Screen {
            out: &mut out,
            err: &mut err,
            columns: &|| None,
        };
        let mut results = Results::new(self.dir.path().into(), Self::stack());
        for event in &self.events {
            results.apply(event);
            reporter.event(event, &results, &mut screen).expect("writable");
        }
        (
            self.redact(&String::from_utf8(out.into_inner()).expect("utf-8")),
            results,
        )
    }

    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(&*self.dir.path().to_string_lossy(), "[RUN]")
    }
}

const STEPS: &str = concat!(
    r#"{"v":1,"n":"9.0","ph":"b","ts":5,"mono":1009000,"pid":9,"tid":9,"kind":"op","op":"mkdir","args":{"pathname":"[DIR]/workspace/mnt/a","mode":511}}"#,
    "\n",
    r#"{"v":1,"n":"9.0","ph":"e","ts":7,"mono":1009250,"pid":9,"tid":9,"kind":"op","reply":{"retval":-1},"ok":false,"errno":17}"#,
    "\n",
    r#"{"v":1,"n":"9.1","ph":"i","ts":9,"mono":1010000,"pid":9,"tid":9,"kind":"assert","ok":false,"message":"left: -1\nright: 0","file":"a/main.rs","line":12}"#,
    "\n",
);

/// A run with every status, a group that does not compile, and a test that was not run.
pub(super) fn every_status() -> MadeUp {
    let mut run = MadeUp::new();
    run.push(EventKind::RunStarted {
        run: "20261122T031549Z-1a2b".into(),
        tests: 6,
    });
    for group in ["a", "broken"] {
        let error = (group == "broken")
            .then(|| "error[E0425]: cannot find value `x`\n --> broken/main.rs:3".to_owned());
        run.push(EventKind::GroupFound {
            group: group.into(),
            source: SourceKind::Rust,
            path: group.into(),
            error,
        });
    }
    for name in ["passes", "fails", "flakes", "skips", "late", "waits"] {
        run.found("a", name);
    }
    run.finished(
        "broken",
        Status::Failed,
        0,
        Some("error[E0425]: cannot find value `x`\n --> broken/main.rs:3"),
    );
    run.attempt("a::passes", 1, Outcome::Passed, None, &[]);
    run.finished("a::passes", Status::Passed, 1, None);
    let why = "exit status 1, left 1 process behind";
    let files = [
        ("steps.jsonl", STEPS),
        ("workspace/logs/gkfs_daemon.log", "ready\nmkdir\n"),
        ("stdout.log", "running 1 test\nmine\n"),
        ("stderr.log", "thread panicked <&>\n"),
    ];
    run.attempt("a::fails", 1, Outcome::Failed, Some(why), &files);
    run.finished("a::fails", Status::Failed, 1, Some(why));
    run.attempt(
        "a::flakes",
        1,
        Outcome::Failed,
        Some("exit status 1"),
        &[("stdout.log", "first\n")],
    );
    run.attempt(
        "a::flakes",
        2,
        Outcome::Passed,
        None,
        &[("stdout.log", "second\n")],
    );
    run.finished("a::flakes", Status::Flaky, 2, Some("exit status 1"));
    run.attempt("a::skips", 1, Outcome::Skipped, Some("no such feature here"), &[]);
    run.finished("a::skips", Status::Skipped, 1, Some("no such feature here"));
    run.attempt(
        "a::late",
        1,
        Outcome::Timeout,
        Some("still running after 1s"),
        &[],
    );
    run.finished("a::late", Status::Timeout, 1, Some("still running after 1s"));
    run.push(EventKind::Cancel {
        why: "interrupted".into(),
    });
    let summary = Summary {
        passed: 1,
        failed: 2,
        error: 0,
        flaky: 1,
        skipped: 1,
        timeout: 1,
        total: 6,
    };
    run.push(EventKind::RunFinished {
        summary,
        exit_code: 2,
    });
    run
}
