//! The two things that need a promise the compiler cannot check: running something in a child between fork and exec,
//! and lending a descriptor to the runtime's poll.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Resource, Rlimit};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Makes the command's process leader of a session and of a process group of its own, without a controlling
/// terminal: the terminal's signals do not reach it, and it can be signalled with all its heirs at once. All of them
/// have `mark` as their limit of file locks.
pub(crate) fn before_exec(command: &mut Command, mark: Rlimit) {
    let alone_and_marked = move || {
        rustix::process::setsid()?;
        // Where a lower limit is in the way, it bears none.
        let _ = rustix::process::setrlimit(Resource::Locks, mark);
        Ok(())
    };
    // SAFETY: the closure makes two system calls and allocates nothing, so it may run in the child of a process with
    // several threads.
    unsafe {
        command.pre_exec(alone_and_marked);
    }
}

/// Has the runtime wait for a descriptor to become readable.
pub(crate) fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is a valid descriptor, and nobody gets it out of the `AsyncFd` to close or replace it.
    Ok(unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }?)
}
