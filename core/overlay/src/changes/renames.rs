//! Which of the paths that came are paths that went.

use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Stat, statat};

use super::view::View;
use super::{Change, Detail, Kind};
use crate::tree::{file_type, is_directory, path_of, xattr};

/// What the walk saw come and go.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    came: Vec<(PathBuf, Stat)>,
    /// By inode: an overlay keeps a file's number when it copies it.
    went: HashMap<u64, (PathBuf, Stat)>,
    gone: HashSet<PathBuf>,
}

impl Moved {
    pub(crate) fn came(&mut self, path: &Path, stat: &Stat) {
        self.came.push((path.to_owned(), *stat));
    }

    pub(crate) fn went(&mut self, path: &Path, stat: &Stat) {
        if is_directory(stat) {
            self.gone.insert(path.to_owned());
        } else {
            self.went.insert(stat.st_ino, (path.to_owned(), *stat));
        }
    }
}

/// Adds to each moved path where it was before.
pub(crate) fn note_renames(changes: &mut [Change], moved: &Moved, view: &View, upper: &OwnedFd) {
    let mut from: HashMap<PathBuf, PathBuf> = HashMap::new();
    // Parents come before what is in them.
    for (path, stat) in &moved.came {
        let before = if is_directory(stat) {
            directory_from(path, moved, view, upper).or_else(|| along(path, &from, moved, view, upper))
        } else {
            file_from(path, stat, moved, view, upper)
        };
        if let Some(before) = before {
            from.insert(path.clone(), before);
        }
    }
    for change in changes.iter_mut().filter(|change| change.kind != Kind::Del) {
        if let Some(from) = from.remove(&change.path) {
            change.what.push(Detail::Renamed { from });
        }
    }
}

/// A moved directory carries a note of the name that it has below.
fn directory_from(path: &Path, moved: &Moved, view: &View, upper: &OwnedFd) -> Option<PathBuf> {
    let place = in_upper(path, view, upper)?;
    let note = xattr(&place, b"trusted.overlay.redirect")?;
    let note = PathBuf::from(std::ffi::OsString::from(String::from_utf8(note).ok()?));
    let before = match note.strip_prefix("/") {
        Ok(relative) => view.path.join(relative),
        Err(_) => path.parent()?.join(note),
    };
    moved.gone.contains(&before).then_some(before)
}

/// A directory that was not made anew in one that was moved has come along with it.
fn along(
    path: &Path,
    from: &HashMap<PathBuf, PathBuf>,
    moved: &Moved,
    view: &View,
    upper: &OwnedFd,
) -> Option<PathBuf> {
    let before = from.get(path.parent()?)?.join(path.file_name()?);
    let place = in_upper(path, view, upper)?;
    let made_here = ["trusted.overlay.opaque", "user.overlay.opaque"]
        .iter()
        .any(|note| xattr(&place, note.as_bytes()).is_some_and(|value| value == b"y"));
    (!made_here && moved.gone.contains(&before)).then_some(before)
}

/// A moved file has the number of one that went, and was not made here.
fn file_from(path: &Path, stat: &Stat, moved: &Moved, view: &View, upper: &OwnedFd) -> Option<PathBuf> {
    let (before, was) = moved.went.get(&stat.st_ino)?;
    let place = in_upper(path, view, upper)?;
    let made_here = statat(rustix::fs::CWD, &place, AtFlags::SYMLINK_NOFOLLOW).is_ok()
        && xattr(&place, b"trusted.overlay.origin").is_none()
        && xattr(&place, b"user.overlay.origin").is_none();
    (!made_here && file_type(was) == file_type(stat)).then(|| before.clone())
}

fn in_upper(path: &Path, view: &View, upper: &OwnedFd) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let relative = path.strip_prefix(&view.path).ok()?;
    Some(path_of(upper, relative.as_os_str().as_bytes()))
}
