//! What is mounted where, and how it is unmounted.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
pub(crate) fn is_mounted(path: &Path) -> io::Result<bool> {
    let mut text = Vec::new();
    File::open(TABLE)?.read_to_end(&mut text)?;
    Ok(points(&text).any(|point| point == path))
}

/// The mount points of a table: its fifth column.
fn points(table: &[u8]) -> impl Iterator<Item = PathBuf> {
    let lines = table.split(|&byte| byte == b'\n');
    lines.filter_map(|line| Some(unescaped(line.split(|&byte| byte == b' ').nth(4)?)))
}

/// Blanks and the like stand as `\040`.
fn unescaped(bytes: &[u8]) -> PathBuf {
    let mut path = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 4).filter(|_| bytes[at] == b'\\');
        let code = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 8).ok());
        path.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 4 } else { 1 };
    }
    OsString::from_vec(path).into()
}

/// Unmounts everything at `path`, whoever still uses it, with the help of FUSE's own program where that needs no root.
pub(crate) fn clear(path: &Path) -> io::Result<()> {
    while is_mounted(path)? {
        match unmount(path, UnmountFlags::DETACH) {
            Ok(()) => {}
            Err(rustix::io::Errno::PERM) if by_fuse(path) => {}
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
    fn mount_points_are_read_with_their_blanks() {
        let table = b"36 35 98:0 /mnt1 /mnt/a\\040b rw - ext3 /dev/root rw\n37 35 98:0 / / rw - x x x\n";
        let all: Vec<PathBuf> = points(table).collect();
        assert_eq!(all, [PathBuf::from("/mnt/a b"), PathBuf::from("/")]);
    }

    #[test]
    fn the_root_is_mounted_and_a_new_directory_is_not() {
        let dir = tempfile::tempdir().unwrap();
        assert!(is_mounted(Path::new("/proc")).unwrap());
        assert!(!is_mounted(dir.path()).unwrap());
        clear(dir.path()).unwrap();
    }
}
