//! Changes as the tree that they lie in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::recorded::{Kind, Recorded};

/// Deeper than any path of a kernel is; one from elsewhere is shown up to here.
const DEEPEST: usize = 2048;

/// A row: a changed path, or a directory that has changed ones in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui::drill) struct Node {
    /// What is shown of its path: several parts where nothing else is in them.
    pub(in crate::tui::drill) label: PathBuf,
    pub(in crate::tui::drill) path: PathBuf,
    pub(in crate::tui::drill) depth: usize,
    /// Which of the changes is its own.
    pub(in crate::tui::drill) change: Option<usize>,
    /// How many there are below it, of each kind.
    pub(in crate::tui::drill) below: [usize; Kind::ALL.len()],
}

impl Node {
    /// Whether there is anything below it.
    pub(in crate::tui::drill) fn has_more(&self) -> bool {
        self.below.iter().any(|count| *count > 0)
    }
}

#[derive(Debug, Default)]
struct Dir {
    change: Option<usize>,
    children: BTreeMap<OsString, Dir>,
}

impl Dir {
    fn insert(&mut self, path: &Path, change: usize) {
        let mut at = self;
        for part in path.components().take(DEEPEST) {
            if let Component::Normal(name) = part {
                at = at.children.entry(name.to_owned()).or_default();
            }
        }
        at.change = Some(change);
    }

    /// Where it only leads to another directory, so that both are one row.
    fn passage(&self) -> Option<(&OsString, &Dir)> {
        let (name, child) = self.children.first_key_value()?;
        let is_alone = self.children.len() == 1 && self.change.is_none();
        (is_alone && child.change.is_none() && !child.children.is_empty()).then_some((name, child))
    }
}

/// A directory to become a row, with those that it has in it.
struct Next<'a> {
    label: PathBuf,
    path: PathBuf,
    depth: usize,
    dir: &'a Dir,
}

impl<'a> Next<'a> {
    /// Adds what is in a directory to what comes next: the last first, as the end is taken off first.
    fn push_all(next: &mut Vec<Next<'a>>, dir: &'a Dir, path: &Path, depth: usize) {
        next.extend(dir.children.iter().rev().map(|(name, dir)| Next {
            label: name.into(),
            path: path.join(name),
            depth,
            dir,
        }));
    }
}

/// Returns all rows, each directory before what is in it, as if all were open.
pub(in crate::tui::drill) fn tree(changes: &[Recorded]) -> Vec<Node> {
    let mut root = Dir::default();
    for (index, change) in changes.iter().enumerate() {
        root.insert(&change.path, index);
    }
    let mut next = Vec::new();
    match root.change {
        None => Next::push_all(&mut next, &root, Path::new("/"), 0),
        Some(_) => next.push(Next {
            label: "/".into(),
            path: "/".into(),
            depth: 0,
            dir: &root,
        }),
    }
    let mut nodes = Vec::new();
    while let Some(mut this) = next.pop() {
        while let Some((name, child)) = this.dir.passage() {
            this.label.push(name);
            this.path.push(name);
            this.dir = child;
        }
        Next::push_all(&mut next, this.dir, &this.path, this.depth + 1);
        nodes.push(Node {
            label: this.label,
            path: this.path,
            depth: this.depth,
            change: this.dir.change,
            below: [0; Kind::ALL.len()],
        });
    }
    count(&mut nodes, changes);
    nodes
}

/// Adds up what lies below each row.
fn count(nodes: &mut [Node], changes: &[Recorded]) {
    let mut around: Vec<usize> = Vec::new();
    for at in 0..nodes.len() {
        around.retain(|outer| nodes[*outer].depth < nodes[at].depth);
        if let Some(change) = nodes[at].change.and_then(|change| changes.get(change)) {
            for outer in &around {
                nodes[*outer].below[change.kind as usize] += 1;
            }
        }
        around.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(lines: &[&str]) -> Vec<Recorded> {
        let change = |line: &&str| {
            let (kind, path) = line.split_once(':').expect("a kind and a path");
            serde_json::from_value(serde_json::json!({ "change": kind, "path": path })).expect("a change")
        };
        lines.iter().map(change).collect()
    }

    fn drawn(nodes: &[Node]) -> Vec<String> {
        let line = |node: &Node| {
            let mark = if node.change.is_some() { "*" } else { "" };
            format!(
                "{}{}{mark} {:?}",
                " ".repeat(node.depth),
                node.label.display(),
                node.below
            )
        };
        nodes.iter().map(line).collect()
    }

    #[test]
    fn what_only_leads_on_is_one_row_and_each_counts_what_is_below() {
        let changes = changes(&[
            "mod:/etc/hosts",
            "add:/usr/share/doc/new",
            "add:/usr/share/doc/new/a",
            "del:/usr/share/doc/old",
            "add:/var/lib/x",
        ]);
        let nodes = tree(&changes);
        assert_eq!(
            drawn(&nodes),
            [
                "etc [0, 1, 0]",
                " hosts* [0, 0, 0]",
                "usr/share/doc [2, 0, 1]",
                " new* [1, 0, 0]",
                "  a* [0, 0, 0]",
                " old* [0, 0, 0]",
                "var/lib [1, 0, 0]",
                " x* [0, 0, 0]",
            ]
        );
    }

    #[test]
    fn the_root_itself_and_deep_paths_do() {
        let deep = format!("add:{}", "/d".repeat(5000));
        let nodes = tree(&changes(&["mod:/", &deep, "del:/x"]));
        assert_eq!(nodes[0].label, Path::new("/"));
        assert_eq!(nodes[0].below, [1, 0, 1]);
        assert_eq!(nodes.len(), 4);
        assert!(nodes.iter().skip(1).all(|node| node.depth > nodes[0].depth));
    }
}
