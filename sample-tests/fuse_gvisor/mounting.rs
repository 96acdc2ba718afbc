//! mount (7): the options of a mount, by hand and without a server. Nothing is asked of these mounts, and on Linux they hang
//! on descriptors of the test, so that they end with it.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use gkfs_harness::fuse::available;
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds};
use gkfs_harness::skip;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::{Errno, Result};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, UnmountFlags, fsconfig_create,
    fsconfig_set_string, fsmount, fsopen, unmount,
};

fn device(flags: OFlags) -> OwnedFd {
    if !rustix::process::geteuid().is_root() {
        skip!("only root mounts without a helper");
    }
    if let Err(error) = available() {
        skip!("{error}");
    }
    rustix::fs::openat(CWD, "/dev/fuse", flags | OFlags::CLOEXEC, Mode::empty()).unwrap()
}

/// A mount that goes with this.
#[derive(Debug)]
enum Mounted {
    Nowhere { _mount: OwnedFd },
    At(tempfile::TempDir),
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Self::At(dir) = self {
            // What is left goes with the machine: it is a sandbox.
            let _: Result<()> = unmount(dir.path(), UnmountFlags::DETACH);
        }
    }
}

/// Mounts with these options, and no place; where there is no such mount, at a directory, in the old way.
fn mount(options: &[(&str, &str)]) -> Result<Mounted> {
    match mount_nowhere(options) {
        Err(Errno::NOSYS) => mount_at_a_place(options),
        done => done.map(|mount| Mounted::Nowhere { _mount: mount }),
    }
}

/// As gVisor's own tests do.
fn mount_at_a_place(options: &[(&str, &str)]) -> Result<Mounted> {
    let dir = tempfile::tempdir().unwrap();
    // In the old way the second name is part of the first.
    let subtype = options.iter().find(|(name, _)| *name == "subtype");
    let kind = subtype.map_or("fuse".to_owned(), |(_, name)| format!("fuse.{name}"));
    let rest = options.iter().filter(|(name, _)| *name != "subtype");
    let words: Vec<String> = rest.map(|(name, value)| format!("{name}={value}")).collect();
    let words = CString::new(words.join(",")).unwrap();
    rustix::mount::mount("fuse", dir.path(), kind, MountFlags::empty(), Some(&*words))?;
    Ok(Mounted::At(dir))
}

fn mount_nowhere(options: &[(&str, &str)]) -> Result<OwnedFd> {
    let context = fsopen("fuse", FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (name, value) in options {
        fsconfig_set_string(context.as_fd(), *name, *value)?;
    }
    fsconfig_create(context.as_fd())?;
    fsmount(
        context.as_fd(),
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::empty(),
    )
}

const COMMON: [(&str, &str); 3] = [("rootmode", "40000"), ("user_id", "0"), ("group_id", "0")];

fn mount_fd(fd: &str) -> Result<Mounted> {
    mount(&[&COMMON[..], &[("fd", fd)]].concat())
}

/// A device that is open for writing only does.
#[gkfs_harness::test(tags("fuse"))]
fn success(_fuse: &gkfs_harness::prelude::Fuse) {
    let device = device(OFlags::WRONLY);
    succeeds(mount_fd(&device.as_raw_fd().to_string()));
}

/// A file system may have a name of its own behind `fuse.`.
#[gkfs_harness::test(tags("fuse"))]
fn with_subtype(_fuse: &gkfs_harness::prelude::Fuse) {
    let device = device(OFlags::RDWR);
    let fd = device.as_raw_fd().to_string();
    succeeds(mount(
        &[&COMMON[..], &[("fd", &fd), ("subtype", "testfs")]].concat(),
    ));
}

/// A descriptor is a number.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn fd_not_parsable(_fuse: &gkfs_harness::prelude::Fuse) {
    drop(device(OFlags::RDWR));
    fails_with_errno(mount_fd("notafd"), libc::EINVAL);
}

/// There must be one.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn no_device(_fuse: &gkfs_harness::prelude::Fuse) {
    drop(device(OFlags::RDWR));
    fails_with_errno(mount(&COMMON), libc::EINVAL);
}

/// It must be open. Linux may say so more clearly than gVisor.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn closed_device(_fuse: &gkfs_harness::prelude::Fuse) {
    drop(device(OFlags::RDWR));
    fails_with_errno(mount_fd("999999"), [libc::EINVAL, libc::EBADF]);
}

/// It must be one of FUSE.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn bad_device(_fuse: &gkfs_harness::prelude::Fuse) {
    drop(device(OFlags::RDWR));
    let zero = rustix::fs::openat(CWD, "/dev/zero", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
    fails_with_errno(mount_fd(&zero.as_raw_fd().to_string()), libc::EINVAL);
}

/// Two mounts may share one, and are one file system.
#[gkfs_harness::test(tags("fuse"))]
fn reuse_device(_fuse: &gkfs_harness::prelude::Fuse) {
    let device = device(OFlags::RDWR);
    let fd = device.as_raw_fd().to_string();
    let first = succeeds(mount_fd(&fd));
    let second = succeeds(mount_fd(&fd));
    drop((first, second));
}
