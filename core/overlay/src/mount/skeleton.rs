//! The root of an ordinary user's view.
//!
//! In a user namespace the machine's mounts are locked together, and the kernel makes no overlay of a directory with
//! a mount below it. Such directories are made anew in memory, and each of their subtrees gets an overlay of its own.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Access, AtFlags, Dir, FileType, Mode, OFlags, Stat, accessat, openat, statat};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::plan::{LONGEST_COPY, Part, Wishes, open_mount, part_of, tree};
use super::table::Mount;
use crate::error::PushError;

/// Plans the pieces from the mounts that can be reached.
pub(super) fn plan(mounts: &[Mount], wishes: &Wishes) -> Result<Vec<Part>, PushError> {
    let mut planner = Planner {
        mounts,
        wishes,
        parts: Vec::new(),
    };
    planner.mount(&mounts[0])?;
    Ok(planner.parts)
}

/// Plans the same directory of a root again, as it looks in the outer view; `known` are the paths of other pieces.
pub(super) fn again(
    path: &Path,
    directory: &Arc<OwnedFd>,
    wishes: &Wishes,
    known: &dyn Fn(&Path) -> bool,
) -> Result<Vec<Part>, PushError> {
    let mut parts = Vec::new();
    let mut names = HashSet::new();
    for (name, kind) in list(directory, path)? {
        let path = path.join(OsStr::from_bytes(&name));
        if wishes.replace(&path) || known(&path) {
            continue;
        }
        if let Some(part) = plain(path, directory, &name, kind)? {
            parts.push(part);
            names.insert(name);
        }
    }
    parts.push(Part::Directory {
        path: path.to_owned(),
        old: Arc::clone(directory),
        names: Arc::new(names),
    });
    Ok(parts)
}

/// An entry with no mount below it; nothing if it has just vanished.
fn plain(
    path: PathBuf,
    directory: &Arc<OwnedFd>,
    name: &[u8],
    kind: FileType,
) -> Result<Option<Part>, PushError> {
    if kind == FileType::Directory {
        return Ok(open_below(directory, name)?
            .map(|subdirectory| tree(path, Arc::new(subdirectory), MountAttrFlags::empty())));
    }
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(PushError::step(|| format!("look at {}", path.display()))(errno)),
        Ok(stat) => Ok(Some(Part::Keep {
            path,
            directory: Arc::clone(directory),
            kind: FileType::from_raw_mode(stat.st_mode),
            size: copied(directory, name, &stat),
        })),
    }
}

/// A regular file that can be read and is not too long is copied.
fn copied(directory: &OwnedFd, name: &[u8], stat: &Stat) -> Option<u64> {
    let size = stat.st_size.cast_unsigned();
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let readable = || accessat(directory, name, Access::READ_OK, AtFlags::EACCESS).is_ok();
    (regular && size <= LONGEST_COPY && readable()).then_some(size)
}

struct Planner<'a> {
    mounts: &'a [Mount],
    wishes: &'a Wishes,
    parts: Vec<Part>,
}

impl Planner<'_> {
    fn mount(&mut self, mount: &Mount) -> Result<(), PushError> {
        let Some(source) = open_mount(mount)? else {
            return Ok(());
        };
        if !self.has_mounts_below(&mount.path) {
            self.parts.push(part_of(mount, source)?);
        } else if mount.holds_data() && mount.kind != "devtmpfs" {
            self.directory(mount.path.clone(), source)?;
        } else {
            self.system(mount, source)?;
        }
        Ok(())
    }

    /// A tree of devices or settings comes as it is; only what holds data in it is overlaid.
    fn system(&mut self, mount: &Mount, source: Arc<OwnedFd>) -> Result<(), PushError> {
        self.parts.push(Part::Bind {
            path: mount.path.clone(),
            source,
            read_only: mount.kind != "proc",
            is_free: false,
        });
        // Below /proc and /sys there is nothing of an ordinary user's.
        if mount.kind == "devtmpfs" {
            let data = self.below(&mount.path).filter(|below| below.holds_data());
            let data: Vec<Mount> = data.cloned().collect();
            for below in data {
                if let Some(source) = open_mount(&below)? {
                    self.parts.push(part_of(&below, source)?);
                }
            }
        }
        Ok(())
    }

    fn directory(&mut self, path: PathBuf, directory: Arc<OwnedFd>) -> Result<(), PushError> {
        let Ok(listing) = list(&directory, &path) else {
            // Nobody's to read: it comes as it is, and nothing in it can be written.
            self.parts.push(Part::Bind {
                path,
                source: directory,
                read_only: true,
                is_free: false,
            });
            return Ok(());
        };
        let mut names = HashSet::new();
        for (name, kind) in listing {
            let below = path.join(OsStr::from_bytes(&name));
            if self.wishes.replace(&below) {
                continue;
            }
            if let Some(mount) = self.mounts.iter().find(|mount| mount.path == below) {
                self.mount(mount)?;
            } else if kind == FileType::Directory && self.has_mounts_below(&below) {
                if let Some(subdirectory) = open_below(&directory, &name)? {
                    self.directory(below, Arc::new(subdirectory))?;
                }
            } else if let Some(part) = plain(below, &directory, &name, kind)? {
                self.parts.push(part);
            } else {
                continue;
            }
            names.insert(name);
        }
        self.parts.push(Part::Directory {
            path,
            old: directory,
            names: Arc::new(names),
        });
        Ok(())
    }

    fn below<'b>(&'b self, path: &'b Path) -> impl Iterator<Item = &'b Mount> {
        let inside = move |mount: &&Mount| mount.path.starts_with(path) && mount.path != path;
        self.mounts.iter().filter(inside)
    }

    fn has_mounts_below(&self, path: &Path) -> bool {
        self.below(path).next().is_some()
    }
}

/// Opens a directory; nothing if it has just vanished.
fn open_below(directory: &OwnedFd, name: &[u8]) -> Result<Option<OwnedFd>, PushError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(directory, name, flags, Mode::empty()) {
        Ok(directory) => Ok(Some(directory)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(PushError::step(|| {
            format!("open {}", String::from_utf8_lossy(name))
        })(errno)),
    }
}

fn list(directory: &OwnedFd, path: &Path) -> Result<Vec<(Vec<u8>, FileType)>, PushError> {
    let failed = || PushError::step(|| format!("list {}", path.display()));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let readable = openat(directory.as_fd(), ".", flags, Mode::empty()).map_err(failed())?;
    let mut entries = Vec::new();
    for entry in Dir::new(readable).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            entries.push((name.to_vec(), entry.file_type()));
        }
    }
    Ok(entries)
}
