//! Which process it is, beyond a number that another one may get.

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use super::wait_readable;

/// A process that lives longer than who started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: u32,
    /// When it started, in the kernel's ticks since boot.
    start: u64,
}

impl Identity {
    /// The process with this number now.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may have blanks; the start is the twentieth field after it.
        let start = stat
            .rsplit_once(')')?
            .1
            .split_ascii_whitespace()
            .nth(19)?
            .parse()
            .ok()?;
        Some(Self { pid, start })
    }

    /// Whether it is the same one and has not ended.
    pub(crate) fn is_alive(self) -> bool {
        let Some(pid) = self.pid.try_into().ok().and_then(Pid::from_raw) else {
            return false;
        };
        let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else {
            return false;
        };
        // Looked at after the descriptor is there: the number can no longer become another's unnoticed.
        let ended = wait_readable(&[&pidfd], std::time::Instant::now()).unwrap_or(1) != 0;
        !ended && Self::of(self.pid) == Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_itself_until_it_ends() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let identity = Identity::of(child.id()).unwrap();
        assert!(identity.is_alive());
        assert!(
            !Identity {
                start: identity.start + 1,
                ..identity
            }
            .is_alive()
        );
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!identity.is_alive());
    }
}
