//! The daemon's own process, where what was started is a wrapper around it.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process inside a system call that cannot be interrupted stops when that ends.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// Finds the daemon below the process of its wrapper. A wrapper that became the daemon, as by `exec`, or that runs it in
/// its own process, as valgrind does, has none.
#[derive(Clone, Debug)]
pub(super) struct Inner {
    wrapper: u32,
    program: PathBuf,
}

impl Inner {
    /// The daemon `program` below the process `wrapper`.
    pub(super) fn new(wrapper: u32, program: &Path) -> Self {
        Self {
            wrapper,
            program: program.to_owned(),
        }
    }

    /// Its number, if it has a process of its own.
    pub(super) fn pid(&self) -> Option<u32> {
        if self.is_it(self.wrapper) {
            return None;
        }
        let mut unseen = children(self.wrapper);
        while let Some(pid) = unseen.pop() {
            if self.is_it(pid) {
                return Some(pid);
            }
            unseen.extend(children(pid));
        }
        None
    }

    fn is_it(&self, pid: u32) -> bool {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|&byte| byte == 0).next() == Some(self.program.as_os_str().as_bytes())
    }

    /// Signals it; whether there was one to signal.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<bool> {
        let Some(pid) = self.pid() else { return Ok(false) };
        let Some(number) = Pid::from_raw(pid.cast_signed()) else {
            return Ok(false);
        };
        let sent = pidfd_open(number, PidfdFlags::empty()).and_then(|pidfd| {
            // Its number may be another's by now.
            if self.is_it(pid) {
                pidfd_send_signal(&pidfd, signal)?;
            }
            Ok(())
        });
        match sent {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Stops it and waits until it has; whether there was one to stop.
    pub(super) fn stop(&self) -> io::Result<bool> {
        let Some(pid) = self.pid() else { return Ok(false) };
        self.signal(Signal::STOP)?;
        let end = Instant::now() + STOPS_WITHIN;
        while !is_stopped(pid) {
            if Instant::now() >= end {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not stop"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(true)
    }
}

/// Stopped, by a signal or by who traces it; or gone, so that nobody waits for it.
fn is_stopped(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, None | Some('T' | 't' | 'Z' | 'X'))
}

/// The children of a process, of all its threads.
fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}
