//! The directories of the attempt, as a tree of which only what is open and shown is known.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::list::List;

pub(super) mod choice;
pub(crate) mod chunk;
pub(super) mod preview;
pub(crate) mod seen;
pub(super) mod tree;

use preview::Preview;
use seen::{EntryAsk, Kind, Seen, Stat, Sum, TreeAsk};
use tree::{Id, ROOT, Row, Tree};

/// How many rows around those that are shown are looked at, so that the next key finds them.
const AROUND: usize = 32;
/// So many looks pass, at least, before all is added up again.
const SUM_AFTER: u32 = 20;

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct Workspace {
    pub(super) tree: Option<Tree>,
    pub(super) list: List,
    /// Directories that somebody opened, here or in another attempt, relative to the workspace.
    pub(super) wanted: BTreeSet<PathBuf>,
    /// When it was looked at first, in microseconds since the epoch: what changed later is marked.
    pub(super) since: Option<i64>,
    pub(super) sums: Sums,
    pub(super) preview: Option<Preview>,
    pub(super) mode: Mode,
    /// Whether a look is under way.
    busy: bool,
}

/// What directories hold altogether.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// The last count.
    known: HashMap<PathBuf, Sum>,
    /// The one that is under way.
    next: HashMap<PathBuf, Sum>,
    busy: bool,
    /// Looks since the last count.
    looks: u32,
}

/// How a file is previewed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// As what it looks like.
    #[default]
    Auto,
    /// As text.
    Text,
    /// As JSON, with indentation.
    Json,
    /// As bytes.
    Hex,
}

impl Mode {
    pub(super) fn next(self) -> Mode {
        match self {
            Mode::Auto => Mode::Text,
            Mode::Text => Mode::Json,
            Mode::Json => Mode::Hex,
            Mode::Hex => Mode::Auto,
        }
    }
}

impl Workspace {
    /// Shows another attempt's workspace, or none, in the same way.
    pub(super) fn clear(&mut self) {
        *self = Workspace {
            mode: self.mode,
            wanted: std::mem::take(&mut self.wanted),
            ..Workspace::default()
        };
    }

    /// Returns the rows; none if nothing is shown.
    pub(super) fn rows(&self) -> &[Row] {
        self.tree.as_ref().map_or(&[], Tree::rows)
    }

    /// Returns what is under the cursor, if that is a file or directory.
    pub(super) fn selected(&self) -> Option<Id> {
        match self.rows().get(self.list.cursor)? {
            Row::Node(id) => Some(*id),
            Row::Note(_) => None,
        }
    }

    /// Returns what to look at: the contents of open directories if these changed, and what is known of the rows that
    /// are shown. With `all`, of those that are known too.
    pub(super) fn ask(&mut self, base: &Path, height: usize, all: bool) -> Option<TreeAsk> {
        let tree = self.tree.get_or_insert_with(|| Tree::new(base.to_owned()));
        if self.busy {
            return None;
        }
        let dirs = tree.open_dirs().into_iter();
        let dirs: Vec<_> = dirs
            .filter(|id| all || !tree.is_listed(*id))
            .map(|id| (id, tree.path(id), tree.modified(id)))
            .collect();
        let top = self.list.window(tree.rows().len(), height);
        let shown = tree.rows().iter().skip(top.saturating_sub(AROUND));
        let entries: Vec<_> = shown
            .take(height + 2 * AROUND)
            .filter_map(|row| match row {
                Row::Node(id) => Some(*id),
                Row::Note(_) => None,
            })
            .filter_map(|id| Some((id, tree.node(id)?)))
            .filter(|(_, node)| all || !node.looked)
            .map(|(id, node)| EntryAsk {
                id,
                path: tree.path(id),
                looked: node.looked,
                known: node.stat.clone(),
            })
            .collect();
        self.busy = !dirs.is_empty() || !entries.is_empty();
        let base = base.to_owned();
        self.busy.then_some(TreeAsk { base, dirs, entries })
    }

