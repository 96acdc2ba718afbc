//! The channel, driven as a program in another language drives it.

mod ends;
mod refusals;
mod work;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::bed;

/// A channel and the caller's side of it.
struct Driver {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    next: u64,
    early: Vec<Value>,
    dir: tempfile::TempDir,
}

impl Driver {
    fn start() -> Self {
        let mut command = Command::new(bed::program());
        command.arg("channel");
        Self::of(command)
    }

    /// A channel whose parent is a shell, which tells its own number and then the channel's output.
    fn below_a_shell() -> (Self, String) {
        let mut command = Command::new("sh");
        let script = "echo $$; \"$0\" channel <&3 3<&- & wait";
        command
            .args(["-c", &format!("exec 3<&0; {script}")])
            .arg(bed::program());
        let mut driver = Self::of(command);
        let pid = driver.line();
        (driver, pid)
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GKFS_BENCH_") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().unwrap();
        Self {
            requests: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
            next: 1,
            early: Vec::new(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn send(&mut self, mut request: Value) -> u64 {
        let number = self.next;
        self.next += 1;
        request["n"] = number.into();
        self.tell(&request);
        number
    }

    /// Asks for what is not answered.
    fn tell(&mut self, request: &Value) {
        let line = format!("{request}\n");
        self.requests
            .as_mut()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
    }

    /// Waits for the answer of that number, whatever comes before it.
    fn answer(&mut self, number: u64) -> Value {
        loop {
            if let Some(at) = self.early.iter().position(|answer| answer["n"] == number) {
                return self.early.swap_remove(at);
            }
            let line = self.line();
            assert!(!line.is_empty(), "the channel has ended");
            self.early.push(serde_json::from_str(&line).unwrap());
        }
    }

    fn ask(&mut self, request: Value) -> Value {
        let number = self.send(request);
        self.answer(number)
    }

    /// Asks, and expects that it is done.
    fn ok(&mut self, request: Value) -> Value {
        let answer = self.ask(request);
        assert!(answer["ok"].is_object() || answer["ok"].is_null(), "{answer}");
        assert!(answer["error"].is_null(), "{answer}");
        answer["ok"].clone()
    }

    /// Asks, and expects that it is refused.
    fn refused(&mut self, request: Value) -> (String, String) {
        let answer = self.ask(request);
        let text = |name: &str| answer["error"][name].as_str().unwrap_or_default().to_owned();
        let (kind, message) = (text("kind"), text("message"));
        assert!(!kind.is_empty(), "{answer}");
        (kind, message)
    }

    /// Opens the test `t` on the embedded stack.
    fn begin(&mut self) -> Value {
        let answer = Command::new(bed::program())
            .args(["stack", "path"])
            .output()
            .unwrap();
        let stack = String::from_utf8(answer.stdout).unwrap();
        let workspace = self.dir().join("workspace");
        self.ok(json!({
            "do": "begin", "test": "t", "root": self.dir(), "dir": workspace,
            "env": {
                "GKFS_BENCH_BIN_DIRS": stack.trim_end(), "GKFS_BENCH_LIB_DIRS": stack.trim_end(),
                "GKFS_BENCH_EXE": bed::program(),
            },
        }))
    }

    fn steps(&self, kind: &str) -> Vec<Value> {
        let path: PathBuf = self.dir().join("workspace/steps.jsonl");
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|step| step["kind"] == kind)
            .collect()
    }

    /// Closes the input and waits for the end.
    fn close(&mut self) {
        self.requests = None;
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Whatever the test came to: nothing of it stays.
        self.requests = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
