//! A daemon: started, ready, stopped, and never forgotten.

mod command;
mod hosts;
mod inner;
mod interface;
pub(crate) mod lease;
mod life;
mod mounted;
mod ready;
mod running;
mod said;
mod start;

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

pub use command::DaemonOptions;

use crate::bench::Bench;
use crate::context::TestContext;
use crate::error::{Error, Result};
use crate::fixture::Fixture;
use crate::outcome::skip;
use crate::stack::Kind;
pub(crate) use command::Place;

use life::Life;
use running::Running;

/// A real one takes 2 s to stop, more with statistics and on a busy machine.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// A running `gkfs_daemon`, or what a command mounted, or on a plain stack just the bare directory.
///
/// As a fixture it is stopped after the test, and one that died in the meantime, or does not end with status 0,
/// fails the test.
///
/// ```no_run
/// use gkfs_harness::{Daemon, TestResult};
///
/// #[gkfs_harness::test]
/// fn survives_a_restart(daemon: &Daemon) -> TestResult {
///     daemon.kill()?;
///     daemon.restart()?;
///     assert!(daemon.is_running());
///     Ok(())
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Daemon {
    bench: Bench,
    place: Place,
    options: DaemonOptions,
    life: Mutex<Life>,
}

impl Daemon {
    /// Starts a daemon and waits until it is ready.
    ///
    /// # Errors
    /// There is no daemon in the stack, no port is free, or it does not get ready.
    pub fn start(bench: &Bench) -> Result<Self> {
        Self::start_with(bench, DaemonOptions::default())
    }

