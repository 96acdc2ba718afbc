//! Being suspended by the shell that we were started from (Ctrl-Z, `fg`): what runs stands still meanwhile.

use gkfs_runner::{Halted, Runner, session_of};
use rustix::process::{Pid, Signal, getpid, getppid, kill_current_process_group};

use crate::sys;

/// Stops this process alone, and what `runner` runs, until the shell lets us go on.
///
/// # Errors
/// When there is no shell that could: nobody would ever wake us.
pub(crate) fn stop(runner: Option<&Runner>) -> Result<(), String> {
    is_possible()?;
    let _halted = runner.map(Runner::halt);
    sys::stop_self();
    Ok(())
}

/// Stops the processes of the shell's job that we are, and what `runner` runs, until the shell lets us go on. The first
/// sign of that is a SIGCONT: until then what is returned has to be kept.
///
/// # Errors
/// As [`stop`].
pub(crate) fn stop_job(runner: Option<&Runner>) -> Result<Option<Halted>, String> {
    is_possible()?;
    let halted = runner.map(Runner::halt);
    // Whoever waits for us, as cargo does, is of the job too.
    kill_current_process_group(Signal::STOP).map_err(|error| format!("cannot suspend: {error}"))?;
    Ok(halted)
}

fn is_possible() -> Result<(), String> {
    // Read, not asked of the kernel by `getsid`: its answer is 0 for a parent whose session lies outside our pid
    // namespace, as in a container, and no `Pid` can be 0.
    let session = |pid: Pid| session_of(pid.as_raw_pid().cast_unsigned());
    match is_resumed_by(getppid().and_then(session), session(getpid())) {
        true => Ok(()),
        false => Err("cannot suspend: no shell here could resume it".to_owned()),
    }
}

/// Whether the parent, a shell in whose session we run, would learn that we stopped and could let us go on.
fn is_resumed_by(parent: Option<u32>, own: Option<u32>) -> bool {
    parent.is_some() && parent == own
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
