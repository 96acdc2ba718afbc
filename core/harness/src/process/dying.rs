//! Whether a process that has not ended yet is on its way there.
//!
//! Between the signal that kills a process and its end lies time: a busy machine lets the signal wait, and the kernel
//! writes a core of any size. What asks such a process to end finds it dead of something else.

use procfs::process::{Process, StatFlags, Status};
use rustix::process::Signal;

/// What ends a process by default does not.
const HARMLESS: [Signal; 8] = [
    Signal::CHILD,
    Signal::CONT,
    Signal::URG,
    Signal::WINCH,
    Signal::STOP,
    Signal::TSTP,
    Signal::TTIN,
    Signal::TTOU,
];

/// Whether process `pid` will end without being asked: a signal that it does not catch waits for it, or it is exiting.
/// A process that nothing can be read of is not.
pub(crate) fn is_dying(pid: u32) -> bool {
    let Ok(process) = Process::new(pid.cast_signed()) else {
        return false;
    };
    if process.status().is_ok_and(|status| is_doomed(&status)) {
        return true;
    }
    // Each thread by itself: any of them may have taken the signal, and the others have yet to hear of it. The end of
    // one is that of the process only where it is the first.
    let mut threads = process.tasks().into_iter().flatten().flatten();
    threads.any(|thread| {
        let flags = thread
            .stat()
            .map(|stat| StatFlags::from_bits_truncate(stat.flags));
        flags.is_ok_and(|flags| {
            flags.intersects(StatFlags::PF_SIGNALED | StatFlags::PF_DUMPCORE)
                || thread.tid == thread.pid && flags.contains(StatFlags::PF_EXITING)
        })
    })
}

/// Whether a signal waits that ends the process, or its core is being written.
fn is_doomed(status: &Status) -> bool {
    let fatal = !HARMLESS.iter().fold(0, |all, signal| all | bit(*signal));
    let kept_off = (status.sigblk | status.sigign | status.sigcgt) & !bit(Signal::KILL);
    status.core_dumping == Some(true) || (status.sigpnd | status.shdpnd) & fatal & !kept_off != 0
}

/// The place of a signal in the kernel's sets.
fn bit(signal: Signal) -> u64 {
    1 << (signal.as_raw() - 1)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, waitid};

    use super::*;

    /// A process that takes no signal before it continues.
    fn stopped(program: &[&str]) -> Child {
        let child = Command::new(program[0]).args(&program[1..]).spawn().unwrap();
        let pid = Pid::from_child(&child);
        kill_process(pid, Signal::STOP).unwrap();
        let stops = WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(pid), stops).unwrap();
        child
    }

    #[test]
    fn a_signal_that_waits_and_is_not_caught_is_the_end() {
        let mut child = stopped(&["sleep", "1000"]);
        let pid = Pid::from_child(&child);
        assert!(!is_dying(child.id()), "it is only stopped");
        kill_process(pid, Signal::WINCH).unwrap();
        assert!(!is_dying(child.id()), "that one is ignored by default");
        kill_process(pid, Signal::ABORT).unwrap();
        assert!(is_dying(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_dying(child.id()), "it has ended");
    }

    #[test]
    fn a_signal_that_is_ignored_is_not() {
        let mut child = stopped(&["env", "--ignore-signal=ABRT", "sleep", "1000"]);
        // It may have been stopped before it said so: that is not what is asked here.
        let ignores = |pid: u32| {
            let status = Process::new(pid.cast_signed()).and_then(|process| process.status());
            status.unwrap().sigign & bit(Signal::ABORT) != 0
        };
        let pid = Pid::from_child(&child);
        kill_process(pid, Signal::CONT).unwrap();
        while !ignores(child.id()) {
            std::thread::yield_now();
        }
        kill_process(pid, Signal::ABORT).unwrap();
        assert!(!is_dying(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