    /// Takes what was seen. Returns whether there is more to be looked at.
    pub(super) fn take(&mut self, seen: Seen, height: usize) -> bool {
        self.busy = false;
        self.since.get_or_insert(seen.now);
        let mut cursor = self.selected().unwrap_or(ROOT);
        let Some(tree) = &mut self.tree else { return false };
        let mut opened = false;
        for (id, path, listing) in seen.listings {
            if tree.is_at(id, &path) {
                cursor = tree.take(id, listing, cursor);
                opened |= reopen(tree, id, &self.wanted);
            }
        }
        for (id, path, stat) in seen.stats {
            if tree.is_at(id, &path)
                && let Some(node) = tree.node_mut(id)
            {
                node.stat = stat;
                node.looked = true;
            }
        }
        let row = tree.row_of(cursor).unwrap_or(self.list.cursor);
        self.list.set(row, tree.rows().len(), height);
        opened
    }

    /// Whether rows of the preview are being chosen.
    pub(super) fn is_choosing(&self) -> bool {
        self.preview
            .as_ref()
            .is_some_and(|preview| preview.chosen.is_some())
    }

    /// Opens or closes a directory, and remembers that for other attempts.
    pub(super) fn fold(&mut self, id: Id, close: bool, height: usize) -> bool {
        let Some(tree) = &mut self.tree else { return false };
        if !tree.fold(id, close) {
            return false;
        }
        let path = tree.relative(id);
        if close {
            self.wanted.remove(&path);
        } else {
            self.wanted.insert(path);
        }
        let row = tree.row_of(id).unwrap_or(0);
        self.list.set(row, tree.rows().len(), height);
        true
    }

    /// Closes all directories. The cursor goes to the one around what it is on.
    pub(super) fn close_all(&mut self, height: usize) {
        let mut at = self.selected();
        let Some(tree) = &mut self.tree else { return };
        while let Some(parent) = at.and_then(|id| tree.parent(id)) {
            at = Some(parent);
        }
        for id in tree.open_dirs().into_iter().rev().filter(|id| *id != ROOT) {
            tree.fold(id, true);
        }
        self.wanted.clear();
        let row = at.and_then(|id| tree.row_of(id)).unwrap_or(0);
        self.list.set(row, tree.rows().len(), height);
    }

    /// Whether something came or changed since it was looked at first.
    pub(super) fn is_changed(&self, id: Id) -> bool {
        let Some((tree, node)) = self.tree.as_ref().and_then(|tree| Some((tree, tree.node(id)?))) else {
            return false;
        };
        let since = self.since.unwrap_or(i64::MAX);
        let newest = match node.kind {
            Kind::Dir => self.sums.of(&tree.relative(id)).map(|sum| sum.newest),
            _ => node.stat.as_ref().map(|stat: &Stat| stat.modified),
        };
        node.new || newest.is_some_and(|newest| newest > since)
    }
}

impl Sums {
    pub(super) fn of(&self, relative: &Path) -> Option<Sum> {
        self.known.get(relative).copied()
    }

    /// Whether it is time to add all up again. It costs more than a look, and is done less often.
    pub(super) fn begin(&mut self) -> bool {
        self.looks += 1;
        if self.busy || (self.looks < SUM_AFTER && !self.known.is_empty()) {
            return false;
        }
        self.busy = true;
        self.looks = 0;
        self.next.clear();
        true
    }

    /// Takes a part of the count; `over` is the last one.
    pub(super) fn take(&mut self, parts: Vec<(PathBuf, Sum)>, over: bool) {
        for (dir, sum) in parts {
            for around in dir.ancestors() {
                self.next.entry(around.to_owned()).or_default().add(sum);
            }
        }
        if over {
            self.busy = false;
            self.known = std::mem::take(&mut self.next);
        }
    }
}

/// Opens the directories in a directory that are to be open.
fn reopen(tree: &mut Tree, id: Id, wanted: &BTreeSet<PathBuf>) -> bool {
    let dir = tree.relative(id);
    let inside: Vec<&PathBuf> = wanted
        .iter()
        .filter(|path| path.parent() == Some(dir.as_path()))
        .collect();
    if inside.is_empty() {
        return false;
    }
    let is_wanted = |tree: &Tree, id: Id| inside.iter().any(|path| **path == tree.relative(id));
    let ids: Vec<Id> = tree.children(id).to_vec();
    let ids: Vec<Id> = ids.into_iter().filter(|id| is_wanted(tree, *id)).collect();
    let mut any = false;
    for id in ids {
        any |= tree.fold(id, false);
    }
    any
}

#[cfg(test)]
mod tests;
