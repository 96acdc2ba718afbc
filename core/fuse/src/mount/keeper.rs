//! Takes a mount away when the process that made it dies without doing so itself.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions};

use super::direct;
use crate::sys;

/// A child that waits for its parent's death.
#[derive(Debug)]
pub(crate) struct Keeper {
    pid: Pid,
    path: CString,
    mount: u64,
}

impl Keeper {
    /// For a mount that is about to appear at `path`.
    pub(super) fn start(path: &Path, mount: &OwnedFd) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let mount = identity(mount, c"", AtFlags::EMPTY_PATH)?;
        let parent = rustix::process::getpid();
        let pid = sys::in_child(|| {
            // A copy of the device would keep the connection alive.
            sys::close_everything();
            // The terminal's and the group's signals are for the test, not for who cleans up behind it.
            let _: Result<Pid, _> = rustix::process::setsid();
            wait_for_end_of(parent);
            take_away(&path, mount);
            0
        })?;
        Ok(Self { pid, path, mount })
    }

    /// Whether the mount is still at its place.
    pub(crate) fn is_there(&self) -> bool {
        identity(CWD, &self.path, AtFlags::empty()) == Ok(self.mount)
    }

    /// Where the mount was put.
    pub(crate) fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.path.to_bytes()))
    }

    /// Takes the mount away, and lets the keeper go.
    pub(crate) fn finish(self) {
        take_away(&self.path, self.mount);
        let _: Result<(), _> = rustix::process::kill_process(self.pid, Signal::KILL);
        while rustix::process::waitpid(Some(self.pid), WaitOptions::empty())
            .is_err_and(|errno| errno == Errno::INTR)
        {}
    }
}

/// What tells a mount from every other one; before Linux 6.8, from every other one that is there.
fn identity(at: impl AsFd, path: &CStr, flags: AtFlags) -> Result<u64, Errno> {
    const UNIQUE: StatxFlags = StatxFlags::from_bits_retain(0x4000);
    // What the kernel knows is enough: the server may be dead, or the one who asks.
    let flags = flags | AtFlags::STATX_DONT_SYNC | AtFlags::NO_AUTOMOUNT;
    statx(at, path, flags, StatxFlags::MNT_ID | UNIQUE).map(|about| about.stx_mnt_id)
}

/// Takes the mount away if it is the one at this place: a test may have taken it away, and another one mounted there.
fn take_away(path: &CStr, mount: u64) {
    if identity(CWD, path, AtFlags::empty()) == Ok(mount) {
        // What is in use ends with its last user.
        let _: Result<(), _> = direct::detach(path);
    }
}

fn wait_for_end_of(parent: Pid) {
    let Ok(handle) = rustix::process::pidfd_open(parent, PidfdFlags::empty()) else {
        return;
    };
    // Asked after the handle was taken: a number that is used again belongs to somebody else's child.
    while rustix::process::getppid() == Some(parent) {
        let mut wanted = [PollFd::new(&handle, PollFlags::IN)];
        if poll(&mut wanted, None).is_ok() {
            return;
        }
    }
}
