//! What is no overlay: files that are mounts, directories made anew, and what stands beside mounts in a root.

use std::collections::{HashMap, HashSet};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, fstat, mkdirat, openat, readlinkat, statat, symlinkat, utimensat,
};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::assembly::{Assembly, at};
use super::copy::{self, file as copy_file};
use crate::error::PushError;
use crate::leaks::file_time;
use crate::level::{Known, Made, Region, Stamp};
use crate::mount::{LONGEST_COPY, clone_tree, resemble, times};
use crate::sys;

impl Assembly<'_> {
    /// A file that is a mount cannot be overlaid; a copy of it takes its place.
    pub(super) fn file(&mut self, path: &Path, source: &Arc<OwnedFd>) -> Result<(), PushError> {
        let failed = || PushError::step(|| format!("copy the mounted file {}", path.display()));
        let stat = fstat(source).map_err(failed())?;
        if stat.st_size.cast_unsigned() > LONGEST_COPY {
            return self.fall_back(path, source, "a mounted file of that size is not copied".into());
        }
        let directory = self.store.directory("f").map_err(failed())?;
        if let Err(error) = copy_file(source, &directory, "file") {
            return self.fall_back(
                path,
                source,
                format!("a mounted file that cannot be read: {error}"),
            );
        }
        self.target_exists(path, source)?;
        let copy = clone_tree(directory.as_fd(), "file".as_ref()).map_err(failed())?;
        let new = Arc::new(copy);
        self.attach(&new, path)?;
        self.regions.push(Region::File(Made {
            path: path.to_owned(),
            old: Arc::clone(source),
            new,
            attributes: MountAttrFlags::empty(),
            known: Arc::default(),
        }));
        Ok(())
    }

    /// A directory with all that is in it, but for what is mounted there.
    pub(super) fn copy(&mut self, path: &Path, source: &Arc<OwnedFd>) -> Result<(), PushError> {
        let failed = |source: io::Error| PushError::Path {
            option: "copy",
            path: path.to_owned(),
            source,
        };
        let made = self.store.directory("c").map_err(io::Error::from);
        let directory = made.map_err(failed)?;
        let refused = copy::tree(source, &directory, path, &self.wishes.hide).map_err(failed)?;
        self.root_directory_exists(path)?;
        let mount = clone_tree(directory.as_fd(), "".as_ref()).map_err(io::Error::from);
        self.attach(&Arc::new(mount.map_err(failed)?), path)?;
        for (path, source, why) in refused {
            self.fall_back(&path, &Arc::new(source), why)?;
        }
        self.regions.push(Region::Copy(Made {
            path: path.to_owned(),
            old: Arc::clone(source),
            new: Arc::new(directory),
            attributes: MountAttrFlags::empty(),
            known: Arc::default(),
        }));
        Ok(())
    }

    /// A directory with nothing in it, that looks like the old one.
    pub(super) fn empty(
        &mut self,
        path: &Path,
        old: &Arc<OwnedFd>,
        attributes: MountAttrFlags,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(|| format!("make {} in the view", path.display()));
        let directory = self.store.directory("e").map_err(failed())?;
        resemble(&directory, old.as_fd()).map_err(failed())?;
        self.root_directory_exists(path)?;
        let mount = clone_tree(directory.as_fd(), "".as_ref()).map_err(failed())?;
        if !attributes.is_empty() {
            let what = || format!("give {} in the view its mount options", path.display());
            sys::set_attributes(mount.as_fd(), attributes).map_err(PushError::failed(what))?;
        }
        self.attach(&Arc::new(mount), path)?;
        self.regions.push(Region::Copy(Made {
            path: path.to_owned(),
            old: Arc::clone(old),
            new: Arc::new(directory),
            attributes,
            known: Arc::default(),
        }));
        Ok(())
    }

    pub(super) fn directory(
        &mut self,
        path: &Path,
        old: &Arc<OwnedFd>,
        names: &Arc<HashSet<Vec<u8>>>,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(|| format!("make {} in the view", path.display()));
        if self.root.is_none() {
            let directory = self.store.directory("s").map_err(failed())?;
            resemble(&directory, old.as_fd()).map_err(failed())?;
            let mount = clone_tree(directory.as_fd(), "".as_ref()).map_err(failed())?;
            self.attach(&Arc::new(mount), path)?;
        } else {
            self.make_directory(path)?;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let new = openat(self.root_fd()?, at(path), flags, Mode::empty()).map_err(failed())?;
        resemble(&new, old.as_fd()).map_err(failed())?;
        self.regions.push(Region::Directory(Made {
            path: path.to_owned(),
            old: Arc::clone(old),
            new: Arc::new(new),
            attributes: MountAttrFlags::empty(),
            known: Arc::new(Known {
                directories: HashMap::from([(
                    PathBuf::new(),
                    names
                        .iter()
                        .map(|name| (name.clone(), Stamp::default()))
                        .collect(),
                )]),
                noted: (0, 0),
            }),
        }));
        Ok(())
    }

    pub(super) fn keep(
        &mut self,
        path: &Path,
        directory: &Arc<OwnedFd>,
        kind: FileType,
        copy: bool,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(|| format!("keep {} in the view", path.display()));
        let name = path.file_name().unwrap_or_default();
        if kind == FileType::Symlink {
            let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed())?;
            let target = readlinkat(directory, name, Vec::new()).map_err(failed())?;
            let root = self.root_fd()?;
            symlinkat(&*target, root, at(path)).map_err(failed())?;
            return utimensat(root, at(path), &times(&stat), AtFlags::SYMLINK_NOFOLLOW).map_err(failed());
        }
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let source = Arc::new(openat(directory, name, flags, Mode::empty()).map_err(failed())?);
        if copy {
            let root = self
                .root_fd()?
                .try_clone_to_owned()
                .map_err(|source| PushError::Step {
                    what: "keep the root open".into(),
                    source,
                })?;
            if copy_file(&source, &root, &at(path)).is_ok() {
                return Ok(());
            }
        }
        self.bind(path, &source, true)
    }

    /// Notes how everything in directories that were made looks before anybody touches it.
    pub(super) fn stamp(&mut self) -> Result<(), PushError> {
        for region in &mut self.regions {
            match region {
                Region::Directory(made) => {
                    let known = made.known.directories.values().flatten();
                    let stamp = |(name, _): (&Vec<u8>, &Stamp)| {
                        let stat = statat(&made.new, &**name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
                        Some((name.clone(), Stamp::from(&stat)))
                    };
                    let entries = known.filter_map(stamp).collect();
                    made.known = Arc::new(Known {
                        directories: HashMap::from([(PathBuf::new(), entries)]),
                        noted: file_time(),
                    });
                }
                Region::Copy(made) => {
                    let known = copy::note(&made.new).map_err(|source| PushError::Step {
                        what: format!("look through the copy of {}", made.path.display()),
                        source,
                    })?;
                    made.known = Arc::new(known);
                }
                Region::Overlay(_) | Region::File(_) => {}
            }
        }
        Ok(())
    }

    /// In a root made anew, mount points must be made, too.
    pub(super) fn root_directory_exists(&self, path: &Path) -> Result<(), PushError> {
        match &self.root {
            Some(_) if self.store.user_xattr => self.make_directory(path),
            _ => Ok(()),
        }
    }

    pub(super) fn make_directory(&self, path: &Path) -> Result<(), PushError> {
        match mkdirat(self.root_fd()?, at(path), Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST | Errno::ROFS) => Ok(()),
            Err(errno) => Err(PushError::step(|| format!("make {} in the view", path.display()))(errno)),
        }
    }

    pub(super) fn target_exists(&self, path: &Path, source: &OwnedFd) -> Result<(), PushError> {
        if !self.store.user_xattr || self.root.is_none() {
            return Ok(());
        }
        let failed = || PushError::step(|| format!("make {} in the view", path.display()));
        // What cannot be looked at is somebody else's file system.
        let is_directory = |stat: Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        if fstat(source).map_or(true, is_directory) {
            return self.make_directory(path);
        }
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        match openat(self.root_fd()?, at(path), flags, Mode::from_raw_mode(0o644)) {
            Ok(_) | Err(Errno::EXIST | Errno::ROFS) => Ok(()),
            Err(errno) => Err(failed()(errno)),
        }
    }
}
