//! A view that is pushed: what one can ask it, and how it is left.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::marker::PhantomData;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::bytes::Regex;

use crate::changes::{Change, Changes, Compare, Views, walk};
use crate::compared::{Compared, compared};
use crate::entry::{Entry, entries};
use crate::error::{PopError, PushError, ReadError};
use crate::leaks::{Leak, leaks, threads_outside};
use crate::level::{Fallback, Level};
use crate::snapshot::Snapshot;
use crate::stack::{self, Token};
use crate::vaporized::Vaporized;
use crate::{commit, diff};

/// Whether [`Overlay::get_changes`] looks below its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurse {
    /// The root and all below it.
    Yes,
    /// The root alone.
    No,
}

/// Whether [`Overlay::get_changes`] takes its root away from the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relative {
    /// `/root/a` becomes `/a`, and the root itself nothing.
    Yes,
    /// Paths stay whole.
    No,
}

/// A view of the whole file system in which the thread lives until this is popped or dropped.
///
/// It belongs to its thread, and cannot be sent to another:
///
/// ```compile_fail
/// let view = gkfs_overlay::push().unwrap();
/// std::thread::spawn(move || view.pop());
/// ```
#[derive(Debug)]
#[must_use = "a view ends when its guard is dropped"]
pub struct Overlay {
    token: Token,
    level: Arc<Level>,
    patterns: Vec<Regex>,
    compare: Compare,
    since: (i64, u32),
    left: bool,
    _of_this_thread: PhantomData<*const ()>,
}

impl Overlay {
    pub(crate) fn new(
        token: Token,
        level: Arc<Level>,
        patterns: Vec<Regex>,
        compare: Compare,
        since: (i64, u32),
    ) -> Self {
        Self {
            token,
            level,
            patterns,
            compare,
            since,
            left: false,
            _of_this_thread: PhantomData,
        }
    }

    /// How many views the thread was in when this one was pushed, itself included.
    pub fn depth(&self) -> usize {
        self.token.depth
    }

    /// Returns what has changed in this view, sorted by path.
    pub fn changes(&self) -> Result<Changes, ReadError> {
        self.changes_by(self.compare)
    }

    /// Returns what has changed, by another measure than the view's own.
    pub fn changes_by(&self, compare: Compare) -> Result<Changes, ReadError> {
        walk(&self.views()?, compare)
    }

    /// Returns what has changed at a path and below it.
    pub fn get_changes(
        &self,
        root: impl AsRef<Path>,
        recurse: Recurse,
        relative: Relative,
    ) -> Result<Changes, ReadError> {
        let root = root.as_ref();
        let inside = |path: &Path| match recurse {
            Recurse::Yes => path.starts_with(root),
            Recurse::No => path == root,
        };
        let mut changes = self.changes()?.only(inside);
        if relative == Relative::Yes {
            for change in &mut changes.0 {
                let rest = change.path.strip_prefix(root).unwrap_or(&change.path);
                change.path = match rest.as_os_str().is_empty() {
                    true => PathBuf::new(),
                    false => Path::new("/").join(rest),
                };
            }
        }
        Ok(changes)
    }

    /// Returns what stands now at each changed path.
    pub fn entries(&self) -> Result<BTreeMap<PathBuf, Entry>, ReadError> {
        entries(&self.views()?, &self.changes()?)
    }

    /// Returns what stands now at a path, if it has changed.
    pub fn entry(&self, path: impl AsRef<Path>) -> Result<Option<Entry>, ReadError> {
        Ok(self.entries()?.remove(path.as_ref()))
    }

    /// Returns all changes as text: each with its details, and a unified diff where it is text.
    pub fn diff(&self) -> Result<String, ReadError> {
        diff::text(&self.views()?, &self.changes()?)
    }

    /// Returns the chosen changes as [`diff`](Self::diff) writes them.
    pub fn diff_of(&self, changes: &Changes) -> Result<String, ReadError> {
        diff::text(&self.views()?, changes)
    }

