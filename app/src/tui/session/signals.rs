//! What the world outside asks of a session.

use std::time::Duration;

use futures_util::FutureExt as _;
use gkfs_runner::Runner;
use rustix::process::Signal as Kind;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, timeout};

use crate::suspend;

/// A process that was stopped and is not woken within this time was not stopped.
const AWAKE: Duration = Duration::from_secs(2);

/// The signals that a session answers; while it lives, none of them ends or stops the process by itself.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    stop: Signal,
    go_on: Signal,
    /// What stands still while this process does.
    runner: Option<Runner>,
    /// For how long it did.
    stood: Duration,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end, and why.
    End(&'static str),
    /// To end: nobody sees the screen any more.
    HangUp,
    /// To give the terminal back and stop.
    Stop,
    /// It went on, and others may have used the terminal meanwhile.
    WentOn,
}

impl Signals {
    pub(super) fn new(runner: Option<Runner>) -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(Kind::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Kind::CONT.as_raw()))?,
            runner,
            stood: Duration::ZERO,
        })
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End("interrupted"),
            _ = self.terminate.recv() => Asked::End("told to end by SIGTERM"),
            _ = self.hang_up.recv() => Asked::HangUp,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.go_on.recv() => Asked::WentOn,
        }
    }

    /// Forgets what was typed at another program that had the terminal: the kernel tells all of its group.
    pub(super) fn forget_keys(&mut self) {
        let _ = self.interrupt.recv().now_or_never();
        let _ = self.stop.recv().now_or_never();
        let _ = self.go_on.recv().now_or_never();
    }
    /// Is stopped with the whole job, until the shell lets it go on.
    ///
    /// # Errors
    /// When there is no shell that could.
    pub(super) async fn stop_job(&mut self) -> Result<(), String> {
        let _ = self.go_on.recv().now_or_never();
        let since = Instant::now();
        let halted = suspend::stop_job(self.runner.as_ref())?;
        // A signal for all the job need not have stopped this thread yet.
        let _ = timeout(AWAKE, self.go_on.recv()).await;
        drop(halted);
        self.stood += since.elapsed();
        Ok(())
    }

    /// Is stopped alone, as the program that has the terminal was by the same key: the shell waits for all of its job.
    pub(super) fn stop_self(&mut self) {
        let since = Instant::now();
        // Where nobody could wake us, the program cannot have been stopped either.
        let _ = suspend::stop(self.runner.as_ref());
        self.stood += since.elapsed();
    }

    /// Returns for how long it was stopped since this was asked last.
    pub(super) fn stood(&mut self) -> Duration {
        std::mem::take(&mut self.stood)
    }
}
