//! The state of a view at one moment, kept apart from what happens after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, openat};

use crate::changes::{Change, Changes, Detail, Kind};
use crate::entry::{Entry, EntryKind, Source};
use crate::error::ReadError;
use crate::mount::loose_memory;
use crate::tree::same_bytes;

/// A view's changes at one moment, with their contents.
///
/// Going back to a state is what a nested [`push`](crate::push) is for: its pop is the way back.
#[derive(Debug)]
pub struct Snapshot {
    changes: Changes,
    entries: BTreeMap<PathBuf, Entry>,
}

impl Snapshot {
    pub(crate) fn take(changes: Changes, mut entries: BTreeMap<PathBuf, Entry>) -> Result<Self, ReadError> {
        let memory = Arc::new(loose_memory().map_err(ReadError::on("make memory for", "a snapshot"))?);
        for (number, (path, entry)) in entries.iter_mut().enumerate() {
            if entry.kind == EntryKind::File {
                let name = number.to_string();
                copy(entry, &memory, &name).map_err(ReadError::on("copy", path))?;
                entry.source = Some(Source {
                    root: Arc::clone(&memory),
                    relative: name.into(),
                });
            }
        }
        Ok(Self { changes, entries })
    }

    /// What had changed then.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What stood then at each changed path. Links and directories are read where they are now.
    pub fn entries(&self) -> &BTreeMap<PathBuf, Entry> {
        &self.entries
    }

    /// Returns what is different now; `later` are the changes of the same view.
    pub(crate) fn until(&self, later: &BTreeMap<PathBuf, Entry>) -> Result<Changes, ReadError> {
        let paths: BTreeSet<&PathBuf> = self.entries.keys().chain(later.keys()).collect();
        let mut changes = Vec::new();
        for path in paths {
            if let Some((kind, what)) = step(path, self.entries.get(path), later.get(path))? {
                changes.push(Change {
                    kind,
                    path: path.clone(),
                    what,
                });
            }
        }
        Ok(Changes::sorted(changes))
    }
}

fn copy(entry: &Entry, memory: &OwnedFd, name: &str) -> io::Result<()> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut to = File::from(openat(memory, name, flags, Mode::RUSR | Mode::WUSR)?);
    io::copy(&mut entry.open()?, &mut to)?;
    Ok(())
}

/// What happened to one path between two states, each told as its difference from the tree below.
fn step(
    path: &Path,
    then: Option<&Entry>,
    now: Option<&Entry>,
) -> Result<Option<(Kind, Vec<Detail>)>, ReadError> {
    let (then, now) = match (then, now) {
        (None, Some(now)) => return Ok(Some((now.change, Vec::new()))),
        // It is again as it is below.
        (Some(then), None) => {
            let kind = match then.change {
                Kind::Add => Kind::Del,
                Kind::Del => Kind::Add,
                Kind::Mod => Kind::Mod,
            };
            return Ok(Some((kind, Vec::new())));
        }
        (Some(then), Some(now)) => (then, now),
        (None, None) => return Ok(None),
    };
    Ok(match (then.change == Kind::Del, now.change == Kind::Del) {
        (true, true) => None,
        (true, false) => Some((Kind::Add, Vec::new())),
        (false, true) => Some((Kind::Del, Vec::new())),
        (false, false) => {
            let what = differences(path, then, now)?;
            (!what.is_empty()).then_some((Kind::Mod, what))
        }
    })
}

fn differences(path: &Path, then: &Entry, now: &Entry) -> Result<Vec<Detail>, ReadError> {
    if then.kind != now.kind {
        return Ok(vec![Detail::Type]);
    }
    let mut what = Vec::new();
    if then.kind == EntryKind::File {
        let open = |entry: &Entry| entry.open().map_err(ReadError::on("open", path));
        let same = then.size == now.size
            && same_bytes(open(then)?, open(now)?).map_err(ReadError::on("compare", path))?;
        if !same {
            what.push(Detail::Content);
        }
    }
    if then.mode != now.mode && then.kind != EntryKind::Symlink {
        what.push(Detail::Mode);
    }
    if (then.uid, then.gid) != (now.uid, now.gid) {
        what.push(Detail::Owner);
    }
    // A link cannot be rewritten, only replaced by another.
    let timed = then.kind != EntryKind::Directory;
    if timed && then.mtime != now.mtime {
        what.push(Detail::Times);
    }
    Ok(what)
}
