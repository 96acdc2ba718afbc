//! Carrying chosen changes over to the tree below a view.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid, XattrFlags, chmodat,
    chownat, lsetxattr, mkdirat, mknodat, openat, openat2, renameat, statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;

use crate::changes::{Change, Changes, Detail, Kind, Views};
use crate::entry::{Entry, EntryKind, entries};
use crate::error::ReadError;
use crate::mount::below_root;
use crate::tree::{path_of, xattrs};

/// Carries the chosen changes over, and what they cannot do without: the new directories that they lie in, and what is
/// deleted below a path that becomes something else. Returns all that was carried over.
pub(crate) fn commit(
    views: &Views,
    changes: &Changes,
    below: &OwnedFd,
    chosen: impl Fn(&Change) -> bool,
) -> Result<Changes, ReadError> {
    let chosen: Vec<&Change> = changes.iter().filter(|change| chosen(change)).collect();
    let needed = |change: &Change| {
        chosen.iter().any(|it| {
            let parent =
                change.kind == Kind::Add && it.path.starts_with(&change.path) && it.kind != Kind::Del;
            let replaced = change.kind == Kind::Del
                && change.path.starts_with(&it.path)
                && (it.kind == Kind::Del || it.what.contains(&Detail::Type));
            *it == change || parent || replaced
        })
    };
    let all = Changes(changes.iter().filter(|change| needed(change)).cloned().collect());
    let entries = entries(views, &all)?;
    // Deepest first, so that directories are empty when it is their turn; then parents before their children.
    for change in all.iter().rev().filter(|change| change.kind == Kind::Del) {
        carry(below, &change.path, remove)?;
    }
    for change in all.iter().filter(|change| change.kind != Kind::Del) {
        if let Some(entry) = entries.get(&change.path) {
            carry(below, &change.path, |parent, name| {
                put(entry, change, parent, name)
            })?;
        }
    }
    Ok(all)
}

fn carry(
    below: &OwnedFd,
    path: &Path,
    step: impl FnOnce(&OwnedFd, &[u8]) -> io::Result<()>,
) -> Result<(), ReadError> {
    let relative = below_root(path);
    let name = relative
        .file_name()
        .map_or(&b"."[..], |name| name.as_bytes())
        .to_vec();
    let parent = match relative.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS;
    let parent =
        openat2(below, &parent, flags, Mode::empty(), resolve).map_err(ReadError::on("carry over", path))?;
    step(&parent, &name).map_err(ReadError::on("carry over", path))
}

fn remove(parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    let stat = match statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        stat => stat?,
    };
    let flags = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => AtFlags::REMOVEDIR,
        _ => AtFlags::empty(),
    };
    Ok(unlinkat(parent, name, flags)?)
}

fn put(entry: &Entry, change: &Change, parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    if entry.kind == EntryKind::Directory {
        if change.what.contains(&Detail::Type) {
            remove(parent, name)?;
        }
        match mkdirat(parent, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        return attributes(entry, parent, name);
    }
    // Made under another name and moved into place: a reader sees the old or the new, never a part.
    let mut beside = b".gkfs-overlay-commit-".to_vec();
    beside.extend_from_slice(name);
    beside.truncate(255);
    remove(parent, &beside)?;
    make(entry, parent, &beside)?;
    let moved = attributes(entry, parent, &beside).and_then(|()| {
        if change.what.contains(&Detail::Type) {
            remove(parent, name)?;
        }
        Ok(renameat(parent, &*beside, parent, name)?)
    });
    if moved.is_err() {
        let _ = remove(parent, &beside);
    }
    moved
}

fn make(entry: &Entry, parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    match entry.kind {
        EntryKind::File => {
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
            let mut to = File::from(openat(parent, name, flags, Mode::RUSR | Mode::WUSR)?);
            io::copy(&mut entry.open()?, &mut to)?;
            Ok(())
        }
        EntryKind::Symlink => Ok(symlinkat(&*entry.content()?, parent, name)?),
        kind => {
            let kind = match kind {
                EntryKind::Fifo => FileType::Fifo,
                EntryKind::Socket => FileType::Socket,
                _ => device_type(entry)?,
            };
            Ok(mknodat(parent, name, kind, Mode::RUSR | Mode::WUSR, entry.rdev)?)
        }
    }
}

fn device_type(entry: &Entry) -> io::Result<FileType> {
    let source = entry.source.as_ref().ok_or(io::ErrorKind::NotFound)?;
    let (directory, name) = source.parent()?;
    let stat = statat(&directory, &*name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

/// Gives the entry owner, mode, attributes and times, in the order in which none undoes another.
fn attributes(entry: &Entry, parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    let owner = (Uid::from_raw(entry.uid), Gid::from_raw(entry.gid));
    chownat(
        parent,
        name,
        Some(owner.0),
        Some(owner.1),
        AtFlags::SYMLINK_NOFOLLOW,
    )?;
    if entry.kind != EntryKind::Symlink {
        chmodat(parent, name, Mode::from_raw_mode(entry.mode), AtFlags::empty())?;
    }
    if let Some(source) = &entry.source {
        let (directory, from) = source.parent()?;
        for (key, value) in xattrs(&directory, &from) {
            lsetxattr(path_of(parent, name), &*key, &value, XattrFlags::empty())?;
        }
    }
    let time = Timespec {
        tv_sec: entry.mtime.0,
        tv_nsec: entry.mtime.1.cast_signed(),
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    Ok(utimensat(parent, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