    /// Starts a daemon with `options`.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(bench: &Bench, options: DaemonOptions) -> Result<Self> {
        Self::start_at(bench, Place::single(bench), options)
    }

    pub(crate) fn start_at(bench: &Bench, place: Place, options: DaemonOptions) -> Result<Self> {
        place.make_directories()?;
        let life = match bench.stack.kind {
            Kind::Plain => Life::Absent,
            Kind::Command => Life::Mounted(Box::new(mounted::start(bench, &place, &options)?)),
            Kind::Gekkofs => {
                let (running, lease) = start::start_somewhere(bench, &place, &options)?;
                Life::Running(running, lease)
            }
        };
        Ok(Self {
            bench: bench.clone(),
            place,
            options,
            life: Mutex::new(life),
        })
    }

    /// Where it runs, and where the hosts file is.
    pub fn cwd(&self) -> &Path {
        self.bench.workspace.path()
    }

    /// Where it keeps its data.
    pub fn rootdir(&self) -> &Path {
        &self.place.root
    }

    /// Where clients see the file system.
    pub fn mountdir(&self) -> PathBuf {
        self.bench.workspace.mountdir()
    }

    /// Where it writes its log.
    pub fn logdir(&self) -> PathBuf {
        self.bench.workspace.logdir()
    }

    /// Its log.
    pub fn log_file(&self) -> &Path {
        &self.place.log
    }

    /// The network interface on which it listens.
    pub fn interface(&self) -> &str {
        &self.bench.stack.interface
    }

    /// `INTERFACE:PORT`, as it was told; nothing on a plain stack.
    pub fn listen(&self) -> Option<String> {
        self.life()
            .lease()
            .map(|lease| format!("{}:{}", self.interface(), lease.port()))
    }

    /// The number of its process while it runs: under a wrapper that of the daemon itself.
    pub fn pid(&self) -> Option<u32> {
        match &mut *self.life() {
            Life::Running(running, _) => Some(running.pid()),
            Life::Mounted(mounted) => mounted.pid(),
            Life::Down(..) | Life::Unmounted | Life::Absent => None,
        }
    }

    /// Its process has not ended.
    ///
    /// # Panics
    /// When the system cannot say so.
    pub fn is_running(&self) -> bool {
        match &mut *self.life() {
            Life::Running(running, _) => running
                .process
                .try_wait()
                .expect("a child can be waited for")
                .is_none(),
            Life::Mounted(mounted) => mounted.is_running().expect("the mounts can be read"),
            Life::Down(..) | Life::Unmounted | Life::Absent => false,
        }
    }

    /// Kills it with SIGKILL, as a crash of its machine would. What it has in memory is lost.
    ///
    /// # Errors
    /// It had died before, or cannot be signalled.
    pub fn kill(&self) -> Result<()> {
        self.needs_process("kill");
        self.bench.stop_comparing("a daemon was killed");
        let mut life = self.life();
        if let Some(mounted) = life.take_mount() {
            return mounted.kill();
        }
        let Some(running) = self.take_running(&mut life)? else {
            return Ok(());
        };
        running
            .kill()
            .map_err(|source| Error::io("kill the daemon", &self.place.log, source))
    }

    /// Stops it with SIGSTOP: it lives but answers nobody, until [`cont`](Self::cont).
    ///
    /// # Errors
    /// It is not running.
    pub fn stop(&self) -> Result<()> {
        self.signal("stop", Signal::STOP)
    }

    /// Lets it continue after [`stop`](Self::stop).
    ///
    /// # Errors
    /// It is not running.
    pub fn cont(&self) -> Result<()> {
        self.signal("continue", Signal::CONT)
    }

    /// Ends it in peace if it runs, and starts it again with the same data, at the same address.
    ///
    /// # Errors
    /// It does not end or does not get ready.
    pub fn restart(&self) -> Result<()> {
        self.needs_process("restart");
        let mut life = self.life();
        if self.bench.stack.kind == Kind::Command {
            if let Some(mounted) = life.take_mount() {
                mounted.stop(&self.bench, self.bench.at_most(STOP_PATIENCE))?;
            }
            *life = Life::Mounted(Box::new(mounted::start(&self.bench, &self.place, &self.options)?));
            return Ok(());
        }
        let hosts = hosts::Snapshot::take(&self.bench.workspace.hosts_file())?;
        if let Some(running) = self.take_running(&mut life)? {
            running.terminate(&self.bench, &self.place, self.bench.at_most(STOP_PATIENCE))?;
        }
        let Life::Down(lease) = &*life else { return Ok(()) };
        hosts.restore()?;
        let running = start::start(&self.bench, &self.place, &self.options, lease)?;
        hosts.restore()?;
        life.revive(running);
        Ok(())
    }

    /// Ends it in peace: SIGTERM, and SIGKILL if it does not listen. A real one takes the hosts file along, the lines of
    /// other daemons included.
    ///
    /// # Errors
    /// It had died before, does not end in time, or ends with another status than 0.
    pub fn shutdown(&self) -> Result<()> {
        let mut life = self.life();
        if let Some(mounted) = life.take_mount() {
            return mounted.stop(&self.bench, self.bench.at_most(STOP_PATIENCE));
        }
        match self.take_running(&mut life)? {
            Some(running) => running.terminate(&self.bench, &self.place, self.bench.at_most(STOP_PATIENCE)),
            None => Ok(()),
        }
    }

    /// Lets it live on after this process.
    pub(crate) fn leave(self) {
        if let Some(running) = self.life().take() {
            running.leave();
        }
    }

    /// Waits for it to end by itself: for tests of its own death.
    ///
    /// # Errors
    /// It is not running, or still running after `patience`.
    pub fn wait_for_death(&self, patience: Duration) -> Result<ExitStatus> {
        self.needs_process("wait for");
        if self.bench.stack.kind == Kind::Command {
            skip("only a GekkoFS daemon is waited for: what a command mounts has no death of its own");
        }
        let mut life = self.life();
        let Life::Running(running, _) = &mut *life else {
            return Err(self.not_running("waited for"));
        };
        let deadline = Instant::now() + self.bench.at_most(patience);
        let status = running.process.wait_until(deadline);
        let status = status.map_err(|source| Error::io("wait for the daemon", &self.place.log, source))?;
        let Some(status) = status else {
            let problem = format!("the daemon still runs after {}", crate::error::seconds(patience));
            return Err(Error::Daemon {
                problem,
                report: Box::new(running.report(&self.place, None)),
            });
        };
        if let Some(running) = life.take() {
            running.ended("waited for", status);
        }
        Ok(status)
    }

    fn signal(&self, what: &'static str, signal: Signal) -> Result<()> {
        self.needs_process(what);
        self.bench.stop_comparing("a daemon was stopped or continued");
        let mut life = self.life();
        if let Life::Mounted(mounted) = &mut *life {
            let sent = mounted.signal(signal);
            let sent = sent.map_err(|source| Error::io("signal the server", &self.place.log, source))?;
            if !sent {
                skip(format!(
                    "the command of the stack went to the background: there is no process to {what}"
                ));
            }
            return Ok(());
        }
        let Life::Running(running, _) = &*life else {
            return Err(self.not_running(what));
        };
        self.bench
            .steps
            .instant("daemon", json!({ "index": self.place.index, "signal": what }));
        let sent = match signal {
            Signal::STOP => running.stop(),
            _ => running.signal(signal),
        };
        sent.map_err(|source| Error::io("signal the daemon", &self.place.log, source))
    }

    /// Takes the process out, if there is one; an error if it had ended by itself.
    fn take_running(&self, life: &mut Life) -> Result<Option<Running>> {
        let Some(mut running) = life.take() else {
            return Ok(None);
        };
        let status = running.end_unbidden();
        match status.map_err(|source| Error::io("wait for the daemon", &self.place.log, source))? {
            None => Ok(Some(running)),
            Some(status) => {
                let report = Box::new(running.autopsy(&self.bench, &self.place, status));
                running.ended("died", status);
                Err(Error::Daemon {
                    problem: running::with_last_words(
                        "the daemon died, though nobody asked it to",
                        &self.place,
                    ),
                    report,
                })
            }
        }
    }

    fn not_running(&self, what: &str) -> Error {
        let report = crate::process::Report::new(&self.place.name, None).file("log", &self.place.log);
        Error::Daemon {
            problem: format!("a daemon that has ended cannot be {what}"),
            report: Box::new(report),
        }
    }

    fn needs_process(&self, what: &str) {
        if self.bench.stack.is_plain() {
            skip(format!("the plain stack has no daemon to {what}"));
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fixture for Daemon {
    fn setup(context: &TestContext) -> Result<Self> {
        Self::start(&context.bench()?)
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        self.shutdown()
    }
}
