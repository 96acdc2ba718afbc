//! What is no overlay: files that are mounts, directories made anew, and what stands beside mounts in a root.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, chmodat, fstat, mkdirat, openat, readlinkat, statat, symlinkat,
    utimensat,
};
use rustix::io::Errno;

use super::assembly::{Assembly, at};
use crate::error::PushError;
use crate::level::{Made, Region, Stamp};
use crate::mount::{LONGEST_COPY, clone_tree, resemble, times};

impl Assembly<'_> {
    /// A file that is a mount cannot be overlaid; a copy of it takes its place.
    pub(super) fn file(&mut self, path: &Path, source: &Arc<OwnedFd>) -> Result<(), PushError> {
        let failed = || PushError::step(format!("copy the mounted file {}", path.display()));
        let stat = fstat(source).map_err(failed())?;
        if stat.st_size.cast_unsigned() > LONGEST_COPY {
            return self.fall_back(path, source, "a mounted file of that size is not copied".into());
        }
        let (directory, _) = self.store.directory("f").map_err(failed())?;
        if let Err(error) = copy_file(source, &directory, "file") {
            return self.fall_back(
                path,
                source,
                format!("a mounted file that cannot be read: {error}"),
            );
        }
        self.target_exists(path, source)?;
        let copy = clone_tree(directory.as_fd(), "file".as_ref()).map_err(failed())?;
        let new = self.attach(copy, path)?;
        self.regions.push(Region::File(Made {
            path: path.to_owned(),
            old: Arc::clone(source),
            new,
            entries: Arc::default(),
        }));
        Ok(())
    }

    pub(super) fn directory(
        &mut self,
        path: &Path,
        old: &Arc<OwnedFd>,
        names: &Arc<HashSet<Vec<u8>>>,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(format!("make {} in the view", path.display()));
        if self.root.is_none() {
            let (directory, _) = self.store.directory("s").map_err(failed())?;
            resemble(&directory, old.as_fd()).map_err(failed())?;
            let mount = clone_tree(directory.as_fd(), "".as_ref()).map_err(failed())?;
            self.attach(mount, path)?;
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
            entries: Arc::new(
                names
                    .iter()
                    .map(|name| (name.clone(), Stamp::default()))
                    .collect(),
            ),
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
        let failed = || PushError::step(format!("keep {} in the view", path.display()));
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
    pub(super) fn stamp(&mut self) {
        for region in &mut self.regions {
            if let Region::Directory(made) = region {
                let stamp = |name: &Vec<u8>| statat(&made.new, &**name, AtFlags::SYMLINK_NOFOLLOW);
                let entries = made
                    .entries
                    .keys()
                    .filter_map(|name| Some((name.clone(), Stamp::from(&stamp(name).ok()?))));
                made.entries = Arc::new(entries.collect());
            }
        }
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
            Err(errno) => Err(PushError::step(format!("make {} in the view", path.display()))(
                errno,
            )),
        }
    }

    pub(super) fn target_exists(&self, path: &Path, source: &OwnedFd) -> Result<(), PushError> {
        if !self.store.user_xattr || self.root.is_none() {
            return Ok(());
        }
        let failed = || PushError::step(format!("make {} in the view", path.display()));
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

/// Copies a file that is only known by a descriptor without rights, with its mode and times.
fn copy_file(source: &OwnedFd, directory: &OwnedFd, name: impl rustix::path::Arg + Copy) -> io::Result<()> {
    let mut from = File::open(format!("/proc/self/fd/{}", source.as_raw_fd()))?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut to = File::from(openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?);
    io::copy(&mut from, &mut to)?;
    let stat = fstat(source)?;
    chmodat(
        directory,
        name,
        Mode::from_raw_mode(stat.st_mode),
        AtFlags::empty(),
    )?;
    Ok(utimensat(directory, name, &times(&stat), AtFlags::empty())?)
}
