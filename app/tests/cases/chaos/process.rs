//! The processes of a run, found in `/proc` by the cookie they carry, and killed in the middle of what they do.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// What a process is in a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Daemon,
    /// Whatever runs under the client library.
    Client,
    /// The test itself, and what it uses beside the file system.
    Other,
    /// What ends all of these when the runner cannot: no part of a test, but of a run.
    Keeper,
}

/// A living process of a run.
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) kind: Kind,
    pub(super) test: String,
    name: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} ({}) of {}", self.kind, self.pid, self.name, self.test)
    }
}

/// The living processes of the run with this cookie.
pub(super) fn of_run(cookie: &str) -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("procfs").flatten();
    entries
        .filter_map(|entry| look(entry.file_name().to_str()?.parse().ok()?, cookie))
        .collect()
}

/// What a process is, if it is one of the run's. One that has ended and waits for its parent has no environment.
fn look(pid: i32, cookie: &str) -> Option<Process> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    let found = |kind, test| {
        let name = name.trim_end().to_owned();
        Some(Process {
            pid,
            kind,
            test,
            name,
        })
    };
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    if command
        .split(|byte| *byte == 0)
        .any(|word| word == cookie.as_bytes())
    {
        return found(Kind::Keeper, String::new());
    }
    let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let value = |name: &str| {
        let mut entries = environ.split(|byte| *byte == 0);
        let value = entries.find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let rest = value("GKFS_BENCH_COOKIE")?.strip_prefix(cookie)?.to_owned();
    if !(rest.is_empty() || rest.starts_with('.')) {
        return None;
    }
    let kind = if value("LD_PRELOAD").is_some_and(|libraries| libraries.contains("libgkfs_intercept")) {
        Kind::Client
    } else if name.trim_end() == "gkfs_daemon" {
        Kind::Daemon
    } else {
        Kind::Other
    };
    found(kind, value("GKFS_BENCH_TEST").unwrap_or_default())
}

/// Kills a process of this kind, if there is one to be killed, of a test that is not among `spared`. A daemon is
/// killed only while it has a client: before it is ready there is nothing for a test to lose.
pub(super) fn kill_one(
    cookie: &str,
    kind: Kind,
    spared: &BTreeSet<String>,
    random: &mut fastrand::Rng,
) -> Option<Process> {
    let all = of_run(cookie);
    let used: BTreeSet<&str> = all
        .iter()
        .filter(|process| process.kind == Kind::Client)
        .map(|process| process.test.as_str())
        .collect();
    let fits = |process: &&Process| {
        process.kind == kind && used.contains(&*process.test) && !spared.contains(&process.test)
    };
    let victim = random.choice(all.iter().filter(fits).collect::<Vec<_>>())?.pid;
    kill(victim, cookie)
}

/// Stops the process before it kills it. Of a process that could be stopped it is certain that it was not about to
/// exit by itself: its end is the kill, and whoever waits for it sees that.
fn kill(pid: i32, cookie: &str) -> Option<Process> {
    let fd = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
    // The number may have come to mean another process before the descriptor was opened.
    let victim = look(pid, cookie)?;
    pidfd_send_signal(&fd, Signal::STOP).ok()?;
    if !stops(pid) {
        return None;
    }
    pidfd_send_signal(&fd, Signal::KILL).expect("a stopped process can be killed");
    Some(victim)
}

/// Waits until a process has stopped; false if it ended instead.
fn stops(pid: i32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // The state is the first field behind the name, which stands in parentheses and may hold some itself.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        match stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()) {
            Some('T') => return true,
            None | Some('Z' | 'X') => return false,
            Some(state) => assert!(
                Instant::now() < deadline,
                "process {pid} in state {state} does not stop"
            ),
        }
        std::thread::yield_now();
    }
}
