//! Where a thread stands: its root, its working directory, its mount namespace; and the way back.

use std::env;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::{panic, thread};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::{chroot, fchdir};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::error::PushError;
use crate::sys;

/// A thread's place in the tree of files.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) root: OwnedFd,
    cwd: OwnedFd,
    /// The working directory's name, by which it is found again in the view.
    pub(crate) cwd_path: PathBuf,
    namespace: OwnedFd,
}

impl Place {
    pub(crate) fn of_this_thread() -> Result<Self, PushError> {
        let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = |path: &str, flags, what: &'static str| {
            openat(CWD, path, flags, Mode::empty()).map_err(PushError::step(|| what))
        };
        Ok(Self {
            root: open("/", directory, "open the root directory")?,
            cwd: open(".", directory, "open the working directory")?,
            cwd_path: env::current_dir().map_err(PushError::failed(|| "name the working directory"))?,
            // Of the thread, not of the process: `/proc/self` is the main thread.
            namespace: open(
                "/proc/thread-self/ns/mnt",
                OFlags::RDONLY | OFlags::CLOEXEC,
                "open /proc/thread-self/ns/mnt (is /proc mounted?)",
            )?,
        })
    }

    /// Opens the namespace of mounts in which this thread is now, by way of the place where it was.
    pub(crate) fn namespace_now(&self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        openat(&self.root, "proc/thread-self/ns/mnt", flags, Mode::empty())
    }

    /// Goes back to the namespace, the root and the working directory.
    pub(crate) fn go_back(&self) -> Result<(), Errno> {
        // Threads spawned in the view share this thread's root; the kernel refuses to move a shared one.
        sys::unshare_place().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::PERM))?;
        move_into_link_name_space(self.namespace.as_fd(), Some(LinkNameSpaceType::Mount))?;
        self.go_back_within()
    }

    /// Goes back to the root and the working directory, in the same namespace.
    pub(crate) fn go_back_within(&self) -> Result<(), Errno> {
        fchdir(&self.root)?;
        chroot(".")?;
        fchdir(&self.cwd)
    }
}

/// Calls the function on a thread of its own that has moved into a namespace of mounts.
pub(crate) fn within<T: Send>(namespace: &OwnedFd, f: impl FnOnce() -> T + Send) -> io::Result<T> {
    let moved = || {
        sys::unshare_place()?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Mount))?;
        Ok(f())
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, moved)?;
        thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

/// Ends the process: a thread that cannot go back must not go on in a tree that its code does not expect.
pub(crate) fn lost(error: Errno) -> ! {
    eprintln!(
        "gkfs-overlay: cannot leave the view: {error}; this thread does not know where it writes, so it ends here"
    );
    std::process::abort();
}
