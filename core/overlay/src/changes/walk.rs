//! From what the kernel keeps of a view to a list of changes.
//!
//! An overlay's upper directory holds what was touched: files that were copied or made, whiteouts for what was deleted,
//! directories that lead to either. The walk goes where it leads and compares the tree before with the tree now.
//! Where a directory was deleted, replaced or moved here, upper holds no entry for each of its files; both
//! trees are read in full below it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::Stat;

use super::compare::{Entry, details};
use super::renames::{Moved, note_renames};
use super::view::{View, ViewKind, Views};
use super::{Change, Changes, Compare, Detail, Kind};
use crate::error::ReadError;
use crate::level::{Entries, Known, Stamp};
use crate::tree::{enter, is_directory, is_whiteout, look, names, path_of, xattr};

/// Returns all changes in the views.
pub(crate) fn walk(views: &Views, compare: Compare) -> Result<Changes, ReadError> {
    let mut all = Vec::new();
    for view in &views.views {
        let mut walker = Walker {
            views,
            compare,
            owners_count: !(views.ordinary_user && matches!(view.kind, ViewKind::Made(_))),
            changes: Vec::new(),
            moved: Moved::default(),
        };
        match &view.kind {
            ViewKind::Overlay(upper) => {
                walker.root(view)?;
                walker.merged(upper, &view.old, &view.new, &view.path)?;
                note_renames(&mut walker.changes, &walker.moved, view, upper);
            }
            ViewKind::Made(known) => {
                walker.root(view)?;
                walker.made(&view.old, &view.new, &view.path, Path::new(""), known)?;
            }
            ViewKind::File => walker.file(view)?,
        }
        all.append(&mut walker.changes);
    }
    Ok(Changes::sorted(all))
}

struct Walker<'a> {
    views: &'a Views,
    compare: Compare,
    /// What an ordinary user's view has made is his, whoever owns what is below.
    owners_count: bool,
    changes: Vec<Change>,
    moved: Moved,
}

/// A directory's descriptor before or now, if there is one.
type Side<'a> = Option<&'a OwnedFd>;

