//! The program under its real name, and a session with deadlines.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use gkfs_io::Operation;
use gkfs_io::session::protocol::Answer;
use serde_json::{Value, json};

/// Far above what any answer takes, so that only a hang meets it.
const DEADLINE: Duration = Duration::from_secs(30);

/// `gkfs.io` as it is called in a stack.
pub(crate) fn gkfs_io(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkfs-io"));
    command
        .arg0("gkfs.io")
        .current_dir(directory)
        .stdin(Stdio::null());
    command
}

/// Runs one command line, words separated by blanks.
pub(crate) fn program(directory: &Path, line: &str) -> Output {
    gkfs_io(directory)
        .args(line.split_whitespace())
        .output()
        .expect("the program is built with its tests")
}

thread_local! {
    /// One session for each test, which has a thread of its own.
    static OPERATIONS: RefCell<Session> =
        RefCell::new(Session::start(&std::env::temp_dir(), &["--imitate-process"]));
}

/// Runs one operation as if in a process of its own.
///
/// Not in the test's process: what one test opens there, a program that another starts would inherit.
pub(crate) fn run<O: Operation>(operation: O) -> O::Reply {
    OPERATIONS.with_borrow_mut(|session| session.run(operation))
}

pub(crate) struct Session {
    child: Child,
    requests: Option<ChildStdin>,
    answers: Receiver<String>,
    count: u64,
}

impl Session {
    pub(crate) fn start(directory: &Path, options: &[&str]) -> Self {
        Self::spawn(gkfs_io(directory).arg("session").args(options))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program is built with its tests");
        let (requests, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            // Ends with the session, or with the test that no longer listens.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            requests,
            answers,
            count: 0,
        }
    }

    pub(crate) fn send(&mut self, line: &[u8]) {
        let requests = self.requests.as_mut().expect("the session is open");
        requests
            .write_all(line)
            .and_then(|()| requests.write_all(b"\n"))
            .expect("the session reads");
    }

    pub(crate) fn receive(&mut self) -> Answer {
        let line = self.answers.recv_timeout(DEADLINE).expect("the session answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Asks by name and returns the whole answer.
    pub(crate) fn ask(&mut self, op: &str, args: Value) -> Answer {
        self.count += 1;
        self.send(
            json!({ "n": self.count, "op": op, "args": args })
                .to_string()
                .as_bytes(),
        );
        let answer = self.receive();
        assert_eq!(answer.n, Some(self.count));
        answer
    }

    /// Runs a typed operation and returns its typed reply.
    pub(crate) fn run<O: Operation>(&mut self, operation: O) -> O::Reply {
        let answer = self.ask(O::NAME, operation.to_json().into());
        assert_eq!(answer.error, None);
        serde_json::from_value(answer.reply.expect("a reply or an error")).expect("the operation's reply")
    }

    /// Ends the input and returns the exit status.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.requests = None;
        assert!(
            self.answers.recv_timeout(DEADLINE).is_err(),
            "no answer without a request"
        );
        self.child.wait().expect("the child is ours").code()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed before the end of its session leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
