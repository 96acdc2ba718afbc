//! A file system that a command mounts, in the place of a daemon.
//!
//! The command either stays, and is the server, or has mounted when it ends. It is ready when something is mounted where
//! the test's clients look, and, where the suite file names a pattern, when its logs have that, too. Whatever becomes of it,
//! nothing stays mounted.

mod line;
mod watch;

use std::fs::OpenOptions;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use line::{filled_in, shell};
use watch::Watch;

use super::command::{DaemonOptions, Place};
use crate::bench::Bench;
use crate::error::{Error, Result, seconds};
use crate::mounts;
use crate::process::{Limit, Process, Report};
use crate::stack::Mounting;
use crate::steps::{Span, Stamp};

/// How long a server may take to see that it was unmounted, before it is told.
const AFTER_STOP: Duration = Duration::from_secs(2);
/// How long a command that has mounted may take to end: one that stays longer is the server.
const TO_THE_BACKGROUND: Duration = Duration::from_millis(100);

/// A mounted file system and what serves it.
#[derive(Debug)]
pub(super) struct Mounted {
    how: Mounting,
    /// The stack's name, for messages.
    stack: String,
    at: PathBuf,
    log: PathBuf,
    line: String,
    /// When the file system was there.
    ready: Instant,
    /// The server, unless it went to the background.
    process: Option<Process>,
    span: Option<Span>,
}

/// Runs the stack's `start` and waits until its file system is there.
pub(super) fn start(bench: &Bench, place: &Place, options: &DaemonOptions) -> Result<Mounted> {
    let how = bench.stack.mounting.clone().ok_or_else(|| Error::StackConfig {
        place: format!("the stack `{}`", bench.stack.name),
        problem: "nobody says how it is mounted: it has no `start`".into(),
    })?;
    let line = [filled_in(&how.start, bench)]
        .into_iter()
        .chain(options.args().map(|arg| shell_words::quote(&arg).into_owned()))
        .collect::<Vec<_>>()
        .join(" ");
    let failed = |source| Error::io("watch the logs of the stack's command", &place.log, source);
    let watch = Watch::begin(bench, how.ready.as_deref()).map_err(failed)?;
    let mut command = shell(bench, &how, &line);
    command.envs(options.environ());
    let opened = OpenOptions::new().create(true).append(true).open(&place.log);
    let output = opened.and_then(|file| Ok((file.try_clone()?, file)));
    let (stdout, stderr) =
        output.map_err(|source| Error::io("open the command's output", &place.log, source))?;
    command.stdout(stdout).stderr(stderr);
    let (stamp, started) = (Stamp::now(), Instant::now());
    let process = bench.spawner.spawn(command, true)?;
    let begin = json!({
        "index": place.index, "argv": ["sh", "-c", line], "child_pid": process.pid(), "log": place.log,
    });
    let mut mounted = Mounted {
        how,
        stack: bench.stack.name.clone(),
        at: watch.at.clone(),
        log: place.log.clone(),
        line,
        ready: started,
        process: Some(process),
        span: Some(bench.steps.begin_at(stamp, "daemon", begin)),
    };
    let patience = bench.at_most(options.patience());
    match mounted.wait(watch, started + patience, patience) {
        Ok(()) => {
            mounted.ready = Instant::now();
            let after = started.elapsed().as_micros() as u64;
            let ready = json!({ "index": place.index, "ready_us": after });
            bench.steps.instant("daemon", ready);
            Ok(mounted)
        }
        Err(error) => {
            mounted.abandon();
            Err(error)
        }
    }
}

impl Mounted {
    /// Waits until it is ready, or says why it will not be.
    fn wait(&mut self, mut watch: Watch, deadline: Instant, patience: Duration) -> Result<()> {
        let failed = |source| Error::io("wait for the stack's command", &self.log, source);
        let mut ended = None;
        loop {
            // Asked before it is looked whether the file system is there: what mounts and ends has mounted by then.
            if ended.is_none() {
                let process = self.process.as_mut().expect("it was started");
                ended = process.try_wait().map_err(failed)?;
            }
            let is_mounted = mounts::is_mounted(&self.at).map_err(failed)?;
            let has_said = watch.has_said().map_err(failed)?;
            if is_mounted && has_said && ended.is_none_or(|status| status.success()) {
                return Ok(());
            }
            let waits_for_words = ended.is_some_and(|status| status.success()) && !has_said;
            if let Some(status) = ended.filter(|_| !waits_for_words) {
                let problem = format!(
                    "the command of the stack `{}` ended and nothing is mounted at {}",
                    self.stack,
                    self.at.display()
                );
                return Err(self.error(problem, Some(status)));
            }
            if !watch
                .wait(self.process.as_ref().filter(|_| ended.is_none()), deadline)
                .map_err(failed)?
            {
                return Err(self.error(self.missing(is_mounted, has_said, patience), ended));
            }
        }
    }

