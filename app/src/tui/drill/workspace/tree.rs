//! A tree of which what is open is known, as rows: what is done for a frame costs what is shown.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::seen::{Entry, Kind, Listing, Stat};

/// The number of a node; it is given to another one when the node is gone.
pub(in crate::tui::drill) type Id = u32;

/// The directory that all others are in. It is no row itself.
pub(in crate::tui::drill) const ROOT: Id = 0;

/// A file or directory.
#[derive(Debug, Clone)]
pub(in crate::tui::drill) struct Node {
    pub(in crate::tui::drill) name: OsString,
    pub(in crate::tui::drill) kind: Kind,
    pub(in crate::tui::drill) open: bool,
    /// What is known of it; only what is shown is looked at.
    pub(in crate::tui::drill) stat: Option<Stat>,
    /// Whether it was looked at, even if it was gone by then.
    pub(in crate::tui::drill) looked: bool,
    /// Whether it came while its directory was looked at.
    pub(in crate::tui::drill) new: bool,
    parent: Id,
    depth: usize,
    contents: Contents,
}

/// What is in a directory.
#[derive(Debug, Clone, Default)]
struct Contents {
    /// Nothing was listed yet if there are none.
    children: Option<Vec<Id>>,
    /// When the directory was changed last, if that can tell whether it is still the same.
    modified: Option<i64>,
    /// Something to be said below the children.
    note: Option<String>,
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui::drill) enum Row {
    /// A file or directory.
    Node(Id),
    /// What is to be said of a directory.
    Note(Id),
}

/// The tree.
#[derive(Debug, Clone)]
pub(in crate::tui::drill) struct Tree {
    base: PathBuf,
    nodes: Vec<Node>,
    free: Vec<Id>,
    rows: Vec<Row>,
}

impl Tree {
    /// The tree of a directory, of which nothing is known yet.
    pub(in crate::tui::drill) fn new(base: PathBuf) -> Tree {
        let root = Node {
            name: OsString::new(),
            kind: Kind::Dir,
            open: true,
            stat: None,
            looked: false,
            new: false,
            parent: ROOT,
            depth: 0,
            contents: Contents::default(),
        };
        Tree {
            base,
            nodes: vec![root],
            free: Vec::new(),
            rows: vec![Row::Note(ROOT)],
        }
    }

