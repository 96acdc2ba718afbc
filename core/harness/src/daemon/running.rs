//! One daemon process that was ready once, to its end.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::Signal;
use serde_json::json;

use super::command::Place;
use super::inner::Inner;
use crate::bench::Bench;
use crate::crash::{self, Ended, Written};
use crate::error::{Error, Result, seconds};
use crate::process::{Process, Report, is_dying, last_words};
use crate::steps::Span;

/// The core of a large daemon is written on a busy disk.
const DIES_WITHIN: Duration = Duration::from_secs(30);

/// A process that was ready once.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) process: Process,
    /// Where it has a wrapper around it.
    pub(super) inner: Option<Inner>,
    /// The number of the daemon's own process when it was ready: once it has ended nobody tells it any more.
    pub(super) pid_then: u32,
    pub(super) began: SystemTime,
    /// Behind what earlier daemons wrote to the same file.
    pub(super) stderr_from: u64,
    pub(super) command: String,
    pub(super) span: Span,
}

/// The problem, and what the daemon said of it: an aborted one tells nothing in its log.
pub(super) fn with_last_words(problem: &str, place: &Place) -> String {
    match last_words(&place.stderr) {
        Some(words) => format!("{problem}: {words}"),
        None => problem.to_owned(),
    }
}

impl Running {
    /// What it is, and the ends of what it wrote.
    pub(super) fn report(&self, place: &Place, status: Option<ExitStatus>) -> Report {
        Report::new(&self.command, status)
            .file("stderr", &place.stderr)
            .file("log", &place.log)
    }

    /// Records that it can be used, so long after its start.
    pub(super) fn note_ready(&mut self, bench: &Bench, place: &Place, after: Duration) {
        let mut ready = json!({ "index": place.index, "ready_us": after.as_micros() as u64 });
        if let Some(pid) = self.inner.as_ref().and_then(Inner::pid) {
            ready["inner_pid"] = pid.into();
            self.pid_then = pid;
        }
        bench.steps.instant("daemon", ready);
    }

    /// The number of the daemon's own process.
    pub(super) fn pid(&self) -> u32 {
        let inner = self.inner.as_ref().and_then(Inner::pid);
        inner.unwrap_or_else(|| self.process.pid())
    }

    /// Signals the daemon, and not what is around it.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        match &self.inner {
            Some(inner) if inner.signal(signal)? => Ok(()),
            _ => self.process.signal(signal),
        }
    }

    /// Stops the daemon and waits until it has.
    pub(super) fn stop(&self) -> io::Result<()> {
        match &self.inner {
            Some(inner) if inner.stop()? => Ok(()),
            _ => self.process.stop(),
        }
    }

    /// How it ended by itself, if it has, or is about to: the kernel takes its time, more so where it writes a core.
    pub(super) fn end_unbidden(&mut self) -> io::Result<Option<ExitStatus>> {
        match self.process.try_wait()? {
            None if is_dying(self.pid()) => self.process.wait_until(Instant::now() + DIES_WITHIN),
            status => Ok(status),
        }
    }

    /// [`report`](Self::report) of one that ended otherwise than it should: with what its end left behind.
    pub(super) fn autopsy(&self, bench: &Bench, place: &Place, status: ExitStatus) -> Report {
        let program = bench.stack.daemon().unwrap_or_default();
        let ended = Ended {
            who: format!("daemon {}", place.index),
            name: &place.name,
            program: &program,
            pid: self.pid_then,
            status,
            is_wrapped: self.inner.is_some(),
            is_shell: false,
            cwd: bench.workspace.path(),
            began: self.began,
            stderr: Written::In(&place.stderr, self.stderr_from),
        };
        let mut notes = crash::examine(bench, &ended);
        if let Some(found) = self.complaint(bench, place) {
            notes.insert(0, ("reported".to_owned(), found));
        }
        let mut report = self.report(place, Some(status));
        notes.append(&mut report.notes);
        report.notes = notes;
        report
    }

    /// What a sanitizer or valgrind wrote about this daemon.
    fn complaint(&self, bench: &Bench, place: &Place) -> Option<String> {
        let found = crash::Report::in_file(&place.stderr, self.stderr_from)?;
        let who = format!("daemon {}", place.index);
        found.record(bench, &who, &place.stderr);
        Some(found.told(&who))
    }

    /// Kills it; that is what its step will say.
    pub(super) fn kill(mut self) -> io::Result<()> {
        self.signal(Signal::KILL)?;
        let status = self.process.end(Signal::KILL)?;
        self.ended("killed", status);
        Ok(())
    }

    /// SIGTERM, a deadline, SIGKILL. Anything but status 0 is an error.
    pub(super) fn terminate(mut self, bench: &Bench, place: &Place, patience: Duration) -> Result<()> {
        let failed = |source| Error::io("stop the daemon", &place.log, source);
        self.signal(Signal::TERM).map_err(failed)?;
        // A stopped process takes the signal only when it continues.
        self.signal(Signal::CONT).map_err(failed)?;
        match self
            .process
            .wait_until(Instant::now() + patience)
            .map_err(failed)?
        {
            Some(status) if status.success() => {
                let complaint = self.complaint(bench, place);
                let report = complaint.as_ref().map(|_| self.report(place, Some(status)));
                self.ended("stopped", status);
                match complaint.zip(report) {
                    Some((problem, report)) => Err(Error::Daemon {
                        problem,
                        report: Box::new(report),
                    }),
                    None => Ok(()),
                }
            }
            Some(status) => {
                let report = Box::new(self.autopsy(bench, place, status));
                self.ended("failed", status);
                Err(Error::Daemon {
                    problem: with_last_words("the daemon did not end with status 0 on SIGTERM", place),
                    report,
                })
            }
            None => {
                let report = Box::new(self.report(place, None));
                self.signal(Signal::KILL).map_err(failed)?;
                let status = self.process.end(Signal::KILL).map_err(failed)?;
                self.ended("hung", status);
                let after = seconds(patience);
                let problem = format!("the daemon ignored SIGTERM for {after} and was killed");
                Err(Error::Daemon { problem, report })
            }
        }
    }

    /// Lets it live on, for others to use and to end.
    pub(super) fn leave(self) {
        self.process.leave();
        self.span.end(json!({ "outcome": "left running", "ok": true }));
    }

    /// Records the end.
    pub(super) fn ended(self, outcome: &str, status: ExitStatus) {
        let ok = matches!(outcome, "stopped" | "killed" | "waited for");
        self.span
            .end(json!({ "outcome": outcome, "ok": ok, "exit": status.code(), "signal": status.signal() }));
    }
}
