//! Reading a tree by descriptors, so that no name on the way can lead elsewhere.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;

use crate::error::ReadError;

/// The largest value of an extended attribute, and the longest list of their names.
const LONGEST_XATTR: usize = 64 << 10;

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

pub(crate) fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

pub(crate) fn is_directory(stat: &Stat) -> bool {
    file_type(stat) == FileType::Directory
}

/// What the kernel puts into an upper directory for a name that was deleted.
pub(crate) fn is_whiteout(stat: &Stat) -> bool {
    file_type(stat) == FileType::CharacterDevice && stat.st_rdev == 0
}

/// Looks at an entry; nothing there is no error.
pub(crate) fn look(directory: &OwnedFd, name: &[u8], path: &Path) -> Result<Option<Stat>, ReadError> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(ReadError::on("look at", path)(errno)),
    }
}

pub(crate) fn enter(directory: &OwnedFd, name: &[u8], path: &Path) -> Result<OwnedFd, ReadError> {
    openat(directory, name, DIRECTORY, Mode::empty()).map_err(ReadError::on("open", path))
}

/// Returns the names in the directory.
pub(crate) fn names(directory: &OwnedFd, path: &Path) -> Result<Vec<Vec<u8>>, ReadError> {
    let readable = enter(directory, b".", path)?;
    let mut names = Vec::new();
    for entry in Dir::new(readable).map_err(ReadError::on("list", path))? {
        let entry = entry.map_err(ReadError::on("list", path))?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(name.to_vec());
        }
    }
    Ok(names)
}

/// Whether the directory can be read, and there is nothing in it.
pub(crate) fn is_empty(directory: &OwnedFd) -> bool {
    // Where directories are counted, one that holds another is not opened for it.
    if !fstat(directory).is_ok_and(|stat| stat.st_nlink <= 2) {
        return false;
    }
    let opened = enter(directory, b".", Path::new("")).ok();
    let Some(mut entries) = opened.and_then(|opened| Dir::new(opened).ok()) else {
        return false;
    };
    let is_itself = |name: &CStr| name == c"." || name == c"..";
    entries.all(|entry| entry.is_ok_and(|entry| is_itself(entry.file_name())))
}

pub(crate) fn open_file(directory: &OwnedFd, name: &[u8]) -> io::Result<File> {
    // What is no regular file would wait for somebody on its other end.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(openat(directory, name, flags, Mode::empty())?.into())
}

pub(crate) fn target(directory: &OwnedFd, name: &[u8]) -> io::Result<Vec<u8>> {
    Ok(readlinkat(directory, name, Vec::new())?.into_bytes())
}

/// A path of the process that leads to the entry, for calls that know no descriptors.
pub(crate) fn path_of(directory: &OwnedFd, name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    let mut path = PathBuf::from(format!("/proc/self/fd/{}", directory.as_fd().as_raw_fd()));
    path.push(std::ffi::OsStr::from_bytes(name));
    path
}

/// Returns the extended attributes that belong to the file, not to an overlay, by name.
pub(crate) fn xattrs(directory: &OwnedFd, name: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let path = path_of(directory, name);
    let mut list = vec![0_u8; LONGEST_XATTR];
    let Ok(length) = rustix::fs::llistxattr(&path, &mut *list) else {
        return Vec::new();
    };
    let names = list[..length].split(|byte| *byte == 0);
    let of_the_file = names.filter(|name| {
        !name.is_empty() && !name.starts_with(b"trusted.overlay.") && !name.starts_with(b"user.overlay.")
    });
    let mut found: Vec<_> = of_the_file
        .filter_map(|name| Some((name.to_vec(), xattr(&path, name)?)))
        .collect();
    found.sort();
    found
}

/// Returns the value of one attribute, if it is there and may be read.
pub(crate) fn xattr(path: &Path, name: &[u8]) -> Option<Vec<u8>> {
    let mut value = vec![0_u8; 256];
    loop {
        match rustix::fs::lgetxattr(path, name, &mut *value) {
            Ok(length) => {
                value.truncate(length);
                return Some(value);
            }
            Err(Errno::RANGE) if value.len() < LONGEST_XATTR => value.resize(LONGEST_XATTR, 0),
            Err(_) => return None,
        }
    }
}

/// Whether both files hold the same bytes.
pub(crate) fn same_bytes(mut a: File, mut b: File) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0_u8; 64 << 10], vec![0_u8; 64 << 10]);
    loop {
        let count = fill(&mut a, &mut left)?;
        if count != fill(&mut b, &mut right)? || left[..count] != right[..count] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}
