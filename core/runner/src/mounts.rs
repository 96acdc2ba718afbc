//! What is mounted below a directory: found in the kernel's table, and unmounted.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::mount::{UnmountFlags, unmount};

/// A mount that a test left, and why it is still there if it is.
#[derive(Debug)]
pub(crate) struct LeftMount {
    pub(crate) at: PathBuf,
    pub(crate) stuck: Option<io::Error>,
}

/// Everything mounted in or below `dir`, the innermost first.
pub(crate) fn below(dir: &Path) -> Vec<PathBuf> {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let table = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let mut found: Vec<PathBuf> = mount_points(&table)
        .filter(|point| point.starts_with(&dir))
        .collect();
    // Later lines lie over or in earlier ones.
    found.reverse();
    found
}

/// Unmounts everything in or below `dir`, whoever still uses it.
pub(crate) fn clear(dir: &Path) -> Vec<LeftMount> {
    let found = below(dir).into_iter();
    found
        .map(|at| LeftMount {
            stuck: detach(&at).err(),
            at,
        })
        .collect()
}

/// FUSE's own program can do it where that needs no root.
fn detach(at: &Path) -> io::Result<()> {
    match unmount(at, UnmountFlags::DETACH) {
        Err(rustix::io::Errno::PERM) if by_fuse(at) => Ok(()),
        done => done.map_err(Into::into),
    }
}

fn by_fuse(at: &Path) -> bool {
    ["fusermount3", "fusermount"].into_iter().any(|program| {
        let mut command = Command::new(program);
        command.arg("-uz").arg(at).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// The mount points of a table such as `/proc/self/mountinfo`: its fifth column, in which blanks and the like stand as
/// three octal digits. (The crate `procfs` leaves those as they are, and a table with a name that is no UTF-8 unread.)
pub fn mount_points(table: &[u8]) -> impl Iterator<Item = PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_read_with_their_blanks() {
        let table = b"36 35 98:0 /mnt1 /mnt/a\\040b rw - ext3 /dev/root rw\n37 35 98:0 / / rw - x x x\n";
        let all: Vec<PathBuf> = mount_points(table).collect();
        assert_eq!(all, [PathBuf::from("/mnt/a b"), PathBuf::from("/")]);
    }

    #[test]
    fn only_what_lies_in_the_directory_is_found() {
        assert!(below(Path::new("/proc")).contains(&PathBuf::from("/proc")));
        let dir = tempfile::tempdir().unwrap();
        assert!(below(dir.path()).is_empty() && clear(dir.path()).is_empty());
    }
}
