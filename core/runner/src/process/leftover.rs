//! Processes that outlive what they belong to, found by what they carry in their environment.

use std::fs;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getpid, pidfd_send_signal};

use super::{NO_SESSION, open_pidfd, stat};
use crate::ByteString;
use crate::status::Leaked;

/// The variable that every process of a test inherits. Its value is the run's cookie, a dot, and the attempt's number
/// in the run; what is to outlive an attempt but not the run carries the run's cookie, a dot and a word.
pub(crate) const COOKIE: &str = "GKFS_BENCH_COOKIE";

/// Whose processes to look for.
#[derive(Debug, Clone)]
pub(crate) enum Whose {
    /// One attempt's: those with exactly its cookie, and those that cleared their environment but stayed in the
    /// session of its process. Older processes than that one (`since`, its start time) are not even looked at.
    Attempt {
        cookie: String,
        session: u32,
        since: u64,
    },
    /// One attempt's in a worker that lives on: those with its cookie, unless they are ending. Those that the worker forked carry the worker's,
    /// or stay in its session; they are the attempt's only where it made nothing that is meant to outlive it.
    Shared {
        cookie: String,
        worker: String,
        session: u32,
        /// Whether those that carry its cookie are meant.
        own: bool,
        forks: bool,
        /// Known to belong to the worker, as it does itself.
        but: Vec<u32>,
    },
    /// What a worker left: those with exactly this cookie.
    Exactly { cookie: String },
    /// All attempts' of a run.
    Attempts { cookie: String },
    /// All of a run's.
    Run { cookie: String },
}

impl Whose {
    fn carries(&self, environ: &[u8]) -> bool {
        let entries = environ.split(|&byte| byte == 0);
        let mut values =
            entries.filter_map(|entry| entry.strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="));
        match self {
            Self::Attempt { cookie, .. } | Self::Exactly { cookie } => {
                values.any(|value| value == cookie.as_bytes())
            }
            Self::Shared {
                cookie,
                worker,
                own,
                forks,
                ..
            } => {
                values.any(|value| *own && value == cookie.as_bytes() || *forks && value == worker.as_bytes())
            }
            Self::Attempts { cookie } => values.any(|value| {
                let number = value
                    .strip_prefix(cookie.as_bytes())
                    .and_then(|rest| rest.strip_prefix(b"."));
                number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
            }),
            Self::Run { cookie } => values.any(|value| {
                value
                    .strip_prefix(cookie.as_bytes())
                    .is_some_and(|rest| rest.is_empty() || rest[0] == b'.')
            }),
        }
    }

    /// Whether a process in a worker's session belongs to the attempt with this cookie: what carries the one of another
    /// attempt is ending there.
    fn is_fork(cookie: &str, own: bool, environ: &[u8]) -> bool {
        let run = cookie.rsplit_once('.').map_or(cookie, |(run, _)| run);
        let (cookie, run) = (cookie.to_owned(), run.to_owned());
        let is_its = Self::Exactly { cookie }.carries(environ);
        is_its && own || !Self::Attempts { cookie: run }.carries(environ)
    }

    fn means(&self, pid: Pid) -> bool {
        if let Self::Attempt { session, since, .. } = self {
            let Some(stat) = stat(pid.as_raw_nonzero().get() as u32) else {
                return false;
            };
            if stat.starttime < *since || !stat.is_alive() {
                return false;
            }
            if stat.session == *session && stat.session != NO_SESSION {
                return true;
            }
        }
        if let Self::Shared {
            cookie,
            session,
            own,
            forks,
            but,
            ..
        } = self
        {
            let number = pid.as_raw_nonzero().get() as u32;
            if but.contains(&number) {
                return false;
            }
            let Some(stat) = stat(number).filter(|stat| stat.is_alive()) else {
                return false;
            };
            if *forks && stat.session == *session && stat.session != NO_SESSION {
                return Self::is_fork(cookie, *own, &environ(pid));
            }
        }
        self.carries(&environ(pid))
    }
}

/// Empty for a zombie, a kernel thread, a process that cleared it, and one that is not ours to look at.
fn environ(pid: Pid) -> Vec<u8> {
    fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default()
}

/// The living processes that belong to `whose`, this one aside.
pub(crate) fn find(whose: &Whose) -> Vec<Leaked> {
    let myself = getpid();
    pids()
        .filter(|&pid| pid != myself && whose.means(pid))
        .map(describe)
        .collect()
}

/// Kills until nothing of `whose` is left, and names everything that was killed. Gives up at the deadline, which only
/// processes survive that hang inside the kernel; those come second.
pub(crate) fn end_all(whose: &Whose, within: Duration) -> (Vec<Leaked>, Vec<Leaked>) {
    // A process in the middle of an exec has no environment for a moment: what looks clean is looked at twice.
    const CLEAN: u32 = 2;
    let deadline = Instant::now() + within;
    let mut ended: Vec<Leaked> = Vec::new();
    let mut clean = 0;
    loop {
        let found = find(whose);
        if found.is_empty() {
            clean += 1;
            if clean == CLEAN {
                return (ended, Vec::new());
            }
            continue;
        }
        clean = 0;
        if Instant::now() >= deadline {
            return (ended, found);
        }
        kill_and_wait(whose, &found);
        ended.extend(
            found
                .into_iter()
                .filter(|new| !ended.iter().any(|old| old.pid == new.pid))
                .collect::<Vec<_>>(),
        );
    }
}

/// Sends TERM, and waits until nothing of `whose` is left, but no longer than `within`.
pub(crate) fn ask_to_end(whose: &Whose, within: Duration) {
    let deadline = Instant::now() + within;
    let asked: Vec<OwnedFd> = find(whose)
        .iter()
        .filter_map(|process| send(whose, process.pid, Signal::TERM))
        .collect();
    for fd in &asked {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec {
            tv_sec: left.as_secs() as i64,
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        // Not ended in time, or a signal came: whoever asked kills next.
        let _ = poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&left));
    }
}