    pub(in crate::tui::drill) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(in crate::tui::drill) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    pub(in crate::tui::drill) fn node_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(id as usize)
    }

    /// Returns how far a row stands to the right, in levels.
    pub(in crate::tui::drill) fn depth(&self, row: Row) -> usize {
        match row {
            Row::Node(id) => self.nodes[id as usize].depth.saturating_sub(1),
            Row::Note(id) => self.nodes[id as usize].depth,
        }
    }

    /// Returns what is to be said of a directory.
    pub(in crate::tui::drill) fn note(&self, id: Id) -> &str {
        let note = self.node(id).and_then(|node| node.contents.note.as_deref());
        note.unwrap_or("…")
    }

    /// Returns where a node is, below the tree's directory.
    pub(in crate::tui::drill) fn relative(&self, id: Id) -> PathBuf {
        let mut names = Vec::new();
        let mut at = id;
        while at != ROOT {
            let node = &self.nodes[at as usize];
            names.push(node.name.as_os_str());
            at = node.parent;
        }
        names.into_iter().rev().collect()
    }

    pub(in crate::tui::drill) fn path(&self, id: Id) -> PathBuf {
        // No slash at the end of the directory's own.
        match id {
            ROOT => self.base.clone(),
            _ => self.base.join(self.relative(id)),
        }
    }

    /// Whether a number still stands for what is at a path.
    pub(in crate::tui::drill) fn is_at(&self, id: Id, path: &Path) -> bool {
        (id as usize) < self.nodes.len() && self.path(id) == path
    }

    pub(in crate::tui::drill) fn children(&self, id: Id) -> &[Id] {
        let children = self.node(id).and_then(|node| node.contents.children.as_deref());
        children.unwrap_or_default()
    }

    /// Returns the directory that a node is in, unless that is the whole tree.
    pub(in crate::tui::drill) fn parent(&self, id: Id) -> Option<Id> {
        self.node(id)
            .map(|node| node.parent)
            .filter(|parent| *parent != ROOT)
    }

    pub(in crate::tui::drill) fn row_of(&self, id: Id) -> Option<usize> {
        self.rows.iter().position(|row| *row == Row::Node(id))
    }

    /// Returns the directories whose contents are shown.
    pub(in crate::tui::drill) fn open_dirs(&self) -> Vec<Id> {
        let shown = self.rows.iter().filter_map(|row| match row {
            Row::Node(id) => Some(*id),
            Row::Note(_) => None,
        });
        std::iter::once(ROOT)
            .chain(shown)
            .filter(|id| self.nodes[*id as usize].open)
            .collect()
    }

    /// Whether it was seen what a directory holds.
    pub(in crate::tui::drill) fn is_listed(&self, id: Id) -> bool {
        self.node(id).is_some_and(|node| node.contents.children.is_some())
    }

    /// Returns when a directory was changed last, if that can tell whether it holds the same still.
    pub(in crate::tui::drill) fn modified(&self, id: Id) -> Option<i64> {
        self.node(id)?.contents.modified
    }

    /// Opens or closes a directory. Returns whether that changed it.
    pub(in crate::tui::drill) fn fold(&mut self, id: Id, close: bool) -> bool {
        let Some(node) = self.nodes.get_mut(id as usize) else {
            return false;
        };
        if node.kind != Kind::Dir || node.open != close {
            return false;
        }
        node.open = !close;
        self.reflow(id);
        true
    }

    /// Takes what a directory holds now. Returns the node on which a cursor stays that was on `cursor`.
    pub(in crate::tui::drill) fn take(&mut self, id: Id, listing: Listing, cursor: Id) -> Id {
        let before = self.nodes[id as usize].contents.children.take();
        let (entries, contents) = match listing.entries {
            Ok(entries) => {
                let more = (listing.more > 0).then(|| format!("… {} more are not shown", listing.more));
                let empty = entries.is_empty().then(|| "empty".to_owned());
                (entries, (listing.modified, more.or(empty)))
            }
            Err(why) => (Vec::new(), (None, Some(why))),
        };
        let first = before.is_none();
        let old = before.unwrap_or_default();
        let mut known: HashMap<OsString, Id> = HashMap::with_capacity(old.len());
        for child in &old {
            known.insert(std::mem::take(&mut self.nodes[*child as usize].name), *child);
        }
        let mut children = Vec::with_capacity(entries.len());
        for entry in entries {
            let same = known
                .remove(&entry.name)
                .filter(|child| self.nodes[*child as usize].kind == entry.kind);
            children.push(match same {
                Some(child) => {
                    self.nodes[child as usize].name = entry.name;
                    child
                }
                None => self.insert(id, entry, !first),
            });
        }
        let kept: HashSet<Id> = children.iter().copied().collect();
        let cursor = self.beside(cursor, id, &old, &kept);
        for child in old.into_iter().filter(|child| !kept.contains(child)) {
            self.remove(child);
        }
        self.nodes[id as usize].contents = Contents {
            children: Some(children),
            modified: contents.0,
            note: contents.1,
        };
        self.reflow(id);
        cursor
    }

    /// Returns where a cursor goes that may be on, or in, what is no child of a directory any more: to the next one
    /// that is left, or to the one before.
    fn beside(&self, cursor: Id, dir: Id, old: &[Id], kept: &HashSet<Id>) -> Id {
        let mut at = cursor;
        while at != ROOT && self.nodes[at as usize].parent != dir {
            at = self.nodes[at as usize].parent;
        }
        let Some(place) = old.iter().position(|child| *child == at) else {
            return cursor;
        };
        if kept.contains(&at) {
            return cursor;
        }
        let left = |child: &&Id| kept.contains(child);
        let next = old[place..].iter().find(left);
        *next.or_else(|| old[..place].iter().rfind(left)).unwrap_or(&dir)
    }

    fn insert(&mut self, parent: Id, entry: Entry, new: bool) -> Id {
        let node = Node {
            name: entry.name,
            kind: entry.kind,
            open: false,
            stat: None,
            looked: false,
            new,
            parent,
            depth: self.nodes[parent as usize].depth + 1,
            contents: Contents::default(),
        };
        if let Some(id) = self.free.pop() {
            self.nodes[id as usize] = node;
            return id;
        }
        self.nodes.push(node);
        Id::try_from(self.nodes.len() - 1).unwrap_or(Id::MAX)
    }

    fn remove(&mut self, id: Id) {
        let mut gone = vec![id];
        while let Some(id) = gone.pop() {
            let node = &mut self.nodes[id as usize];
            node.name = OsString::new();
            node.open = false;
            gone.extend(std::mem::take(&mut node.contents).children.unwrap_or_default());
            self.free.push(id);
        }
    }

    /// Replaces the rows below a directory, and no others.
    fn reflow(&mut self, id: Id) {
        let depth = self.nodes[id as usize].depth;
        let start = match id {
            ROOT => 0,
            _ => match self.row_of(id) {
                Some(row) => row + 1,
                // It is within a directory that is closed.
                None => return,
            },
        };
        let is_below = |row: &Row| match *row {
            Row::Node(id) => self.nodes[id as usize].depth > depth,
            Row::Note(id) => self.nodes[id as usize].depth >= depth,
        };
        let count = match id {
            ROOT => self.rows.len(),
            _ => self.rows[start..].iter().take_while(|row| is_below(row)).count(),
        };
        let mut below = Vec::new();
        self.flatten(id, &mut below);
        self.rows.splice(start..start + count, below);
    }

    fn flatten(&self, id: Id, rows: &mut Vec<Row>) {
        let node = &self.nodes[id as usize];
        if !node.open {
            return;
        }
        for child in node.contents.children.iter().flatten() {
            rows.push(Row::Node(*child));
            self.flatten(*child, rows);
        }
        if node.contents.note.is_some() || node.contents.children.is_none() {
            rows.push(Row::Note(id));
        }
    }
}
