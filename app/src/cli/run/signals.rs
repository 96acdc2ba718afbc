//! The signals by which people and machines end a run early.

use futures_util::FutureExt as _;
use gkfs_runner::Runner;
use rustix::process::Signal as Kind;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::suspend;

/// Listens for them; while it lives, none of them ends the process.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    stop: Signal,
    /// What stands still while this process is suspended.
    runner: Option<Runner>,
    interrupts: u32,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Kill what runs instead of asking it to end.
    pub(crate) kill: bool,
    /// What to say about it.
    pub(crate) why: &'static str,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(Kind::TSTP.as_raw()))?,
            runner: None,
            interrupts: 0,
        })
    }

    /// Sees to it that what is run stands still while this process is suspended.
    #[must_use]
    pub(crate) fn with(mut self, runner: &Runner) -> Signals {
        self.runner = Some(runner.clone());
        self
    }

    /// Is suspended. Where nobody could let it go on, it is not, as the kernel itself would have it.
    fn stop(&self) {
        let _ = suspend::stop(self.runner.as_ref());
    }

    /// Waits for a signal that means this process while another program has the terminal: what is typed there is for
    /// that one.
    pub(crate) async fn next_while_lent(&mut self) -> Asked {
        let asked = |why| Asked { kill: false, why };
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.stop.recv() => self.stop(),
                _ = self.terminate.recv() => return asked("terminated by SIGTERM"),
                _ = self.hang_up.recv() => return asked("the terminal hung up"),
            }
        }
    }

    /// Forgets what was typed at another program that had the terminal: the kernel tells all of its group.
    pub(crate) fn forget_keys(&mut self) {
        let _ = self.interrupt.recv().now_or_never();
        let _ = self.stop.recv().now_or_never();
    }

    /// Waits for the next: the first SIGINT asks, the second does not. A run that is told to terminate still
    /// writes what it knows.
    pub(crate) async fn next(&mut self) -> Asked {
        let asked = |why| Asked { kill: false, why };
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {
                    self.interrupts += 1;
                    return match self.interrupts {
                        1 => asked("interrupted; once more to kill what still runs"),
                        _ => Asked { kill: true, why: "interrupted twice" },
                    };
                }
                _ = self.stop.recv() => self.stop(),
                _ = self.terminate.recv() => return asked("terminated by SIGTERM"),
                _ = self.hang_up.recv() => return asked("the terminal hung up"),
            }
        }
    }
}