impl Walker<'_> {
    /// The top directory of a piece.
    fn root(&mut self, view: &View) -> Result<(), ReadError> {
        // By its descriptor: whom a directory may not be shown may still look at it from outside.
        let [before, now] = stats(view)?;
        let old = Entry::new(&view.old, b".", &before);
        let new = Entry::new(&view.new, b".", &now);
        let mut what = details(&old, &new, &view.path)?;
        if self.views.ordinary_user {
            // It is made by the user, whoever owns the one below.
            what.retain(|detail| *detail != Detail::Owner);
        }
        if !what.is_empty() {
            self.push(Kind::Mod, &view.path, what);
        }
        Ok(())
    }

    /// A directory that is there before and now, and of which upper holds what was touched.
    fn merged(
        &mut self,
        upper: &OwnedFd,
        old: &OwnedFd,
        new: &OwnedFd,
        path: &Path,
    ) -> Result<(), ReadError> {
        for name in names(upper, path)? {
            let path = path.join(OsStr::from_bytes(&name));
            if self.views.is_point(&path) {
                continue;
            }
            let Some(kept) = look(upper, &name, &path)? else {
                continue;
            };
            let before = self.before(old, &name, &path)?;
            let through = is_directory(&kept)
                && before.as_ref().is_some_and(is_directory)
                && !stands_alone(upper, &name);
            if through {
                self.directory(upper, old, new, &name, &path)?;
            } else {
                let now = if is_whiteout(&kept) {
                    None
                } else {
                    look(new, &name, &path)?
                };
                self.pair(Some(old), before, Some(new), now, &name, &path)?;
            }
        }
        Ok(())
    }

    fn directory(
        &mut self,
        upper: &OwnedFd,
        old: &OwnedFd,
        new: &OwnedFd,
        name: &[u8],
        path: &Path,
    ) -> Result<(), ReadError> {
        let [old_dir, new_dir] = [enter(old, name, path)?, enter(new, name, path)?];
        if let (Some(before), Some(now)) = (look(old, name, path)?, look(new, name, path)?) {
            let what = self.details((old, &before), (new, &now), name, path)?;
            if !what.is_empty() {
                self.push(Kind::Mod, path, what);
            }
        }
        self.merged(&enter(upper, name, path)?, &old_dir, &new_dir, path)
    }

    /// What was there before, as the view showed it.
    fn before(&self, old: &OwnedFd, name: &[u8], path: &Path) -> Result<Option<Stat>, ReadError> {
        if self.views.hides(path) {
            return Ok(None);
        }
        Ok(look(old, name, path)?.filter(|stat| !is_whiteout(stat)))
    }

    /// Compares one path in full, with all that lies below it on either side.
    fn pair(
        &mut self,
        old: Side<'_>,
        before: Option<Stat>,
        new: Side<'_>,
        now: Option<Stat>,
        name: &[u8],
        path: &Path,
    ) -> Result<(), ReadError> {
        match (&before, &now) {
            (None, None) => return Ok(()),
            (None, Some(now)) => {
                self.moved.came(path, now);
                self.push(Kind::Add, path, Vec::new());
            }
            (Some(before), None) => {
                self.moved.went(path, before);
                self.push(Kind::Del, path, Vec::new());
            }
            (Some(before), Some(now)) => {
                self.moved.came(path, now);
                self.modified(old, before, new, now, name, path)?;
            }
        }
        let below = |side: Side<'_>, stat: &Option<Stat>| match (side, stat) {
            (Some(side), Some(stat)) if is_directory(stat) => enter(side, name, path).map(Some),
            _ => Ok(None),
        };
        let (old, new) = (below(old, &before)?, below(new, &now)?);
        let mut all = BTreeSet::new();
        for side in [&old, &new].into_iter().flatten() {
            all.extend(names(side, path)?);
        }
        for name in all {
            let path = path.join(OsStr::from_bytes(&name));
            let before = match &old {
                Some(old) => self.before(old, &name, &path)?,
                None => None,
            };
            let now = match &new {
                Some(new) => look(new, &name, &path)?,
                None => None,
            };
            self.pair(old.as_ref(), before, new.as_ref(), now, &name, &path)?;
        }
        Ok(())
    }

    fn modified(
        &mut self,
        old: Side<'_>,
        before: &Stat,
        new: Side<'_>,
        now: &Stat,
        name: &[u8],
        path: &Path,
    ) -> Result<(), ReadError> {
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(());
        };
        let what = self.details((old, before), (new, now), name, path)?;
        let counts = match self.compare {
            Compare::CopyUp => true,
            Compare::Difference => !what.is_empty(),
            Compare::Content => what.iter().any(|detail| *detail != Detail::Times),
        };
        if counts {
            self.push(Kind::Mod, path, what);
        }
        Ok(())
    }

    /// A directory that was made anew: what stands there untouched is no change.
    fn made(
        &mut self,
        old: &OwnedFd,
        new: &OwnedFd,
        path: &Path,
        relative: &Path,
        known: &Known,
    ) -> Result<(), ReadError> {
        let nothing = Entries::new();
        let entries = known.directories.get(relative).unwrap_or(&nothing);
        let mut all: BTreeSet<Vec<u8>> = names(new, path)?.into_iter().collect();
        all.extend(entries.keys().cloned());
        for name in all {
            let path = path.join(OsStr::from_bytes(&name));
            // First, as what stands there may be somebody else's, and not to be looked at.
            if self.views.is_point(&path) {
                continue;
            }
            let now = look(new, &name, &path)?;
            let stamp = entries.get(&name);
            let relative = relative.join(OsStr::from_bytes(&name));
            let is_looked_into = known.directories.contains_key(&relative);
            if !is_looked_into && known.is_untouched(stamp, now.as_ref()) {
                continue;
            }
            let before = match stamp {
                Some(_) => self.before(old, &name, &path)?,
                None => None,
            };
            if let (Some(stamp), Some(before), Some(now)) = (stamp, &before, &now)
                && is_looked_into
                && stamp.is_of(now)
                && is_directory(before)
            {
                let what = self.details((old, before), (new, now), &name, &path)?;
                if !what.is_empty() {
                    self.push(Kind::Mod, &path, what);
                }
                let [old, new] = [enter(old, &name, &path)?, enter(new, &name, &path)?];
                self.made(&old, &new, &path, &relative, known)?;
                continue;
            }
            let compare = self.compare;
            if stamp == now.as_ref().map(Stamp::from).as_ref() && compare == Compare::CopyUp {
                // Whether it was touched right after the note, the stamp does not tell.
                self.compare = Compare::Difference;
            }
            self.pair(Some(old), before, Some(new), now, &name, &path)?;
            self.compare = compare;
        }
        Ok(())
    }

    fn details(
        &self,
        (old, before): (&OwnedFd, &Stat),
        (new, now): (&OwnedFd, &Stat),
        name: &[u8],
        path: &Path,
    ) -> Result<Vec<Detail>, ReadError> {
        let mut what = details(&Entry::new(old, name, before), &Entry::new(new, name, now), path)?;
        what.retain(|detail| self.owners_count || *detail != Detail::Owner);
        Ok(what)
    }

    fn file(&mut self, view: &View) -> Result<(), ReadError> {
        let [before, now] = stats(view)?;
        let old = Entry::alone(&view.old, &before);
        let new = Entry::alone(&view.new, &now);
        let what = details(&old, &new, &view.path)?;
        let times_only = what.iter().all(|detail| *detail == Detail::Times);
        if !(what.is_empty() || self.compare == Compare::Content && times_only) {
            self.push(Kind::Mod, &view.path, what);
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, path: &Path, what: Vec<Detail>) {
        self.changes.push(Change {
            kind,
            path: PathBuf::from(path),
            what,
        });
    }
}

/// Whether the directory hides what lies below it, or shows another in its place.
fn stands_alone(upper: &OwnedFd, name: &[u8]) -> bool {
    let place = path_of(upper, name);
    let note = |key: &str| {
        let names = [format!("trusted.overlay.{key}"), format!("user.overlay.{key}")];
        names.iter().find_map(|name| xattr(&place, name.as_bytes()))
    };
    note("opaque").is_some_and(|value| value == b"y") || note("redirect").is_some()
}

fn stats(view: &View) -> Result<[Stat; 2], ReadError> {
    let stat = |fd: &OwnedFd| rustix::fs::fstat(fd).map_err(ReadError::on("look at", &view.path));
    Ok([stat(&view.old)?, stat(&view.new)?])
}
