//! Child processes: each in a session of its own, waited for through a descriptor, always reaped.

mod adopted;
mod leftover;
mod stopped;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, getpid, kill_process_group, pidfd_open,
    set_child_subreaper, waitid,
};
use tokio::io::unix::AsyncFd;

use adopted::Mark;
pub(crate) use leftover::{COOKIE, Whose, ask_to_end, end_all, find};
pub(crate) use stopped::Stopped;

/// In a wait status, besides the signal.
const CORE_DUMPED: i32 = 0x80;

/// The children that this process has started and not reaped yet.
///
/// A runner adopts what its tests orphan (it is a *child subreaper*), so it has children it never started, and has to
/// tell them from those somebody waits for.
#[derive(Debug, Clone)]
pub(crate) struct Processes {
    own: Arc<Mutex<HashSet<u32>>>,
    mark: Mark,
}

impl Processes {
    /// Makes this process the one that orphans of its tests fall to.
    pub(crate) fn adopting() -> io::Result<Self> {
        set_child_subreaper(Some(getpid()))?;
        Ok(Self {
            own: Arc::default(),
            mark: Mark::new(),
        })
    }

    /// Starts a command in a session of its own. Its streams must be set to files or pipes already.
    pub(crate) fn spawn(&self, mut command: Command) -> io::Result<Process> {
        crate::sys::before_exec(&mut command, self.mark.limit());
        // Held until the child is known, else `reap_orphans` could take a child whose exec failed from under `spawn`.
        let mut own = self.lock();
        let mut child = command.spawn()?;
        let exit = open_pidfd(child.id()).and_then(crate::sys::watch);
        match exit {
            Ok(exit) => {
                own.insert(child.id());
                Ok(Process {
                    child,
                    exit,
                    processes: self.clone(),
                    reaped: false,
                })
            }
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// Reaps adopted children that have ended. Children that other parts of the program started are left to them.
    pub(crate) fn reap_orphans(&self) {
        let own = self.lock();
        self.mark.reap(|pid| own.contains(&pid));
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<u32>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running child. Dropped before it was reaped, it is killed with its group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    exit: AsyncFd<OwnedFd>,
    processes: Processes,
    reaped: bool,
}

impl Process {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What is written here is the child's standard input, if that was made a pipe.
    pub(crate) fn take_stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// What the child writes to its standard output, if that was made a pipe.
    pub(crate) fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits until the child has ended. It stays a zombie until [`Process::reap`], so its pid, group and session
    /// still mean it and nothing else.
    pub(crate) async fn exited(&self) -> io::Result<()> {
        self.exit.readable().await.map(drop)
    }

    /// Signals the child's process group, if there is one still.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid() as i32) {
            // Nobody left to signal is what is wanted.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// How a child has ended that is not reaped yet.
    pub(crate) fn ended_with(&self) -> io::Result<ExitStatus> {
        let pid = Pid::from_child(&self.child);
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let ended = waitid(WaitId::Pid(pid), options)?.ok_or(io::ErrorKind::WouldBlock)?;
        let core = if ended.dumped() { CORE_DUMPED } else { 0 };
        let status = match (ended.exit_status(), ended.terminating_signal()) {
            (Some(code), _) => code << 8,
            (None, signal) => signal.unwrap_or_default() | core,
        };
        Ok(ExitStatus::from_raw(status))
    }

    /// Takes the exit status of a child that has ended.
    pub(crate) fn reap(&mut self) -> io::Result<ExitStatus> {
        let mut own = self.processes.lock();
        let status = self.child.wait()?;
        own.remove(&self.child.id());
        self.reaped = true;
        Ok(status)
    }

    /// Gives up on a child that not even KILL ends; waiting for it would hang as long as it does.
    pub(crate) fn abandon(mut self) {
        self.reaped = true;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.reaped {
            self.signal(Signal::KILL);
            // Nothing can be done about a child that cannot be waited for.
            let _ = self.reap();
        }
    }
}

/// A descriptor of a process that means it even after its pid was reused.
fn open_pidfd(pid: u32) -> io::Result<OwnedFd> {
    let pid = Pid::from_raw(pid as i32).ok_or(io::ErrorKind::NotFound)?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

/// What the kernel calls a session that was made outside this pid namespace. All such processes share the number.
pub(crate) const NO_SESSION: u32 = 0;

/// What `/proc/PID/stat` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    state: char,
    session: u32,
    /// Field 22, in clock ticks since boot.
    pub(crate) starttime: u64,
}

impl Stat {
    /// Whether it was stopped, by a signal or by whoever traces it.
    pub(crate) fn is_stopped(self) -> bool {
        matches!(self.state, 'T' | 't')
    }

    pub(crate) fn is_alive(self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// Returns the session that a process is in; `None` if there is no such process, or where the session was made outside
/// this pid namespace and so has no number here.
pub fn session_of(pid: u32) -> Option<u32> {
    stat(pid)
        .map(|stat| stat.session)
        .filter(|&session| session != NO_SESSION)
}

/// Reads `/proc/PID/stat`; `None` if there is no such process.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The second field, the name, may hold anything, parentheses too; the third follows the last one.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        session: fields.get(3)?.parse().ok()?,
        starttime: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn shell(code: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", code])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    #[tokio::test]
    async fn a_child_leads_its_own_session_and_group() {
        let processes = Processes::adopting().unwrap();
        let mut child = processes.spawn(shell("exec sleep 60")).unwrap();
        assert_eq!(stat(child.pid()).unwrap().session, child.pid());
        child.signal(Signal::TERM);
        child.exited().await.unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&child.reap().unwrap()),
            Some(15)
        );
    }

    #[tokio::test]
    async fn a_program_that_is_none_is_an_error() {
        let error = Processes::adopting()
            .unwrap()
            .spawn(Command::new("/nonexistent/program"))
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn our_own_start_time_is_known() {
        let myself = stat(std::process::id()).unwrap();
        assert!(myself.is_alive() && myself.starttime > 0);
        assert_eq!(stat(u32::MAX), None);
    }
}
