//! What the world outside asks of a session.

use futures_util::FutureExt as _;
use gkfs_runner::session_of;
use rustix::process::{Pid, Signal as Kind, getpid, getppid, kill_current_process_group, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that a session answers; while it lives, none of them ends or stops the process by itself.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    stop: Signal,
    go_on: Signal,
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
    pub(super) fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(Kind::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Kind::CONT.as_raw()))?,
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
}

/// Stops the processes of the shell's job that we are, until the shell lets them go on.
///
/// # Errors
/// When there is no shell that could: nobody would ever wake us.
pub(super) fn stop_job() -> Result<(), String> {
    // Read, not asked of the kernel by `getsid`: its answer is 0 for a parent whose session lies outside our pid
    // namespace, as in a container, and no `Pid` can be 0.
    let session = |pid: Pid| session_of(pid.as_raw_pid().cast_unsigned());
    if !is_resumed_by(getppid().and_then(session), session(getpid())) {
        return Err("cannot suspend: no shell here could resume it".to_owned());
    }
    // Whoever waits for us, as cargo does, is of the job too.
    kill_current_process_group(Kind::STOP).map_err(|error| format!("cannot suspend: {error}"))
}

/// Whether the parent, a shell in whose session we run, would learn that we stopped and could let us go on.
fn is_resumed_by(parent: Option<u32>, own: Option<u32>) -> bool {
    parent.is_some() && parent == own
}

/// Stops this process alone.
pub(super) fn stop_self() {
    // It cannot fail: a process may signal itself.
    let _ = kill_process(getpid(), Kind::STOP);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_shell_of_the_same_session_can_resume_a_job() {
        assert!(is_resumed_by(Some(7), Some(7)));
        assert!(!is_resumed_by(Some(7), Some(8)));
        // A parent from outside the container, or none at all.
        assert!(!is_resumed_by(None, Some(8)));
        assert!(!is_resumed_by(None, None));
    }
}
