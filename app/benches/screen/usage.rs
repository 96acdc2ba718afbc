//! What a process uses, and what a thread does.

use std::time::Duration;

use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use rustix::time::{ClockId, clock_gettime};

/// Returns the processor time that a process has used, all its threads together, those that have ended too.
pub(crate) fn cpu(pid: u32) -> nix::Result<Duration> {
    let pid = Pid::from_raw(pid.cast_signed());
    Ok(clock_getcpuclockid(pid)?.now()?.into())
}

/// Returns the processor time of this thread while it does something. What else the machine does is not counted.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let now = || {
        let at = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(at.tv_sec.unsigned_abs(), at.tv_nsec.unsigned_abs() as u32)
    };
    let began = now();
    let result = work();
    (result, now().saturating_sub(began))
}