    /// What did not come in time.
    fn missing(&self, is_mounted: bool, has_said: bool, patience: Duration) -> String {
        let (stack, after, at) = (&self.stack, seconds(patience), self.at.display());
        let pattern = self.how.ready.as_deref().unwrap_or_default();
        match (is_mounted, has_said) {
            (true, _) => format!(
                "the stack `{stack}` is mounted, but after {after} nothing in its output or in logs/ matches its \
                 `ready`, `{pattern}`"
            ),
            (false, true) if !pattern.is_empty() => {
                format!(
                    "the stack `{stack}` says that it is ready, but after {after} nothing is mounted at {at}"
                )
            }
            (false, _) => {
                format!("the command of the stack `{stack}` has mounted nothing at {at} after {after}")
            }
        }
    }

    /// Notices that the process has ended: one that did so in peace, with its file system mounted, went to the
    /// background, which may come a moment after the mount. Another end is returned.
    fn settle(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = match &mut self.process {
            Some(process) => process.try_wait()?,
            None => None,
        };
        if ended.is_some_and(|status| status.success()) && mounts::is_mounted(&self.at)? {
            self.process = None;
            return Ok(None);
        }
        Ok(ended)
    }

    /// After a short test, a command that only mounts may not even have ended yet; killed then, it would seem to be a
    /// server that leaves its mount.
    fn let_go_to_the_background(&mut self) -> io::Result<()> {
        let until = self.ready + TO_THE_BACKGROUND;
        if let Some(process) = &mut self.process
            && Instant::now() < until
        {
            process.wait_until(until)?;
        }
        self.settle().map(drop)
    }

    /// The number of the server's process, if it is ours.
    pub(super) fn pid(&mut self) -> Option<u32> {
        self.settle().ok()?;
        self.process.as_ref().map(Process::pid)
    }

