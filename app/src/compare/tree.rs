//! The workspaces of two attempts, merged into one tree: which files only one of them holds, and which are not the same in
//! both.
//!
//! What daemons keep for themselves differs from attempt to attempt without meaning anything, and is not looked into. Logs
//! are compared line by line elsewhere, so here it counts only whether they are there.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use super::normal::Normalizer;
use super::{AROUND, Limits, Line, Row};
use contents::Contents;
use walk::Walk;

pub(super) mod contents;
mod walk;

/// More entries are not compared.
const MOST: usize = 100_000;

/// Two workspaces as one tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trees {
    /// All that at least one of them holds, a directory before what is in it.
    pub(crate) nodes: Vec<Node>,
    /// What was not compared, and why.
    pub(crate) limits: Vec<String>,
}

/// A name in one workspace, or in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its path below the workspace.
    pub(crate) path: PathBuf,
    /// In how many directories it is.
    pub(crate) depth: usize,
    /// The index of the node that follows it and all that it holds.
    pub(crate) end: usize,
    /// What it is in each of them.
    pub(crate) sides: [Option<Side>; 2],
    /// How the two differ.
    pub(crate) change: Change,
    /// How much of what it holds is not the same.
    pub(crate) held: Counts,
}

/// What a name stands for in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) kind: Kind,
    /// In bytes.
    pub(crate) size: u64,
    /// The permissions.
    pub(crate) mode: u32,
    /// Its name on the disk: a log may be compressed there.
    pub(crate) path: PathBuf,
}

/// What kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A directory.
    Dir,
    /// A plain file.
    File,
    /// A symbolic link that leads there.
    Link(PathBuf),
    /// A pipe, a socket or a device.
    Special,
}

/// How a name differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It does not.
    Same,
    /// Only the left one has it.
    Removed,
    /// Only the right one has it.
    Added,
    /// It is another thing: a file in one, a directory in the other.
    Kind,
    /// It holds something else, or leads elsewhere.
    Contents,
    /// Only who may do what with it.
    Permissions,
}

/// How many differ in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) removed: usize,
    pub(crate) added: usize,
    pub(crate) changed: usize,
}

impl Counts {
    fn count(&mut self, change: Change) {
        match change {
            Change::Same => {}
            Change::Removed => self.removed += 1,
            Change::Added => self.added += 1,
            Change::Kind | Change::Contents | Change::Permissions => self.changed += 1,
        }
    }

    /// Returns how many differ in any way.
    pub(crate) fn all(self) -> usize {
        self.removed + self.added + self.changed
    }
}

impl Node {
    /// Whether it is a directory wherever it is.
    pub(crate) fn is_dir(&self) -> bool {
        self.sides.iter().flatten().all(|side| side.kind == Kind::Dir)
    }

    /// Returns what is said of a side where one looks at all names one below the other.
    fn text(&self, side: usize) -> Option<String> {
        let told = self.sides[side].as_ref()?;
        let name = self.path.to_string_lossy();
        let mut text = match &told.kind {
            Kind::Dir => format!("{name}/"),
            Kind::File if is_in(&self.path, "logs") => name.into_owned(),
            Kind::File => format!("{name}  {} bytes", told.size),
            Kind::Link(to) => format!("{name} → {}", to.display()),
            Kind::Special => format!("{name}  no plain file"),
        };
        match self.change {
            Change::Permissions => text.push_str(&format!(", mode {:04o}", told.mode)),
            // Where sizes are the same nothing else tells them apart.
            Change::Contents if self.sizes_are_equal() => {
                text.push_str(["", ", other contents"][side]);
            }
            _ => {}
        }
        Some(text)
    }

    fn sizes_are_equal(&self) -> bool {
        match &self.sides {
            [Some(left), Some(right)] => left.kind == Kind::File && left.size == right.size,
            _ => false,
        }
    }
}

