//! A run in a process of its own, followed by its events.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// How long a run may be silent, its build included.
const PATIENCE: Duration = Duration::from_secs(600);

/// A run; killed when dropped.
pub(super) struct Live {
    child: Child,
    events: Receiver<Value>,
    /// `run.json`, as it was at the start.
    file: Value,
    dir: PathBuf,
    statuses: Vec<(String, String)>,
}

impl Live {
    /// Starts it, and waits until its first test is about to begin. Its record will be in `records`.
    pub(super) fn start(mut command: Command, records: &Path) -> Live {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (sender, events) = channel();
        std::thread::spawn(move || {
            // The last line of a killed runner may be half of one.
            let parsed = lines
                .map_while(Result::ok)
                .filter_map(|line| serde_json::from_str(&line).ok());
            parsed
                .map_while(|event| sender.send(event).ok())
                .for_each(|()| {});
        });
        let mut run = Live {
            child,
            events,
            file: Value::Null,
            dir: PathBuf::new(),
            statuses: Vec::new(),
        };
        let started = run.wait_for("run_started");
        run.dir = records.join("runs").join(started["run"].as_str().expect("an id"));
        run.file = read(&run.dir.join("run.json"));
        run
    }

    /// The directory of its record.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn id(&self) -> &str {
        self.file["id"].as_str().expect("an id")
    }

    /// What every process of it carries.
    pub(super) fn cookie(&self) -> String {
        self.file["cookie"].as_str().expect("a cookie").to_owned()
    }

    pub(super) fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Waits until so many more attempts have begun.
    pub(super) fn wait_for_attempts(&mut self, count: usize) {
        for _ in 0..count {
            self.wait_for("attempt_started");
        }
    }

    fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE);
            let event = event.unwrap_or_else(|error| panic!("{error} while waiting for {kind}"));
            self.note(&event);
            if event["kind"] == kind {
                return event;
            }
        }
    }

    fn note(&mut self, event: &Value) {
        if event["kind"] == "test_finished" {
            let text = |field: &str| event[field].as_str().expect("text").to_owned();
            self.statuses.push((text("id"), text("status")));
        }
    }

    /// SIGKILL, while it runs.
    pub(super) fn kill(&mut self) {
        assert!(self.is_alive(), "the run had ended before");
        self.child.kill().expect("a child");
        self.child.wait().expect("a child");
    }

    /// Lets it come to its end: its exit status, and the tests that did not pass.
    pub(super) fn finish(&mut self) -> (Option<i32>, BTreeSet<String>) {
        self.wait_for("run_finished");
        let exit = self.child.wait().expect("a child").code();
        let failed = self.statuses.iter().filter(|(_, status)| status != "passed");
        (exit, failed.map(|(id, _)| id.clone()).collect())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Both fail where it has ended, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
