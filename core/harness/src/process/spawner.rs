//! Starts processes so that none outlives its owner, even when the owner is killed with SIGKILL.
//!
//! The kernel can kill a child when its parent dies, but "parent" means the *thread* that started it. So one
//! thread starts everything and lives exactly as long as the [`Spawner`]'s last clone: when the test process
//! dies, in whatever way, or when a fixture was forgotten, what was started goes too.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::Signal;

use super::{Process, Report};
use crate::error::{Error, Result};
use crate::sys;

struct Request {
    command: Command,
    answer: Sender<io::Result<Child>>,
}

/// Owns what it starts; clones share the ownership.
#[derive(Clone, Debug)]
pub struct Spawner(Owner);

#[derive(Clone, Debug)]
enum Owner {
    /// Begun with the first process: what a fixture has done to the calling thread by then holds for the processes, too.
    Thread(Arc<OnceLock<Sender<Request>>>),
    /// Nobody: what is started lives on, in a session of its own.
    Nobody,
}

/// How long a process may take, and which signal it gets then.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The time it is given.
    pub timeout: Duration,
    /// What its process group is sent at the end of that; SIGKILL follows if it is ignored.
    pub signal: Signal,
}

impl Limit {
    /// SIGKILL after `timeout`.
    pub fn kill_after(timeout: Duration) -> Self {
        Self {
            timeout,
            signal: Signal::KILL,
        }
    }
}

/// A process that ran to its end, or to its deadline.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The command line, quoted as a shell would need it.
    pub command: String,
    /// The process's number while it lived.
    pub pid: u32,
    /// How it ended.
    pub status: ExitStatus,
    /// Whether its deadline ended it.
    pub timed_out: bool,
    /// How long it lived.
    pub duration: Duration,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

impl Finished {
    /// Command line, status and both outputs.
    pub fn report(&self) -> Report {
        let report = Report::new(&self.command, Some(self.status));
        report.note("stdout", &self.stdout).note("stderr", &self.stderr)
    }
}

impl Spawner {
    /// An owner of nothing yet; its thread begins with the first process, and inherits the root and the mounts of the
    /// thread that asks for it.
    ///
    /// # Errors
    /// None any more; the first process may find that the machine has no thread left.
    pub fn new() -> Result<Self> {
        Ok(Self(Owner::Thread(Arc::default())))
    }

    /// Starts processes that outlive this one, for someone else to end.
    pub(crate) fn of_survivors() -> Self {
        Self(Owner::Nobody)
    }

    pub(crate) fn spawn(&self, mut command: Command, group: bool) -> Result<Process> {
        let line = command_line(&command);
        if group {
            command.process_group(0);
        }
        let child = match &self.0 {
            Owner::Thread(requests) => {
                sys::die_with_spawning_thread(&mut command);
                begun(requests).and_then(|requests| ask(requests, command))
            }
            Owner::Nobody => {
                sys::begin_session(&mut command);
                command.spawn()
            }
        };
        child
            .and_then(|child| Process::new(child, group))
            .map_err(|source| Error::Spawn {
                command: line,
                source,
            })
    }

    /// Starts `command` in a process group of its own, with its outputs in memory files: a grandchild that keeps
    /// them open delays nothing.
    pub(crate) fn start(&self, mut command: Command) -> Result<Captured> {
        let line = command_line(&command);
        let failed = |source| Error::Spawn {
            command: line.clone(),
            source,
        };
        let (stdout, stderr) = (
            memory_file("stdout").map_err(failed)?,
            memory_file("stderr").map_err(failed)?,
        );
        command
            .stdout(stdout.try_clone().map_err(failed)?)
            .stderr(stderr.try_clone().map_err(failed)?);
        let started = Instant::now();
        let process = self.spawn(command, true)?;
        Ok(Captured {
            process,
            command: line,
            stdout,
            stderr,
            started,
        })
    }

    /// Runs `command` to its end, without standard input.
    ///
    /// # Errors
    /// It cannot be started or waited for. A deadline that passes is no error here: see
    /// [`Finished::timed_out`].
    pub fn run(&self, mut command: Command, limit: Limit) -> Result<Finished> {
        command.stdin(Stdio::null());
        self.start(command)?.finish(limit)
    }
}

/// A process whose outputs are collected.
#[derive(Debug)]
pub(crate) struct Captured {
    process: Process,
    command: String,
    stdout: File,
    stderr: File,
    started: Instant,
}

impl Captured {
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits for the end, which `limit` brings about if need be.
    pub(crate) fn finish(mut self, limit: Limit) -> Result<Finished> {
        self.wait(limit).map_err(|source| Error::Spawn {
            command: self.command.clone(),
            source,
        })
    }

