//! Processes that are stopped all together, and go on together.

use std::collections::HashMap;
use std::os::fd::OwnedFd;

use rustix::process::{Signal, pidfd_send_signal};

use super::leftover::{Whose, find, send};
use super::stat;

/// Processes that were stopped. Those that stood still already, as a daemon that a test has stopped, are not among
/// them, and will not go on.
#[derive(Debug)]
pub(crate) struct Stopped(HashMap<u32, OwnedFd>);

impl Stopped {
    /// Stops all living processes that belong to `whose`.
    pub(crate) fn stop(whose: Whose) -> Self {
        // What is stopped forks no more, so that it ends; but for what forks faster than one can look.
        const ROUNDS: usize = 100;
        let mut stopped = HashMap::new();
        for _ in 0..ROUNDS {
            let runs = |pid: &u32| stat(*pid).is_some_and(|stat| stat.is_alive() && !stat.is_stopped());
            let found = find(&whose).into_iter().map(|process| process.pid);
            let new: Vec<u32> = found
                .filter(|pid| !stopped.contains_key(pid) && runs(pid))
                .collect();
            if new.is_empty() {
                break;
            }
            let sent = |pid| Some((pid, send(&whose, pid, Signal::STOP)?));
            stopped.extend(new.into_iter().filter_map(sent));
        }
        Self(stopped)
    }

    /// Lets them go on.
    pub(crate) fn go_on(&self) {
        for process in self.0.values() {
            // One that was killed meanwhile needs no more.
            let _ = pidfd_send_signal(process, Signal::CONT);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::super::COOKIE;
    use super::*;

    fn sleeper(cookie: &str) -> Child {
        let mut command = Command::new("sleep");
        command.arg("60").env(COOKIE, cookie).stdin(Stdio::null());
        command.spawn().unwrap()
    }

    /// Signals take a moment to arrive.
    fn wait(child: &Child, stopped: bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while stat(child.id()).unwrap().is_stopped() != stopped {
            assert!(Instant::now() < end, "stopped: {}", !stopped);
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_runs_own_stand_still_and_go_on_and_what_stood_still_before_stays_so() {
        let run = format!("stop-{}", std::process::id());
        let mut children = [
            sleeper(&format!("{run}.1")),
            sleeper(&format!("{run}.2")),
            sleeper(&format!("{run}x.1")),
        ];
        let whose = || Whose::Run { cookie: run.clone() };
        assert!(send(&whose(), children[1].id(), Signal::STOP).is_some());
        wait(&children[1], true);
        let stopped = Stopped::stop(whose());
        wait(&children[0], true);
        assert!(!stat(children[2].id()).unwrap().is_stopped(), "another run's");
        stopped.go_on();
        wait(&children[0], false);
        assert!(stat(children[1].id()).unwrap().is_stopped());
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}
