//! What is mounted where, and how it is unmounted.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount};

const TABLE: &str = "/proc/self/mountinfo";

/// The kernel's table of mounts, as a descriptor that tells of changes.
#[derive(Debug)]
pub(crate) struct Table(OwnedFd);

impl Table {
    pub(crate) fn open() -> io::Result<Self> {
        File::open(TABLE).map(|file| Self(file.into()))
    }

    /// Has something urgent (`POLLPRI`) after each change.
    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

/// Whether something is mounted exactly at `path`, which is absolute and without links.
///
/// The kernel answers for itself: no file system is asked, which may be stuck.
pub(crate) fn is_mounted(path: &Path) -> io::Result<bool> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT | AtFlags::STATX_DONT_SYNC;
    match statx(CWD, path, flags, StatxFlags::empty()) {
        Ok(stat) if !stat.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT) => Err(io::Error::other(
            "the kernel does not tell mounts: Linux 5.8 does",
        )),
        Ok(stat) => Ok(stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        // A FUSE file system whose server is gone, or that lets in nobody but its user, not even root.
        Err(Errno::NOTCONN | Errno::CONNABORTED | Errno::ACCESS) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Unmounts everything at `path`, whoever still uses it, with the help of FUSE's own program where that needs no root.
pub(crate) fn clear(path: &Path) -> io::Result<()> {
    while is_mounted(path)? {
        match unmount(path, UnmountFlags::DETACH) {
            Ok(()) => {}
            Err(Errno::PERM) if by_fuse(path) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn by_fuse(path: &Path) -> bool {
    ["fusermount3", "fusermount"].into_iter().any(|program| {
        let mut command = Command::new(program);
        command.arg("-uz").arg(path).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_mounted_and_a_new_directory_is_not() {
        let dir = tempfile::tempdir().unwrap();
        assert!(is_mounted(Path::new("/proc")).unwrap());
        assert!(!is_mounted(dir.path()).unwrap());
        assert!(!is_mounted(&dir.path().join("missing")).unwrap());
        clear(dir.path()).unwrap();
    }
}