    fn wait(&mut self, limit: Limit) -> io::Result<Finished> {
        let (status, timed_out) = match self.process.wait_until(self.started + limit.timeout)? {
            Some(status) => (status, false),
            None => (self.process.end(limit.signal)?, true),
        };
        Ok(Finished {
            command: self.command.clone(),
            pid: self.process.pid(),
            status,
            timed_out,
            duration: self.started.elapsed(),
            stdout: contents(&self.stdout)?,
            stderr: contents(&self.stderr)?,
        })
    }
}

fn begun(requests: &OnceLock<Sender<Request>>) -> io::Result<&Sender<Request>> {
    if let Some(requests) = requests.get() {
        return Ok(requests);
    }
    let (sender, inbox) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("spawner".into())
        .stack_size(256 * 1024);
    thread.spawn(move || serve(&inbox))?;
    // Where two ask at once, the thread of the one that comes late ends with its sender.
    Ok(requests.get_or_init(|| sender))
}

/// Has the thread start it.
fn ask(requests: &Sender<Request>, command: Command) -> io::Result<Child> {
    let gone = || io::Error::other("the spawner thread is gone");
    let (answer, answered) = mpsc::channel();
    requests.send(Request { command, answer }).map_err(|_| gone())?;
    answered.recv().map_err(|_| gone())?
}

fn serve(inbox: &Receiver<Request>) {
    while let Ok(mut request) = inbox.recv() {
        let child = request.command.spawn();
        // The command holds the child's ends of pipes and leases: they must not outlive this step here.
        drop(request.command);
        // Who asked may have been killed meanwhile: then the child must not stay.
        if let Err(mpsc::SendError(Ok(mut orphan))) = request.answer.send(child) {
            let _: io::Result<()> = orphan.kill();
            let _: io::Result<ExitStatus> = orphan.wait();
        }
    }
}

/// The command with its arguments, quoted as a shell would need them.
pub(crate) fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    shell_words::join(words.map(OsStr::to_string_lossy))
}

fn memory_file(name: &str) -> io::Result<File> {
    Ok(File::from(memfd_create(name, MemfdFlags::CLOEXEC)?))
}

/// Everything written so far, whatever the shared offset is.
fn contents(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use rustix::fs::{FlockOperation, flock};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn outputs_and_status_are_kept() {
        let spawner = Spawner::new().unwrap();
        let limit = Limit::kill_after(Duration::from_secs(20));
        let done = spawner
            .run(shell("echo out; echo err >&2; exit 3"), limit)
            .unwrap();
        assert_eq!(
            (done.stdout.as_slice(), done.stderr.as_slice()),
            (&b"out\n"[..], &b"err\n"[..])
        );
        assert_eq!((done.status.code(), done.timed_out), (Some(3), false));
    }

    #[test]
    fn a_grandchild_that_keeps_the_output_delays_nothing() {
        let spawner = Spawner::new().unwrap();
        let limit = Limit::kill_after(Duration::from_secs(20));
        let done = spawner.run(shell("(exec sleep 1000) & echo $!"), limit).unwrap();
        let pid: i32 = String::from_utf8(done.stdout).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, Signal::KILL).unwrap();
        assert!(!done.timed_out);
    }

    #[test]
    fn the_deadline_ends_the_whole_group() {
        let spawner = Spawner::new().unwrap();
        let (lock, probe) = (
            tempfile::NamedTempFile::new().unwrap(),
            FlockOperation::NonBlockingLockExclusive,
        );
        flock(&lock, probe).unwrap();
        let other = File::open(lock.path()).unwrap();
        let mut command = shell("exec 3<&0; sleep 1000 & wait");
        command.stdin(lock.into_file());
        let limit = Limit {
            timeout: Duration::from_millis(50),
            signal: Signal::TERM,
        };
        let done = spawner.start(command).unwrap().finish(limit).unwrap();
        assert!(done.timed_out);
        assert_eq!(done.status.signal(), Some(Signal::TERM.as_raw()));
        // The lock is free when nobody has the descriptor any more: the grandchild has ended, too.
        flock(&other, FlockOperation::LockExclusive).unwrap();
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Spawner::new()
            .unwrap()
            .spawn(Command::new("/nonexistent/prog"), false)
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot start `/nonexistent/prog`: "),
            "{error}"
        );
    }

    #[test]
    fn what_was_started_dies_with_the_last_spawner() {
        let spawner = Spawner::new().unwrap();
        let mut process = spawner.spawn(shell("exec sleep 1000"), false).unwrap();
        drop(spawner);
        let status = process
            .wait_until(Instant::now() + Duration::from_secs(20))
            .unwrap();
        assert_eq!(status.and_then(|s| s.signal()), Some(Signal::KILL.as_raw()));
    }
}
