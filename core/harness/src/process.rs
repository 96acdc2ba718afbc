//! Processes with a deadline, an owner that takes them along, and outputs that are files.

mod dying;
mod identity;
mod report;
mod spawner;

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, pidfd_send_signal, waitid,
};

pub(crate) use dying::is_dying;
pub(crate) use identity::Identity;
pub use report::Report;
pub(crate) use report::{describe_status, end_of_file, is_frame, last_words, tail, tail_of_file};
pub(crate) use spawner::command_line;
pub use spawner::{Finished, Limit, Spawner};

/// Between the signal at the deadline and the one that cannot be ignored.
const GRACE: Duration = Duration::from_secs(2);
/// A process inside a system call that cannot be interrupted stops when that ends.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// A child that is waited for through a descriptor, so that waiting has a deadline and no polling.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pidfd: OwnedFd,
    /// The child leads a process group of its own.
    group: bool,
    status: Option<ExitStatus>,
    /// Not to be ended when this is dropped.
    left: bool,
}

impl Process {
    fn new(mut child: Child, group: bool) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self {
                child,
                pidfd,
                group,
                status: None,
                left: false,
            }),
            Err(error) => {
                // Not waitable means not ours to keep.
                child.kill()?;
                child.wait()?;
                Err(error.into())
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Becomes readable when the process has ended.
    pub(crate) fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    /// Signals the process, which cannot be another one that got its number.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.pidfd, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Stops the process and waits until it has: the signal itself returns while other threads still run.
    pub(crate) fn stop(&self) -> io::Result<()> {
        self.signal(Signal::STOP)?;
        let end = Instant::now() + STOPS_WITHIN;
        let seen =
            WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        while waitid(WaitId::PidFd(self.pidfd.as_fd()), seen)?.is_none() {
            if Instant::now() >= end {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not stop"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Signals the whole group, if the process leads one. Only before it is reaped: the number is its until then.
    pub(crate) fn signal_all(&self, signal: Signal) -> io::Result<()> {
        if !self.group || self.status.is_some() {
            return self.signal(signal);
        }
        match kill_process_group(Pid::from_child(&self.child), signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The exit status, if the process has ended.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.wait_until(Instant::now())
    }

    /// Waits for the end; `None` when `deadline` comes first.
    pub(crate) fn wait_until(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() && wait_readable(&[&self.pidfd], deadline)? != 0 {
            self.status = Some(self.child.wait()?);
        }
        Ok(self.status)
    }

    /// Lets the process live on.
    pub(crate) fn leave(mut self) {
        self.left = true;
    }

    /// Sends `signal` to all of it, then SIGKILL after a grace, and reaps.
    pub(crate) fn end(&mut self, signal: Signal) -> io::Result<ExitStatus> {
        self.signal_all(signal)?;
        if let Some(status) = self.wait_until(Instant::now() + GRACE)? {
            return Ok(status);
        }
        self.signal_all(Signal::KILL)?;
        let status = self.child.wait()?;
        self.status = Some(status);
        Ok(status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.status.is_none() && !self.left {
            // Nothing can be reported from here; that nothing stays behind is what counts.
            let _: io::Result<()> = self.signal_all(Signal::KILL);
            let _: io::Result<ExitStatus> = self.child.wait();
        }
    }
}

/// Waits until one of `descriptors` can be read; a set bit for each that can, 0 at the deadline.
pub(crate) fn wait_readable(descriptors: &[&OwnedFd], deadline: Instant) -> io::Result<u32> {
    let wanted: Vec<_> = descriptors.iter().map(|fd| (*fd, PollFlags::IN)).collect();
    wait_for(&wanted, deadline)
}

/// How long the kernel is let wait at once.
const SLICE: Duration = Duration::from_secs(1);
/// A wait that takes so much longer was none: this process was stopped, and with it what it waited for.
const STOPPED: Duration = Duration::from_secs(1);

/// Waits until one of the descriptors is as wanted, or closed; a set bit for each that is, 0 at the deadline.
pub(crate) fn wait_for(wanted: &[(&OwnedFd, PollFlags)], mut deadline: Instant) -> io::Result<u32> {
    let mut polled: Vec<PollFd<'_>> = wanted
        .iter()
        .map(|(fd, flags)| PollFd::new(*fd, *flags))
        .collect();
    loop {
        let began = Instant::now();
        let left = deadline.saturating_duration_since(began).min(SLICE);
        let timeout = Timespec {
            tv_sec: left.as_secs().cast_signed(),
            tv_nsec: left.subsec_nanos().into(),
        };
        let result = poll(&mut polled, Some(&timeout));
        let over = began.elapsed().saturating_sub(left);
        if over >= STOPPED {
            deadline += over;
        }
        match result {
            Ok(0) if deadline > Instant::now() => {}
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let ready = polled
        .iter()
        .enumerate()
        .filter(|(_, fd)| !fd.revents().is_empty());
    Ok(ready.fold(0, |bits, (at, _)| bits | 1 << at))
}