/// Kills them and waits a moment for their ends.
fn kill_and_wait(whose: &Whose, found: &[Leaked]) {
    const MOMENT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let dying: Vec<OwnedFd> = found
        .iter()
        .filter_map(|process| send(whose, process.pid, Signal::KILL))
        .collect();
    for fd in &dying {
        // Not ended in time, or a signal came: the next round sees it.
        let _ = poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&MOMENT));
    }
}

/// Signals a process, unless its pid means another one by now.
pub(super) fn send(whose: &Whose, pid: u32, signal: Signal) -> Option<OwnedFd> {
    let fd = open_pidfd(pid).ok()?;
    if !whose.means(Pid::from_raw(pid as i32)?) {
        return None;
    }
    pidfd_send_signal(&fd, signal).ok()?;
    Some(fd)
}

fn pids() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

fn describe(pid: Pid) -> Leaked {
    let number = pid.as_raw_nonzero();
    let mut line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
    while line.last() == Some(&0) {
        line.pop();
    }
    for byte in &mut line {
        if *byte == 0 {
            *byte = b' ';
        }
    }
    if line.is_empty() {
        let name = fs::read_to_string(format!("/proc/{number}/comm")).unwrap_or_default();
        line = format!("[{}]", name.trim_end()).into_bytes();
    }
    Leaked {
        pid: number.get() as u32,
        cmd: ByteString::new(&line),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn sleeper(cookie: &str) -> std::process::Child {
        Command::new("sleep")
            .arg("60")
            .env(COOKIE, cookie)
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    }

    #[test]
    fn what_another_attempt_left_in_the_session_of_its_worker_is_its_own() {
        let is_fork = |own, environ: &str| Whose::is_fork("r.2", own, environ.as_bytes());
        let carries = |value: &str| format!("A=b\0{COOKIE}={value}\0");
        assert!(is_fork(true, &carries("r.2")) && !is_fork(false, &carries("r.2")));
        assert!(!is_fork(true, &carries("r.1")), "the test before is ending");
        assert!(is_fork(false, &carries("r.w1")), "the worker forked it");
        assert!(is_fork(false, ""), "it cleared its environment");
    }

    #[test]
    fn an_attempt_and_a_run_find_their_own_and_nothing_else() {
        let run = format!("unit-{}", std::process::id());
        let first = sleeper(&format!("{run}.1"));
        let second = sleeper(&format!("{run}.11"));
        let mut other = sleeper(&format!("{run}x.1"));

        let attempt = Whose::Attempt {
            cookie: format!("{run}.1"),
            session: first.id(),
            since: 0,
        };
        let (ended, stuck) = end_all(&attempt, Duration::from_secs(10));
        assert_eq!(ended.iter().map(|l| l.pid).collect::<Vec<_>>(), [first.id()]);
        assert_eq!(ended[0].cmd, ByteString::from("sleep 60"));
        assert!(stuck.is_empty());

        let (ended, _) = end_all(&Whose::Run { cookie: run }, Duration::from_secs(10));
        assert_eq!(ended.iter().map(|l| l.pid).collect::<Vec<_>>(), [second.id()]);
        assert!(
            other.try_wait().unwrap().is_none(),
            "another run's process was ended"
        );
        other.kill().unwrap();
        for mut child in [first, second, other] {
            child.wait().unwrap();
        }
    }
}
