//! One daemon process from its start to its end.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::Signal;
use serde_json::json;

use super::command::{self, DaemonOptions, Place};
use super::inner::Inner;
use super::interface;
use super::lease::{self, Lease};
use super::mounted::Mounted;
use super::ready::{LogWatch, Readiness};
use crate::bench::Bench;
use crate::crash::{self, Ended, Written};
use crate::error::{Error, Result, seconds};
use crate::process::{Process, Report, command_line, is_dying, last_words, tail_of_file};
use crate::steps::{Span, Stamp};

/// So many daemons may find their leased port taken by a program that does not lease.
const START_ATTEMPTS: usize = 5;
/// The core of a large daemon is written on a busy disk.
const DIES_WITHIN: Duration = Duration::from_secs(30);

/// Whether there is a process.
#[derive(Debug)]
pub(super) enum Life {
    Running(Running, Lease),
    /// It has ended; its address is still its own.
    Down(Lease),
    /// A file system that a command mounted.
    Mounted(Box<Mounted>),
    /// Such a one, unmounted.
    Unmounted,
    /// The stack has no daemon.
    Absent,
}

impl Life {
    /// The address, if there ever was a process.
    pub(super) fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Running(_, lease) | Self::Down(lease) => Some(lease),
            Self::Mounted(_) | Self::Unmounted | Self::Absent => None,
        }
    }

    /// Takes the mounted file system out.
    pub(super) fn take_mount(&mut self) -> Option<Box<Mounted>> {
        match std::mem::replace(self, Self::Absent) {
            Self::Mounted(mounted) => {
                *self = Self::Unmounted;
                Some(mounted)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Takes the process out.
    pub(super) fn take(&mut self) -> Option<Running> {
        match std::mem::replace(self, Self::Absent) {
            Self::Running(running, lease) => {
                *self = Self::Down(lease);
                Some(running)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Puts a new process in the place of one that has ended.
    pub(super) fn revive(&mut self, running: Running) {
        if let Self::Down(lease) = std::mem::replace(self, Self::Absent) {
            *self = Self::Running(running, lease);
        }
    }
}

/// A process that was ready once.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) process: Process,
    /// Where it has a wrapper around it.
    inner: Option<Inner>,
    /// The number of the daemon's own process when it was ready: once it has ended nobody tells it any more.
    pid_then: u32,
    began: SystemTime,
    /// Behind what earlier daemons wrote to the same file.
    stderr_from: u64,
    command: String,
    span: Span,
}

/// Starts a daemon at a port that nobody has.
pub(super) fn start_somewhere(
    bench: &Bench,
    place: &Place,
    options: &DaemonOptions,
) -> Result<(Running, Lease)> {
    let address = interface::address(&bench.stack.interface)?;
    let mut attempt = 1;
    loop {
        let lease = Lease::take(address)?;
        match start(bench, place, options, &lease) {
            Ok(running) => return Ok((running, lease)),
            Err(error) if attempt == START_ATTEMPTS => return Err(error),
            Err(Error::Daemon { report, .. })
                if report.status.is_some()
                    && (says_taken(place) || !lease::is_free(address, lease.port())) =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The real daemon's words for a port in use, and the system's.
fn says_taken(place: &Place) -> bool {
    let text = tail_of_file(&place.stderr);
    text.contains("Could not initialize hg_class") || text.contains("Address already in use")
}

/// Starts a daemon at the leased port and waits until it is ready.
pub(super) fn start(bench: &Bench, place: &Place, options: &DaemonOptions, lease: &Lease) -> Result<Running> {
    let listen = format!("{}:{}", bench.stack.interface, lease.port());
    let (mut command, environ) = command::build(bench, place, options, &listen)?;
    command.stdin(lease.share()?);
    let line = command_line(&command);
    let argv: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let environ: serde_json::Map<_, _> = environ
        .iter()
        // What the runner told the test is in its own record.
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"GKFS_BENCH_"))
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into(),
            )
        })
        .collect();

    let failed = |source| Error::io("watch the daemon's log", &place.log, source);
    let watch = LogWatch::begin(&place.log).map_err(failed)?;
    let stderr_from = place.stderr.metadata().map_or(0, |meta| meta.len());
    let (stamp, started, began) = (Stamp::now(), Instant::now(), SystemTime::now());
    // What a wrapper starts ends with it.
    let is_wrapped = !bench.stack.wrap.daemon.0.is_empty();
    let process = bench.spawner.spawn(command, is_wrapped)?;
    let program = bench.stack.daemon()?;
    let inner = is_wrapped.then(|| Inner::new(process.pid(), &program));
    let span = bench.steps.begin_at(
        stamp,
        "daemon",
        json!({
            "index": place.index, "argv": argv, "env": environ, "child_pid": process.pid(), "listen": listen,
            "log": place.log,
        }),
    );
    let mut running = Running {
        pid_then: process.pid(),
        began,
        stderr_from,
        process,
        inner,
        command: line,
        span,
    };
    let patience = bench.at_most(options.patience());
    match watch
        .wait(&mut running.process, started + patience)
        .map_err(failed)?
    {
        Readiness::Ready => {
            let after = started.elapsed().as_micros() as u64;
            let mut ready = json!({ "index": place.index, "ready_us": after });
            if let Some(pid) = running.inner.as_ref().and_then(Inner::pid) {
                ready["inner_pid"] = pid.into();
                running.pid_then = pid;
            }
            bench.steps.instant("daemon", ready);
            Ok(running)
        }
        Readiness::Died(status) => {
            let report = Box::new(running.autopsy(bench, place, status));
            running.ended("not ready", status);
            Err(Error::Daemon {
                problem: with_last_words("the daemon ended before it was ready", place),
                report,
            })
        }
        Readiness::TimedOut => {
            let report = Box::new(running.report(place, None));
            running.kill().map_err(failed)?;
            let problem = format!("the daemon was not ready after {}", seconds(patience));
            Err(Error::Daemon { problem, report })
        }
    }
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