impl Trees {
    /// Merges two workspaces; `normal` are the normalizers of their attempts.
    pub(super) fn compare(dirs: [&Path; 2], normal: [&Normalizer<'_>; 2], limits: Limits) -> Trees {
        let (nodes, cut) = Walk::new(dirs).all(MOST);
        let mut trees = Trees {
            nodes,
            limits: Vec::new(),
        };
        if cut {
            trees
                .limits
                .push(format!("only the first {MOST} entries are compared"));
        }
        trees.level();
        let mut contents = Contents::new(normal, Instant::now() + limits.time);
        for node in &mut trees.nodes {
            node.change = change(node, &mut contents);
        }
        trees.limits.extend(contents.limit(limits.time));
        trees.count();
        trees
    }

    /// Of an attempt that passed the daemons' directories do not stay: where only one has them, that is no difference.
    fn level(&mut self) {
        let has_roots = [0, 1].map(|side| {
            let mut roots = self.nodes.iter().filter(|node| is_root(&node.path));
            roots.any(|node| node.sides[side].is_some())
        });
        if has_roots[0] == has_roots[1] {
            return;
        }
        let kept: Vec<bool> = self.nodes.iter().map(|node| !is_root(&node.path)).collect();
        // Whole directories go: what follows moves up by as many as went before it.
        let mut before = Vec::with_capacity(kept.len() + 1);
        let mut count = 0;
        before.push(0);
        for kept in &kept {
            count += usize::from(*kept);
            before.push(count);
        }
        let mut kept = kept.iter();
        self.nodes.retain(|_| kept.next().is_some_and(|kept| *kept));
        for node in &mut self.nodes {
            node.end = before[node.end];
        }
        self.limits
            .push("only one attempt kept what its daemons stored: that is left out".to_owned());
    }

    /// Counts in each directory what differs below it.
    fn count(&mut self) {
        let mut around: Vec<usize> = Vec::new();
        for at in 0..self.nodes.len() {
            around.truncate(self.nodes[at].depth);
            let change = self.nodes[at].change;
            for dir in &around {
                self.nodes[*dir].held.count(change);
            }
            around.push(at);
        }
    }

    /// Returns how much is not the same, altogether.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.nodes.iter().for_each(|node| counts.count(node.change));
        counts
    }

    /// Returns the names one below the other, as a log is shown: what is the same only around what is not.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut numbers = [0, 0];
        let mut all = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let line = |side: usize, numbers: &mut [usize; 2]| {
                let text = node.text(side)?;
                numbers[side] += 1;
                let number = numbers[side];
                Some(Line { number, text })
            };
            let (left, right) = (line(0, &mut numbers), line(1, &mut numbers));
            all.push(match (node.change, left, right) {
                (Change::Same, Some(left), Some(right)) => Row::Same(left, right.number),
                (_, left, right) => Row::Differ(left, right),
            });
        }
        compact(all)
    }
}

/// Says how a name differs.
fn change(node: &Node, contents: &mut Contents<'_>) -> Change {
    let (left, right) = match &node.sides {
        [Some(left), Some(right)] => (left, right),
        [Some(_), None] => return Change::Removed,
        [None, _] => return Change::Added,
    };
    let holds_the_same = match (&left.kind, &right.kind) {
        (Kind::File, Kind::File) => {
            is_in(&node.path, "logs") || is_of_daemon(&node.path) || contents.are_same(left, right)
        }
        (Kind::Link(left), Kind::Link(right)) => contents.is_same_path(left, right),
        (Kind::Dir, Kind::Dir) | (Kind::Special, Kind::Special) => true,
        _ => return Change::Kind,
    };
    match (holds_the_same, left.mode == right.mode) {
        (true, true) => Change::Same,
        (true, false) => Change::Permissions,
        (false, _) => Change::Contents,
    }
}

/// Leaves out what is the same and far from all that is not.
fn compact(all: Vec<Row>) -> Vec<Row> {
    let is_same = |row: &Row| matches!(row, Row::Same(..));
    let mut rows = Vec::new();
    let mut rest = all.as_slice();
    while !rest.is_empty() {
        let differ = rest.iter().take_while(|row| !is_same(row)).count();
        rows.extend_from_slice(&rest[..differ]);
        rest = &rest[differ..];
        let same = rest.iter().take_while(|row| is_same(row)).count();
        let before = if rows.is_empty() { 0 } else { AROUND };
        let behind = if same == rest.len() { 0 } else { AROUND };
        if same > before + behind + 1 {
            rows.extend_from_slice(&rest[..before]);
            rows.push(Row::Skipped(same - before - behind));
            rows.extend_from_slice(&rest[same - behind..same]);
        } else {
            rows.extend_from_slice(&rest[..same]);
        }
        rest = &rest[same..];
    }
    rows
}

/// Whether it is a daemon's root, or the oracle's, or lies in one.
fn is_root(below: &Path) -> bool {
    let first = first(below);
    first == "root" || first == "oracle" || first.starts_with("root-")
}

fn first(below: &Path) -> &str {
    let first = below.components().next();
    first
        .and_then(|part| part.as_os_str().to_str())
        .unwrap_or_default()
}

pub(super) fn is_in(below: &Path, dir: &str) -> bool {
    below.components().next() == Some(Component::Normal(OsStr::new(dir)))
}

/// Whether something lies in a daemon's root, and is no chunk.
pub(super) fn is_of_daemon(below: &Path) -> bool {
    let mut parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    let is_root = parts
        .next()
        .is_some_and(|first| first == "root" || first.starts_with("root-"));
    is_root && parts.next().is_some_and(|second| second != "chunks")
}

#[cfg(test)]
mod tests;