    /// Its server has not ended, and its file system is there.
    pub(super) fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.settle()?.is_none() && mounts::is_mounted(&self.at)?)
    }

    /// Signals the server; `false` if it went to the background.
    pub(super) fn signal(&mut self, signal: Signal) -> io::Result<bool> {
        self.settle()?;
        match &self.process {
            Some(process) => process.signal_all(signal).map(|()| true),
            None => Ok(false),
        }
    }

    /// Kills the server, and takes away what it leaves mounted.
    pub(super) fn kill(mut self) -> Result<()> {
        self.fail_if_dead()?;
        let status = self.process.as_mut().map(|process| process.end(Signal::KILL));
        let status = status
            .transpose()
            .map_err(|source| Error::io("kill the server", &self.log, source))?;
        self.clear()?;
        self.ended("killed", true, status);
        Ok(())
    }

    /// Unmounts and ends it. An error if it had ended before, does not end, or leaves its mount.
    pub(super) fn stop(mut self, bench: &Bench, patience: Duration) -> Result<()> {
        self.fail_if_dead()?;
        let stopped = self.ask(bench, patience).and_then(|()| self.await_end(patience));
        let failed = |source| Error::io("look for mounts", "/proc/self/mountinfo", source);
        let left = mounts::is_mounted(&self.at).map_err(failed)?;
        let at = self.at.display().to_string();
        self.clear()?;
        let status = match stopped {
            Ok(status) => status,
            Err(error) => {
                self.ended("failed", false, None);
                return Err(error);
            }
        };
        // What went to the background, be it only now, is stopped by unmounting it; there is no other way.
        let in_peace = status.is_none_or(|status| status.success());
        if left && (self.how.stop.is_some() || !in_peace) {
            let way = match &self.how.stop {
                Some(stop) => format!("its `stop`, `{stop}`, did not unmount it"),
                None => format!("give [stack.{}] a `stop`, such as \"umount {{mnt}}\"", self.stack),
            };
            let problem = format!(
                "the stack `{}` left its mount at {at}; it is unmounted now: {way}",
                self.stack
            );
            let error = self.error(problem, status);
            self.ended("left its mount", false, status);
            return Err(error);
        }
        self.ended("stopped", true, status);
        Ok(())
    }

    /// Tells it to end, in the way that the suite file or its kind gives.
    fn ask(&mut self, bench: &Bench, patience: Duration) -> Result<()> {
        let Some(stop) = &self.how.stop else {
            self.let_go_to_the_background()
                .map_err(|source| Error::io("wait for the server", &self.log, source))?;
            for signal in [Signal::TERM, Signal::CONT] {
                let sent = self.signal(signal);
                sent.map_err(|source| Error::io("stop the server", &self.log, source))?;
            }
            return Ok(());
        };
        let mut command = shell(bench, &self.how, &filled_in(stop, bench));
        command.stdin(Stdio::null());
        let done = bench.spawner.run(command, Limit::kill_after(patience))?;
        if done.status.success() {
            return Ok(());
        }
        let problem = format!("the `stop` of the stack `{}` failed", self.stack);
        Err(Error::Program {
            problem,
            report: Box::new(done.report()),
        })
    }

    /// Waits for the server's end, which SIGKILL brings about if need be.
    fn await_end(&mut self, patience: Duration) -> Result<Option<ExitStatus>> {
        let failed = |source| Error::io("wait for the server", "the stack's command", source);
        let Some(process) = &mut self.process else {
            return Ok(None);
        };
        let deadline = Instant::now() + patience;
        let mut status = process
            .wait_until(deadline.min(Instant::now() + AFTER_STOP))
            .map_err(failed)?;
        if status.is_none() {
            // A `stop` may only unmount; and who was told already is told once more.
            process.signal_all(Signal::TERM).map_err(failed)?;
            status = process.wait_until(deadline).map_err(failed)?;
        }
        let hung = status.is_none();
        let status = match status {
            Some(status) => status,
            None => process.end(Signal::KILL).map_err(failed)?,
        };
        // Many servers leave the signal to the kernel.
        if status.success() || status.signal() == Some(Signal::TERM.as_raw()) {
            return Ok(Some(status));
        }
        let problem = if hung {
            format!(
                "the command of the stack `{}` did not end within {} and was killed",
                self.stack,
                seconds(patience)
            )
        } else {
            format!(
                "the command of the stack `{}` did not end with status 0",
                self.stack
            )
        };
        Err(self.error(problem, Some(status)))
    }

    fn fail_if_dead(&mut self) -> Result<()> {
        let failed = |source| Error::io("wait for the server", "the stack's command", source);
        let Some(status) = self.settle().map_err(failed)? else {
            return Ok(());
        };
        let problem = format!(
            "the command of the stack `{}` ended, though nobody asked it to",
            self.stack
        );
        let error = self.error(problem, Some(status));
        self.clear()?;
        if let Some(span) = self.span.take() {
            span.end(
                json!({ "outcome": "died", "ok": false, "exit": status.code(), "signal": status.signal() }),
            );
        }
        Err(error)
    }

    fn clear(&self) -> Result<()> {
        mounts::clear(&self.at)
            .map_err(|source| Error::io("unmount what the stack's command left", &self.at, source))
    }

    /// Ends what could not be waited for. That it failed has been said.
    fn abandon(mut self) {
        if let Some(process) = &mut self.process {
            let _: io::Result<ExitStatus> = process.end(Signal::TERM);
        }
        let _: Result<()> = self.clear();
        self.ended("not ready", false, None);
    }

    fn ended(mut self, outcome: &str, ok: bool, status: Option<ExitStatus>) {
        if let Some(span) = self.span.take() {
            let (exit, signal) = (status.and_then(|s| s.code()), status.and_then(|s| s.signal()));
            span.end(json!({ "outcome": outcome, "ok": ok, "exit": exit, "signal": signal }));
        }
    }

    fn error(&self, problem: String, status: Option<ExitStatus>) -> Error {
        let report = Report::new(format!("cd {}; {}", self.how.dir.display(), self.line), status);
        Error::Daemon {
            problem,
            report: Box::new(report.file("log", &self.log)),
        }
    }
}
