//! Copies of directories and files: what stands in a view for what the kernel makes no overlay of.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Stat, Uid, XattrFlags, chmodat, chownat, fstat,
    linkat, lsetxattr, mkdirat, mknodat, openat, openat2, readlinkat, statat, symlinkat, utimensat,
};
use rustix::io::Errno;

use crate::leaks::file_time;
use crate::level::{Entries, Known, Stamp};
use crate::mount::{Needs, resemble, times};
use crate::tree::{file_type, is_directory, path_of, xattrs};

/// What is shown as it is, read-only: where, what, and why it is no copy.
pub(super) type Refused = (PathBuf, OwnedFd, String);

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Copies what is in a directory into another. Where something is mounted, only a place for it is made; what may not be
/// read or made is returned, with such a place, too.
pub(super) fn tree(from: &OwnedFd, to: &OwnedFd, path: &Path, hide: &[PathBuf]) -> io::Result<Vec<Refused>> {
    let mut copier = Copier {
        hide,
        links: HashMap::new(),
        refused: Vec::new(),
    };
    copier.directory(from, to, path)?;
    Ok(copier.refused)
}

struct Copier<'a> {
    hide: &'a [PathBuf],
    /// The first copy of each file that has several names.
    links: HashMap<(u64, u64), (Arc<OwnedFd>, Vec<u8>)>,
    refused: Vec<Refused>,
}

