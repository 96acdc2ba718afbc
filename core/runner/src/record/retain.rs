//! Removing old runs.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::history::AttemptRecord;
use super::open::{Record, Shown};
use super::runs::Runs;
use crate::error::{Doing as _, RecordError};
use crate::mounts;

/// Which older runs may stay. What is over either limit goes, oldest first; the newest run stays in any case, and so do
/// pinned runs and the last failed attempt of each test.
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

/// A run that was removed, or would be, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its id.
    pub id: String,
    /// What was removed of it, in bytes.
    pub bytes: u64,
    /// How many attempts of it stay: of each the last at its test that failed.
    pub kept: usize,
}

/// What is to become of a run over the limits.
struct Fate {
    removed: Removed,
    /// The directories to be removed: all of it, or some attempts.
    dirs: Vec<PathBuf>,
}

impl Runs {
    /// Removes what is over the limits. With `dry` nothing is removed, only named. A run that is still running stays, as do
    /// the newest, what is pinned, and of each test the last attempt that failed, however old that is.
    ///
    /// # Errors
    /// At the first run that cannot be removed, for example because something is mounted in it.
    pub fn retain(&self, retention: Retention, dry: bool) -> Result<Vec<Removed>, RecordError> {
        let over = self.over(retention);
        if !dry {
            for dir in over.iter().flat_map(|fate| &fate.dirs) {
                remove(dir)?;
            }
        }
        Ok(over.into_iter().map(|fate| fate.removed).collect())
    }

    fn over(&self, retention: Retention) -> Vec<Fate> {
        let (mut kept, mut bytes) = (0, 0);
        let mut all = Vec::new();
        for id in self.ids().into_iter().rev() {
            let dir = self.dir().join(&id);
            let size = size(&dir);
            let record = Record::open(&dir).ok();
            let stays = record
                .as_ref()
                .is_some_and(|run| run.is_pinned() || run.shown() == Shown::Running);
            let fits = kept < retention.runs && bytes + size <= retention.bytes;
            // A run that is its own limit is of more use than none, unless none at all were asked for.
            let stays = stays || fits || (kept == 0 && retention.runs > 0);
            if stays {
                kept += 1;
                bytes += size;
            }
            all.push((id, size, record, stays));
        }
        if all.iter().all(|(.., stays)| *stays) {
            return Vec::new();
        }
        let mut told = HashSet::new();
        let mut fates = Vec::new();
        for (id, size, record, stays) in all {
            let failed = record.as_ref().map(last_failures).unwrap_or_default();
            let news: Vec<PathBuf> = failed
                .into_iter()
                .filter(|(test, _)| told.insert(test.clone()))
                .map(|(_, dir)| dir)
                .collect();
            if !stays {
                let news = if retention.runs > 0 { news } else { Vec::new() };
                fates.extend(self.fate(id, size, &news));
            }
        }
        fates.reverse();
        fates
    }

    /// What goes of a run of which these attempts stay; nothing if there is nothing else in it.
    fn fate(&self, id: String, size: u64, news: &[PathBuf]) -> Option<Fate> {
        let dir = self.dir().join(&id);
        if news.is_empty() {
            let removed = Removed {
                id,
                bytes: size,
                kept: 0,
            };
            return Some(Fate {
                removed,
                dirs: vec![dir],
            });
        }
        let keep: Vec<PathBuf> = news.iter().map(|below| dir.join(below)).collect();
        let attempts = below(&dir.join("tests"))
            .into_iter()
            .flat_map(|group| below(&group))
            .flat_map(|test| below(&test));
        let dirs: Vec<PathBuf> = attempts.filter(|attempt| !keep.contains(attempt)).collect();
        let bytes = dirs.iter().map(|dir| self::size(dir)).sum();
        let removed = Removed {
            id,
            bytes,
            kept: keep.len(),
        };
        (!dirs.is_empty()).then_some(Fate { removed, dirs })
    }
}

/// Each test that failed in a run, with the directory of the last attempt that did.
fn last_failures(record: &Record) -> Vec<(String, PathBuf)> {
    let tests = record.tests().unwrap_or_default();
    let failed = tests.into_iter().filter_map(|test| {
        let is_bad = |attempt: &&AttemptRecord| attempt.end.as_ref().is_some_and(|end| end.outcome.is_bad());
        let attempt = test.attempts.iter().rev().find(is_bad)?;
        let dir = record.dir.join(&attempt.dir);
        (!attempt.dir.is_empty() && dir.is_dir()).then(|| (test.id.clone(), PathBuf::from(&attempt.dir)))
    });
    failed.collect()
}

/// The directories in a directory.
fn below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let dirs = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    dirs.map(|entry| entry.path()).collect()
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
    // A directory of this device that is mounted there once more would be emptied.
    if let Some(at) = mounts::below(dir).first() {
        return Err(mounted()).doing("remove", at);
    }
    open_up(dir, device)?;
    fs::remove_dir_all(dir).doing("remove", dir)
}

fn mounted() -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        "something is mounted there, unmount it first",
    )
}

fn open_up(dir: &Path, device: u64) -> Result<(), RecordError> {
    let meta = fs::symlink_metadata(dir).doing("remove", dir)?;
    if meta.dev() != device {
        return Err(mounted()).doing("remove", dir);
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
