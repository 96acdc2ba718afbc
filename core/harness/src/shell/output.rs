//! What a command left: status, outputs, and an assertion that shows them.

use std::borrow::Cow;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::parse::{Parse, parse};
use crate::error::Result;
use crate::process::Finished;

/// A command that has ended.
#[derive(Clone, Debug)]
pub struct Output {
    program: String,
    finished: Finished,
}

impl Output {
    pub(super) fn new(program: &str, finished: Finished) -> Self {
        Self {
            program: program.into(),
            finished,
        }
    }

    /// Its exit status is 0.
    pub fn success(&self) -> bool {
        self.finished.status.success()
    }

    /// Its exit status; nothing if a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.finished.status.code()
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.finished.status.signal()
    }

    /// Its deadline ended it.
    pub fn timed_out(&self) -> bool {
        self.finished.timed_out
    }

    /// How long it ran.
    pub fn duration(&self) -> Duration {
        self.finished.duration
    }

    /// Its command line.
    pub fn command(&self) -> &str {
        &self.finished.command
    }

    /// Its standard output as text; what is not UTF-8 is replaced.
    pub fn stdout(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.finished.stdout)
    }

    /// Its standard error as text.
    pub fn stderr(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.finished.stderr)
    }

    /// Its standard output.
    pub fn stdout_bytes(&self) -> &[u8] {
        &self.finished.stdout
    }

    /// Its standard error.
    pub fn stderr_bytes(&self) -> &[u8] {
        &self.finished.stderr
    }

    /// The output as the command's parser reads it.
    ///
    /// # Errors
    /// `T` is no parser for this command, or the output does not have its form.
    pub fn parsed_stdout<T: Parse>(&self) -> Result<T> {
        parse(&self.program, &self.stdout())
    }

    /// Fails the test unless the exit status is 0.
    ///
    /// # Panics
    /// With command line, status and outputs.
    #[track_caller]
    pub fn assert_success(&self) -> &Self {
        self.assert_that("status 0 was expected", self.success())
    }

    /// Fails the test unless the exit status is `code`.
    ///
    /// # Panics
    /// With command line, status and outputs.
    #[track_caller]
    pub fn assert_code(&self, code: i32) -> &Self {
        self.assert_that(&format!("status {code} was expected"), self.code() == Some(code))
    }

    #[track_caller]
    fn assert_that(&self, expected: &str, holds: bool) -> &Self {
        let late = if self.timed_out() {
            ", but it was killed at its deadline"
        } else {
            ""
        };
        assert!(holds, "{expected}{late}\n{}", self.finished.report());
        self
    }
}