    /// Returns what stood at each of the changed paths before, and what stands there now.
    pub fn compared(&self, changes: &Changes) -> Result<Vec<Compared>, ReadError> {
        compared(&self.views()?, changes)
    }

    /// Writes files in the view, with the directories that they lie in.
    pub fn apply<P: AsRef<Path>, C: AsRef<[u8]>>(
        &self,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> io::Result<()> {
        for (path, content) in files {
            if let Some(parent) = path.as_ref().parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, content)?;
        }
        Ok(())
    }

    /// Carries the chosen changes over to the tree below: the machine, or the view around this one.
    ///
    /// Directories that they lie in, and what was deleted below a path that was replaced, come along. Each
    /// file is replaced at once by its new version. Best called at the end: what was read before may be kept.
    pub fn commit(&self, chosen: impl Fn(&Change) -> bool) -> Result<Changes, ReadError> {
        let changes = self.changes_by(Compare::Difference)?;
        commit::commit(&self.views()?, &changes, &self.level.before.root, chosen)
    }

    /// Keeps the state of this moment, to compare with later.
    pub fn snapshot(&self) -> Result<Snapshot, ReadError> {
        Snapshot::take(self.changes()?, self.entries()?)
    }

    /// Returns what has changed since the snapshot.
    pub fn since(&self, snapshot: &Snapshot) -> Result<Changes, ReadError> {
        snapshot.until(&self.entries()?)
    }

    /// Descriptors opened before the push lead out of the view; returns those that can write files.
    pub fn leaks(&self) -> io::Result<Vec<Leak>> {
        leaks(&self.level.mounts, self.since)
    }

    /// Threads that were there before the push are not in the view; returns their numbers.
    pub fn threads_outside(&self) -> io::Result<Vec<i32>> {
        threads_outside()
    }

    /// Returns where something was mounted inside the view. Changes in such a place are not seen.
    pub fn mounted_inside(&self) -> Result<Vec<PathBuf>, PushError> {
        self.level.mounts.others()
    }

    /// Returns the places that could not be made copy-on-write, and are read-only in the view instead.
    pub fn fallbacks(&self) -> &[Fallback] {
        &self.level.fallbacks
    }

    /// Leaves the view. What is returned can be asked for what had changed.
    ///
    /// If the way back fails, the process aborts: a thread must not go on where its writes go elsewhere than
    /// its code believes.
    pub fn pop(mut self) -> Result<Vaporized, PopError> {
        stack::check(self.token)?;
        let inside = self.level.before.namespace_now();
        self.leave()?;
        let inside = inside.map_err(ReadError::on("keep what is mounted in", "the view"))?;
        Ok(Vaporized::new(Arc::clone(&self.level), inside, self.compare))
    }

    fn leave(&mut self) -> Result<(), ReadError> {
        self.left = true;
        let passing = if self.patterns.is_empty() {
            None
        } else {
            let views = self.views();
            Some(views.and_then(|views| Ok((walk(&views, Compare::Difference)?, views))))
        };
        stack::leave();
        if let Some(passing) = passing {
            let (changes, views) = passing?;
            let passes = |change: &Change| {
                let path = change.path.as_os_str().as_bytes();
                self.patterns.iter().any(|pattern| pattern.is_match(path))
            };
            commit::commit(&views, &changes, &self.level.before.root, passes)?;
        }
        Ok(())
    }

    fn views(&self) -> Result<Views, ReadError> {
        Views::of(&self.level)
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        match stack::check(self.token) {
            Ok(()) => {
                if let Err(error) = self.leave() {
                    eprintln!("gkfs-overlay: {error}");
                }
            }
            Err(PopError::NotInnermost { .. }) => stack::close(self.token),
            // A forked child's copy: the view is its parent's.
            Err(_) => {}
        }
    }
}
