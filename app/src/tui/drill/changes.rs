//! What the test's view of the whole file system changed, as a tree, and each change in detail.

use std::path::PathBuf;

use serde_json::Value;

use super::folds::Folds;
use super::list::List;
use super::logs::Logs;
use crate::report::steps::Step;

pub(super) mod recorded;
pub(super) mod tree;

use recorded::Recorded;
use tree::Node;

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// The step that told of them last.
    told: Option<usize>,
    /// Whether the test has a view whose changes are told, now or later.
    pub(super) has_view: bool,
    /// What that step lists, until the file that shows more was read.
    listed: Vec<Recorded>,
    pub(super) list: Vec<Recorded>,
    /// How many there were, shown or not.
    pub(super) total: usize,
    nodes: Vec<Node>,
    /// Those that are shown.
    pub(super) rows: Vec<usize>,
    folds: Folds<PathBuf>,
    pub(super) cursor: List,
    /// The first line of the detail that is shown.
    pub(super) scroll: usize,
}

impl Changes {
    /// Takes what the last step says, if that is another one than before. Returns the file that says more.
    pub(super) fn rebuild(&mut self, logs: &Logs, height: usize) -> Option<String> {
        self.has_view = self.has_view || logs.steps.iter().any(is_of_view);
        let told = logs.steps.iter().rposition(|step| step.kind == "changes")?;
        if self.told == Some(told) {
            return None;
        }
        self.told = Some(told);
        let step = &logs.steps[told];
        // An array that was too long for its line is an object with the first ones.
        let list = step.fields.get("list");
        let list = list.and_then(|list| list.as_array().or_else(|| list.get("head")?.as_array()));
        let read = |value: &Value| serde_json::from_value(value.clone()).ok();
        self.listed = list.into_iter().flatten().filter_map(read).collect();
        let total = step.fields.get("total").and_then(Value::as_u64);
        let total = total.and_then(|total| usize::try_from(total).ok());
        self.total = total.unwrap_or(self.listed.len());
        let file = step.text("file");
        // What is known in detail stays to be seen until the file that tells more was read.
        if file.is_none() || self.list.is_empty() {
            self.show(self.listed.clone(), height);
        }
        file
    }

    /// Takes what the file has; nothing if it cannot be read, then what the step lists has to do.
    pub(super) fn take(&mut self, file: Option<Vec<Recorded>>, height: usize) {
        let list = file.unwrap_or_else(|| self.listed.clone());
        self.show(list, height);
    }

    /// Shows changes. The cursor stays on its path.
    fn show(&mut self, list: Vec<Recorded>, height: usize) {
        let at = self.selected().map(|node| node.path.clone());
        self.list = list;
        self.nodes = tree::tree(&self.list);
        self.reflow(at, height);
    }

    fn reflow(&mut self, at: Option<PathBuf>, height: usize) {
        let nodes = self.nodes.iter();
        self.rows = self
            .folds
            .shown(nodes.map(|node| (node.path.as_path(), node.depth)));
        let first = || self.rows.iter().position(|row| self.nodes[*row].change.is_some());
        let row = match &at {
            Some(path) => {
                let around = |row: &usize| path.starts_with(&self.nodes[*row].path);
                self.rows.iter().rposition(around)
            }
            None => first(),
        };
        self.cursor.set(row.unwrap_or(0), self.rows.len(), height);
    }

    /// Returns whether the record tells of changes at all.
    pub(super) fn is_told(&self) -> bool {
        self.told.is_some()
    }

    pub(super) fn node(&self, row: usize) -> Option<&Node> {
        self.nodes.get(*self.rows.get(row)?)
    }

    /// Returns what is under the cursor.
    pub(super) fn selected(&self) -> Option<&Node> {
        self.node(self.cursor.cursor)
    }

    /// Returns the change under the cursor, if that is one.
    pub(super) fn change(&self) -> Option<&Recorded> {
        self.list.get(self.selected()?.change?)
    }

    pub(super) fn is_open(&self, node: &Node) -> bool {
        self.folds.is_open(node.path.as_path())
    }

    /// Opens or closes what is under the cursor; what cannot be closed closes what it is in.
    pub(super) fn fold(&mut self, close: bool, height: usize) {
        let Some(node) = self.selected() else { return };
        let path = if node.has_more() && (!close || self.is_open(node)) {
            node.path.clone()
        } else if close {
            let outer = |other: &&usize| self.nodes[**other].depth < node.depth;
            let above = &self.rows[..self.cursor.cursor];
            match above.iter().rev().find(outer) {
                Some(outer) => self.nodes[*outer].path.clone(),
                None => return,
            }
        } else {
            return;
        };
        if close {
            self.folds.close(path.clone());
        } else {
            self.folds.open(path.as_path());
        }
        self.scroll = 0;
        self.reflow(Some(path), height);
    }

    /// Opens or closes what is under the cursor.
    pub(super) fn toggle(&mut self, height: usize) {
        let node = self.selected();
        let is_open = node.is_some_and(|node| node.has_more() && self.is_open(node));
        let has_more = node.is_some_and(Node::has_more);
        if has_more {
            self.fold(is_open, height);
        }
    }

    /// Closes all directories, or opens them.
    pub(super) fn fold_all(&mut self, height: usize) {
        let at = self.selected().map(|node| node.path.clone());
        self.folds = if self.folds.are_all_open() {
            let inner = self.nodes.iter().filter(|node| node.has_more());
            Folds::of(inner.map(|node| node.path.clone()))
        } else {
            Folds::default()
        };
        self.scroll = 0;
        self.reflow(at, height);
    }

    /// Returns what is under the cursor as tests say it: a change, or all in a directory.
    pub(super) fn text(&self) -> Option<(&'static str, String)> {
        let node = self.selected()?;
        if !node.has_more() {
            return Some(("the change", self.list.get(node.change?)?.text()));
        }
        let inside = self
            .list
            .iter()
            .filter(|change| change.path.starts_with(&node.path))
            .map(Recorded::text);
        Some(("the changes", inside.collect::<Vec<_>>().join("\n")))
    }
}

/// Whether a step tells of a view, or of what it has changed.
fn is_of_view(step: &Step) -> bool {
    step.kind == "changes" || (step.kind == "fixture" && step.text("name").as_deref() == Some("Overlay"))
}
