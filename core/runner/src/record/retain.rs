//! Removing old runs.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::open::{Record, Shown};
use super::runs::Runs;
use crate::error::{Doing as _, RecordError};

/// Which older runs may stay. What is over either limit goes, oldest first; the newest run stays in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many runs.
    pub runs: usize,
    /// How many bytes all runs may take together.
    pub bytes: u64,
}

/// 20 runs, 2 GiB.
impl Default for Retention {
    fn default() -> Self {
        Self {
            runs: 20,
            bytes: 2 << 30,
        }
    }
}

/// A run that was removed, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its id.
    pub id: String,
    /// What it took, in bytes.
    pub bytes: u64,
}

impl Runs {
    /// Removes what is over the limits. With `dry` nothing is removed, only named. A run that is still running stays.
    ///
    /// # Errors
    /// At the first run that cannot be removed, for example because something is mounted in it.
    pub fn retain(&self, retention: Retention, dry: bool) -> Result<Vec<Removed>, RecordError> {
        let over = self.over(retention);
        if !dry {
            for run in &over {
                remove(&self.dir().join(&run.id))?;
            }
        }
        Ok(over)
    }

    fn over(&self, retention: Retention) -> Vec<Removed> {
        let mut kept = 0;
        let mut bytes = 0;
        let mut over = Vec::new();
        for id in self.ids().into_iter().rev() {
            let dir = self.dir().join(&id);
            let size = size(&dir);
            let running = Record::open(&dir).is_ok_and(|run| run.shown() == Shown::Running);
            let fits = kept < retention.runs && bytes + size <= retention.bytes;
            // A run that is its own limit is of more use than none, unless none at all were asked for.
            if running || fits || (kept == 0 && retention.runs > 0) {
                kept += 1;
                bytes += size;
            } else {
                over.push(Removed { id, bytes: size });
            }
        }
        over.reverse();
        over
    }
}

/// What a tree takes on disk, in bytes.
fn size(dir: &Path) -> u64 {
    let own = |path: &Path| fs::symlink_metadata(path).map_or(0, |meta| meta.blocks() * 512);
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let below = entries.map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size(&entry.path()),
        _ => own(&entry.path()),
    });
    own(dir) + below.sum::<u64>()
}

/// Removes a tree. Tests take permissions from their directories; they are given back here. What is mounted in it is
/// not ours to remove.
pub(crate) fn remove(dir: &Path) -> Result<(), RecordError> {
    let device = fs::symlink_metadata(dir).doing("remove", dir)?.dev();
    open_up(dir, device)?;
    fs::remove_dir_all(dir).doing("remove", dir)
}

fn open_up(dir: &Path, device: u64) -> Result<(), RecordError> {
    let meta = fs::symlink_metadata(dir).doing("remove", dir)?;
    if meta.dev() != device {
        let why = io::Error::new(
            io::ErrorKind::ResourceBusy,
            "something is mounted there, unmount it first",
        );
        return Err(why).doing("remove", dir);
    }
    if meta.mode() & 0o700 != 0o700 {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).doing("remove", dir)?;
    }
    let subdirs: Vec<PathBuf> = fs::read_dir(dir)
        .doing("remove", dir)?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    subdirs.iter().try_for_each(|dir| open_up(dir, device))
}
