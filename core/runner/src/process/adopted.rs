//! Children that this process never started: orphans of its tests, which fall to it.
//!
//! They have to be told from the children that other parts of the program have started and wait for. For that a zombie
//! must be enough, which has no environment any more, and may be in any session. What it still has are its limits, and
//! those it inherited through every fork and exec from what a runner started. One of them, that of file locks, Linux has
//! not looked at since 2.4.25, so a number there does nothing but tell whose process it is.

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use rustix::process::{Pid, Resource, Rlimit, WaitId, WaitIdOptions, getrlimit, waitid};

/// What the kernel calls the limit in `/proc/PID/limits`.
const LIMIT: &str = "Max file locks";

/// The number that everything bears which one runner has started, and what that has started, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Mark {
    /// One that nobody else has.
    pub(super) fn new() -> Self {
        // Half of all numbers: the largest one means that there is no limit.
        Self(RandomState::new().build_hasher().finish() >> 1)
    }

    /// The limit that a child has to set to bear it. Where it may not, it bears none: its orphans stay zombies until
    /// this process ends, which harms nobody.
    pub(super) fn limit(self) -> Rlimit {
        Rlimit {
            current: Some(self.0),
            ..getrlimit(Resource::Locks)
        }
    }

    /// Whether a process bears it, a zombie too.
    fn is_on(self, pid: Pid) -> bool {
        let limits = fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_nonzero())).unwrap_or_default();
        let line = limits.lines().find_map(|line| line.strip_prefix(LIMIT));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.and_then(|number| number.parse().ok()) == Some(self.0)
    }

    /// Reaps the children that bear it and have ended, but those in `own`, whom somebody waits for.
    pub(super) fn reap(self, own: impl Fn(u32) -> bool) {
        for pid in children() {
            let number = pid.as_raw_nonzero().get() as u32;
            if !own(number) && self.is_on(pid) {
                // Still running, or gone already: both are fine.
                let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            }
        }
    }
}

/// The children of this process, of all its threads.
fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<i32>>()
        })
        .filter_map(Pid::from_raw)
        .collect()
}
