//! In what one entry differs from what it was.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Stat};

use super::Detail;
use crate::error::ReadError;
use crate::tree::{file_type, is_directory, open_file, same_bytes, target, xattrs};

/// An entry of a directory, or a file known by its descriptor alone.
pub(crate) struct Entry<'a> {
    directory: &'a OwnedFd,
    name: Option<&'a [u8]>,
    stat: &'a Stat,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(directory: &'a OwnedFd, name: &'a [u8], stat: &'a Stat) -> Self {
        let name = Some(name);
        Self {
            directory,
            name,
            stat,
        }
    }

    pub(crate) fn alone(file: &'a OwnedFd, stat: &'a Stat) -> Self {
        Self {
            directory: file,
            name: None,
            stat,
        }
    }

    fn open(&self) -> io::Result<File> {
        match self.name {
            Some(name) => open_file(self.directory, name),
            None => File::open(format!("/proc/self/fd/{}", self.directory.as_raw_fd())),
        }
    }

    fn xattrs(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.name
            .map_or_else(Vec::new, |name| xattrs(self.directory, name))
    }
}

/// Returns the differences; a directory's times change with every entry and do not count.
pub(crate) fn details(old: &Entry<'_>, new: &Entry<'_>, path: &Path) -> Result<Vec<Detail>, ReadError> {
    let (before, now) = (old.stat, new.stat);
    let mut what = Vec::new();
    if file_type(before) != file_type(now) {
        return Ok(vec![Detail::Type]);
    }
    if !same_content(old, new).map_err(ReadError::on("compare", path))? {
        what.push(Detail::Content);
    }
    let link = file_type(now) == FileType::Symlink;
    if !link && before.st_mode != now.st_mode {
        what.push(Detail::Mode);
    }
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid) {
        what.push(Detail::Owner);
    }
    if old.xattrs() != new.xattrs() {
        what.push(Detail::Xattr);
    }
    let time = |stat: &Stat| (stat.st_mtime, stat.st_mtime_nsec);
    if !is_directory(now) && time(before) != time(now) {
        what.push(Detail::Times);
    }
    Ok(what)
}

fn same_content(old: &Entry<'_>, new: &Entry<'_>) -> io::Result<bool> {
    let (before, now) = (old.stat, new.stat);
    match file_type(now) {
        FileType::RegularFile if before.st_size != now.st_size => Ok(false),
        FileType::RegularFile => match (old.open(), new.open()) {
            (Ok(before), Ok(now)) => same_bytes(before, now),
            // Whom it may not be shown has not written it either.
            (Err(error), _) | (_, Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => Ok(true),
            (Err(error), _) | (_, Err(error)) => Err(error),
        },
        FileType::Symlink => match (old.name, new.name) {
            (Some(a), Some(b)) => Ok(target(old.directory, a)? == target(new.directory, b)?),
            _ => Ok(true),
        },
        FileType::CharacterDevice | FileType::BlockDevice => Ok(before.st_rdev == now.st_rdev),
        _ => Ok(true),
    }
}
