//! Servers of others, put behind ours: what passes between the kernel and them is seen, recorded, delayed and spoilt.
//!
//! A program that serves FUSE opens `/dev/fuse` and mounts it. Started by [`Server::start`] it gets a [`Relay`]'s other end
//! instead of the device, and the mount is ours: its own calls of `open` and `mount` are stopped by a seccomp filter and
//! answered here, whatever language or library makes them. For one that leaves the mounting to `fusermount3` there is a
//! stand-in, [`fusermount`], to be put on its `PATH`. A library that takes `/dev/fd/N` for a mount point, as libfuse 3
//! does, needs no filter: [`Server::start_with_device`].
//!
//! ```no_run
//! use std::process::Command;
//! use std::time::Duration;
//! use gkfs_fuse::abi::Opcode;
//! use gkfs_fuse::{FakeFuse, Fallback, Fault, behind::Server};
//!
//! let mut server = Server::start(Command::new("./myfs"))?;
//! let mounting = server.wait_mount(Duration::from_secs(10))?;
//! let fake = mounting.mount(FakeFuse::builder())?;
//! fake.wait_handshake(Duration::from_secs(10))?;
//! fake.fault(Fault::on(Opcode::Read).errno(libc::EIO).every(3));
//! assert!(std::fs::read(fake.path().join("file")).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it cannot do
//!
//! What the kernel says to an answer does not come back to the server: writing it always succeeds, and a refusal stands in
//! the record. `splice` is refused, as are new mount calls (`fsopen`), so that servers fall back; second devices of one
//! connection (`clone_fd`), passed-through files and io_uring are not agreed on. Where the system has no
//! `SECCOMP_RET_USER_NOTIF`, or a program is of another architecture than this one, only `/dev/fd/N` is left.

mod calls;
pub mod fusermount;
mod sys;

use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::builder::{Builder, Fallback};
use crate::fake::FakeFuse;
use crate::mount::{Mount, StartError, may_attach};
use crate::relay::Relay;

/// Between two looks at a server that should mount, or end.
const PAUSE: Duration = Duration::from_millis(5);

/// A server could not be put behind ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BehindError {
    /// It cannot be started.
    #[error("cannot start the server `{program}`: {source}")]
    Start {
        /// Its program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// It ended first.
    #[error("the server ended before it mounted anything ({0}): what it printed says why")]
    Ended(ExitStatus),
    /// It did nothing of the kind.
    #[error(
        "the server mounted nothing within {0:?}: it is to stay in the foreground and to serve FUSE; if it uses calls that \
         cannot be answered here, let it mount at /dev/fd/{{fd}}"
    )]
    Silent(Duration),
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    child: Child,
    mounts: Receiver<Mounting>,
    watcher: Option<JoinHandle<()>>,
}

/// A server's wish to mount, which waits for the answer.
#[derive(Debug)]
pub struct Mounting {
    relay: Relay,
    /// Where.
    pub target: PathBuf,
    /// With which options, as the system call has them.
    pub options: String,
    answer: Option<SyncSender<i32>>,
}

impl Server {
    /// Starts a server whose opening of the device and mounting are answered here.
    ///
    /// # Errors
    /// It cannot be started, or this system has no such filter.
    pub fn start(mut command: Command) -> Result<Self, BehindError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let failed = |source| BehindError::Start { program, source };
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let started = sys::spawn(command, &calls::STOPPED, &calls::REFUSED).and_then(|(child, listener)| {
            let (tell, mounts) = channel();
            let named = thread::Builder::new().name("fuse-behind".into());
            let watcher = named.spawn(move || calls::watch(&listener, &tell))?;
            Ok((child, mounts, watcher))
        });
        let (child, mounts, watcher) = started.map_err(failed)?;
        Ok(Self {
            child,
            mounts,
            watcher: Some(watcher),
        })
    }

    /// Starts a server that takes a descriptor for its device: `command` is made from the descriptor's number, which the
    /// server finds open. It is taken to be mounting already.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_with_device(command: impl FnOnce(i32) -> Command) -> Result<(Self, Mounting), BehindError> {
        let named = |program: &str, source| BehindError::Start {
            program: program.to_owned(),
            source,
        };
        let (relay, theirs) = Relay::pair().map_err(|source| named("/dev/fd", source))?;
        // The server inherits it; whatever else is started meanwhile does, too, and this is why it is closed at once.
        let inherited = rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::empty());
        inherited.map_err(|errno| named("/dev/fd", errno.into()))?;
        let mut command = command(theirs.as_raw_fd());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|source| named(&program, source))?;
        let (_, mounts) = channel();
        let server = Self {
            child,
            mounts,
            watcher: None,
        };
        let mounting = Mounting {
            relay,
            target: PathBuf::new(),
            options: String::new(),
            answer: None,
        };
        Ok((server, mounting))
    }

    /// Waits until it wants to mount.
    ///
    /// # Errors
    /// It ends first, or takes longer than this.
    pub fn wait_mount(&mut self, limit: Duration) -> Result<Mounting, BehindError> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            match self.mounts.recv_timeout(PAUSE) {
                Ok(mounting) => return Ok(mounting),
                // All that were under the filter have ended.
                Err(RecvTimeoutError::Disconnected) => match self.child.wait() {
                    Ok(status) => return Err(BehindError::Ended(status)),
                    Err(_) => break,
                },
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Err(BehindError::Silent(limit))
    }

    /// The number of its first process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to end, and kills it when it has not after this time.
    pub fn stop(mut self, grace: Duration) {
        self.end(grace);
    }

    fn end(&mut self, grace: Duration) {
        let group = Pid::from_child(&self.child);
        let end = Instant::now() + grace;
        if self.ended().is_none() {
            // It may have ended just now.
            let _: Result<(), _> = kill_process_group(group, Signal::TERM);
        }
        while self.ended().is_none() && Instant::now() < end {
            thread::sleep(PAUSE);
        }
        // What it started, too; nobody is left of a group that has ended.
        let _: Result<(), _> = kill_process_group(group, Signal::KILL);
        let _: io::Result<ExitStatus> = self.child.wait();
        // The watcher ends with the last process under the filter, which need not be in that group: it is left alone.
        self.watcher = None;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.end(Duration::ZERO);
        }
    }
}

impl Mounting {
    /// Mounts for it, with its options: at its place if this user can do that, or else detached.
    ///
    /// # Errors
    /// There can be no mount here. The server is told so, too.
    #[track_caller]
    pub fn mount(self, builder: Builder) -> Result<FakeFuse, StartError> {
        let mut builder = self.optioned(builder).fallback(Fallback::Relay(self.relay));
        if may_attach() && !self.target.as_os_str().is_empty() {
            builder = builder.mount(Mount::At(self.target));
        }
        let mounted = builder.start();
        if let Some(answer) = self.answer {
            let errno = if mounted.is_ok() { 0 } else { libc::EPERM };
            // It may have been killed meanwhile.
            let _: Result<(), _> = answer.send(errno);
        }
        mounted
    }

    fn optioned(&self, builder: Builder) -> Builder {
        self.options
            .split(',')
            .fold(builder, |builder, option| match option.split_once('=') {
                None if option == "allow_other" => builder.allow_other(),
                None if option == "default_permissions" => builder.default_permissions(),
                Some(("max_read", bytes)) => match bytes.parse() {
                    Ok(bytes) => builder.max_read(bytes),
                    Err(_) => builder,
                },
                _ => builder,
            })
    }
}
