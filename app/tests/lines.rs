//! A command that prints for as long as it lives: what it said so far, and its end.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;
use crate::terminal::DEADLINE;

/// A running command, and both its outputs as one text.
pub(crate) struct Lines {
    child: Child,
    text: Arc<Mutex<String>>,
    /// What was read up to here has been waited for already.
    seen: usize,
}

impl Lines {
    pub(crate) fn of(bed: &Bed, words: &[&str]) -> Lines {
        Lines::with(bed, words, &[])
    }

    /// The same, with further variables.
    pub(crate) fn with(bed: &Bed, words: &[&str], vars: &[(&str, OsString)]) -> Lines {
        // One pipe for both: what is said comes in the order in which it is said.
        let (output, out) = std::io::pipe().expect("a pipe");
        let err = out.try_clone().expect("a pipe");
        let mut command = bed.command(words);
        command.envs(vars.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().expect("the command starts");
        drop(command);
        let text = Arc::new(Mutex::new(String::new()));
        listen(output, &text);
        Lines { child, text, seen: 0 }
    }

    /// Waits until it has said this, behind all that was waited for before; returns what it said up to there.
    pub(crate) fn wait(&mut self, wanted: &str) -> String {
        let began = Instant::now();
        loop {
            let text = self.text.lock().expect("no panic").clone();
            if let Some(at) = text[self.seen..].find(wanted) {
                let end = self.seen + at + wanted.len();
                let said = text[self.seen..end].to_owned();
                self.seen = end;
                return said;
            }
            let lives = self.child.try_wait().expect("a child").is_none();
            assert!(
                lives && began.elapsed() < DEADLINE,
                "no `{wanted}` behind `{}` in:\n{text}",
                self.seen
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a pid");
        kill_process(pid, signal).expect("it runs");
    }

    /// Waits until it ends by itself, and returns its exit status.
    pub(crate) fn wait_for_end(mut self) -> Option<i32> {
        self.status()
    }

    /// Ends it, and returns its exit status.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.status()
    }

    fn status(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            assert!(began.elapsed() < DEADLINE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // A test that failed must not leave it behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut output: impl Read + Send + 'static, text: &Arc<Mutex<String>>) {
    let text = text.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            let said = String::from_utf8_lossy(&bytes[..count]);
            text.lock().expect("no panic").push_str(&said);
        }
    });
}

/// Waits until something holds.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "it never comes to this: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
