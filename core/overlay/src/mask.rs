//! A layer between what is below and what is written: it hides paths.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, mkdirat, mknodat, openat, openat2, statat};
use rustix::io::Errno;

use crate::error::PushError;
use crate::mount::{Store, resemble};

/// Makes the layer that hides those of the paths that lie in the tree at `path`, if any does.
pub(crate) fn layer(
    store: &mut Store,
    path: &Path,
    old: &OwnedFd,
    hide: &[PathBuf],
) -> Result<Option<OwnedFd>, PushError> {
    let inside = |hidden: &PathBuf| hidden.strip_prefix(path).ok().map(Path::to_path_buf);
    let hidden: Vec<PathBuf> = hide.iter().filter_map(inside).collect();
    if hidden.is_empty() {
        return Ok(None);
    }
    let mask = store
        .directory("m")
        .map_err(PushError::step(|| "make a layer that hides"))?;
    resemble(&mask, old.as_fd()).map_err(PushError::step(|| "make a layer that hides"))?;
    for relative in hidden {
        whiteout(&mask, old, &relative).map_err(|errno| PushError::Path {
            option: "hide",
            path: path.join(&relative),
            source: errno.into(),
        })?;
    }
    Ok(Some(mask))
}

fn whiteout(mask: &OwnedFd, old: &OwnedFd, relative: &Path) -> Result<(), Errno> {
    if statat(old, relative, AtFlags::SYMLINK_NOFOLLOW).is_err() {
        return Ok(());
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut here = openat(mask, ".", flags, Mode::empty())?;
    let mut so_far = PathBuf::new();
    let parent = relative.parent().unwrap_or(Path::new(""));
    for name in parent {
        so_far.push(name);
        match mkdirat(&here, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
        here = openat(&here, name, flags, Mode::empty())?;
        let below = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let model = openat2(old, &so_far, below, Mode::empty(), ResolveFlags::NO_SYMLINKS)?;
        resemble(&here, model.as_fd())?;
    }
    let name = relative.file_name().unwrap_or_default();
    match mknodat(&here, name, FileType::CharacterDevice, Mode::empty(), 0) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}