impl Copier<'_> {
    fn directory(&mut self, from: &OwnedFd, to: &OwnedFd, path: &Path) -> io::Result<()> {
        let readable = openat(from, ".", DIRECTORY, Mode::empty())?;
        let to = Arc::new(openat(to, ".", DIRECTORY, Mode::empty())?);
        for name in names(&readable)? {
            let path = path.join(OsStr::from_bytes(&name));
            if !self.hide.contains(&path) {
                self.entry(&readable, &to, &name, &path)?;
            }
        }
        for (key, value) in xattrs(&readable, b".") {
            // The memory does not take all of them, and an ordinary user may not give some.
            let _ = lsetxattr(path_of(&to, b"."), &*key, &value, XattrFlags::empty());
        }
        Ok(resemble(&to, std::os::fd::AsFd::as_fd(&readable))?)
    }

    fn entry(&mut self, from: &OwnedFd, to: &Arc<OwnedFd>, name: &[u8], path: &Path) -> io::Result<()> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let source = match openat2(from, name, flags, Mode::empty(), ResolveFlags::NO_XDEV) {
            Ok(source) => source,
            // Removed meanwhile.
            Err(Errno::NOENT) => return Ok(()),
            Err(Errno::XDEV) => {
                return place_for(statat(from, name, AtFlags::SYMLINK_NOFOLLOW).ok(), to, name);
            }
            Err(errno) => return Err(errno.into()),
        };
        let stat = fstat(&source)?;
        match self.one((from, &source, &stat), to, name, path) {
            Err(error) if is_refusal(&error) => {
                place_for(Some(stat), to, name)?;
                let why = format!("it cannot be copied: {error}");
                self.refused.push((path.to_owned(), source, why));
                Ok(())
            }
            result => result,
        }
    }

    fn one(
        &mut self,
        (from, source, stat): (&OwnedFd, &OwnedFd, &Stat),
        to: &Arc<OwnedFd>,
        name: &[u8],
        path: &Path,
    ) -> io::Result<()> {
        match file_type(stat) {
            FileType::Directory => {
                // Whether it may be read is asked before anything is made.
                drop(openat(source, ".", DIRECTORY, Mode::empty())?);
                mkdirat(to, name, Mode::RWXU)?;
                return self.directory(source, &openat(to, name, DIRECTORY, Mode::empty())?, path);
            }
            FileType::RegularFile => {
                let number = (stat.st_dev, stat.st_ino);
                if let Some((directory, first)) = self.links.get(&number) {
                    return Ok(linkat(directory, &**first, to, name, AtFlags::empty())?);
                }
                file(source, to, name)?;
                if stat.st_nlink > 1 {
                    self.links.insert(number, (Arc::clone(to), name.to_vec()));
                }
            }
            FileType::Symlink => {
                symlinkat(&*readlinkat(from, name, Vec::new())?, to, name)?;
                own(to, name, stat)?;
            }
            kind => {
                mknodat(to, name, kind, Mode::RUSR | Mode::WUSR, stat.st_rdev)?;
                own(to, name, stat)?;
                chmodat(to, name, Mode::from_raw_mode(stat.st_mode), AtFlags::empty())?;
            }
        }
        for (key, value) in xattrs(from, name) {
            let _ = lsetxattr(path_of(to, name), &*key, &value, XattrFlags::empty());
        }
        Ok(utimensat(to, name, &times(stat), AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// Copies a file that is only known by a descriptor without rights, with its owner where that is allowed, its mode and
/// its times.
pub(super) fn file(
    source: &OwnedFd,
    directory: &OwnedFd,
    name: impl rustix::path::Arg + Copy,
) -> io::Result<()> {
    let mut from = File::open(format!("/proc/self/fd/{}", source.as_raw_fd()))?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut to = File::from(openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?);
    io::copy(&mut from, &mut to)?;
    let stat = fstat(source)?;
    own(directory, name, &stat)?;
    let mode = Mode::from_raw_mode(stat.st_mode);
    chmodat(directory, name, mode, AtFlags::empty())?;
    Ok(utimensat(directory, name, &times(&stat), AtFlags::empty())?)
}

/// Gives the copy its owner, unless that has no name here: then it is the user's.
fn own(directory: &OwnedFd, name: impl rustix::path::Arg, stat: &Stat) -> io::Result<()> {
    let owner = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    match chownat(
        directory,
        name,
        Some(owner.0),
        Some(owner.1),
        AtFlags::SYMLINK_NOFOLLOW,
    ) {
        Ok(()) | Err(Errno::PERM | Errno::INVAL) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EACCES | libc::EPERM))
}

/// An empty directory or file, for something to be mounted on. What cannot be looked at is somebody else's file system.
fn place_for(stat: Option<Stat>, to: &OwnedFd, name: &[u8]) -> io::Result<()> {
    if stat.is_none_or(|stat| is_directory(&stat)) {
        return Ok(mkdirat(to, name, Mode::from_raw_mode(0o755))?);
    }
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    Ok(openat(to, name, flags, Mode::from_raw_mode(0o644)).map(drop)?)
}

/// Notes how everything below a directory that was copied looks now.
pub(super) fn note(top: &OwnedFd) -> io::Result<Known> {
    let mut known = Known::default();
    let mut waiting = vec![(PathBuf::new(), openat(top, ".", DIRECTORY, Mode::empty())?)];
    while let Some((relative, directory)) = waiting.pop() {
        let mut entries = Entries::new();
        for name in names(&directory)? {
            let stat = statat(&directory, &*name, AtFlags::SYMLINK_NOFOLLOW)?;
            entries.insert(name.clone(), Stamp::from(&stat));
            if is_directory(&stat) {
                let below = openat(&directory, &*name, DIRECTORY, Mode::empty())?;
                waiting.push((relative.join(OsStr::from_bytes(&name)), below));
            }
        }
        known.directories.insert(relative, entries);
    }
    known.noted = file_time();
    Ok(known)
}

/// Adds what a copy of the directory takes, as far as it can be looked into.
pub(super) fn measure(source: &OwnedFd, needs: &mut Needs) {
    let Ok(readable) = openat(source, ".", DIRECTORY, Mode::empty()) else {
        return;
    };
    let device = fstat(&readable).map(|stat| stat.st_dev);
    for name in names(&readable).unwrap_or_default() {
        let Ok(stat) = statat(&readable, &*name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        needs.inodes += 1;
        match file_type(&stat) {
            FileType::Directory if device == Ok(stat.st_dev) => {
                if let Ok(below) = openat(&readable, &*name, DIRECTORY, Mode::empty()) {
                    measure(&below, needs);
                }
            }
            FileType::RegularFile => needs.bytes += stat.st_size.cast_unsigned().next_multiple_of(4096),
            _ => {}
        }
    }
}

fn names(directory: &OwnedFd) -> io::Result<Vec<Vec<u8>>> {
    crate::tree::names(directory, Path::new("")).map_err(|error| error.source)
}
