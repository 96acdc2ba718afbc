//! The tree of groups and tests as rows: what is folded, filtered and marked, and where the cursor is.
//!
//! Everything is remembered by name, so that nothing is lost when tests come and go. Rows are made anew only when
//! something they depend on changed; a view draws the few that can be seen.

use std::collections::BTreeSet;

use nucleo_matcher::{Config, Matcher};

use super::filter::{self, Wanted};
use super::suite::{Node, Suite};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What stands in it.
    pub node: Node,
    /// Which characters of the id the filter found, ascending.
    pub found: Vec<u32>,
}

/// What the user did to the tree.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The rows, top to bottom.
    pub rows: Vec<Row>,
    /// Index of the row under the cursor.
    pub cursor: usize,
    /// Index of the first row that is shown.
    pub offset: usize,
    /// The filter's text.
    pub filter: String,
    /// Only what did not pass.
    pub only_failed: bool,
    /// What did not pass first.
    pub failures_first: bool,
    /// Ids of marked tests.
    pub marks: BTreeSet<String>,
    folded: BTreeSet<String>,
    /// The name or id of what is under the cursor.
    under: Option<String>,
}

impl Tree {
    /// Returns what is under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<Node> {
        self.rows.get(self.cursor).map(|row| row.node)
    }

    /// Whether a group shows none of its tests. A filter opens what it finds.
    #[must_use]
    pub fn is_folded(&self, group: &str) -> bool {
        self.filter.is_empty() && self.folded.contains(group)
    }

    /// Whether fewer than all tests are shown.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.filter.is_empty() || self.only_failed
    }

    /// Whether which rows there are, or their order, depends on how tests stand.
    #[must_use]
    pub fn is_by_standing(&self) -> bool {
        self.only_failed || self.failures_first || filter::is_by_standing(&self.filter)
    }

    /// Makes the rows anew. The cursor stays on what it is on or, if that is gone, where it is.
    pub fn refresh(&mut self, suite: &Suite) {
        self.rows = rows(self, suite);
        let under = self.under.as_ref().and_then(|id| suite.find(id));
        let at = under.and_then(|node| self.rows.iter().position(|row| row.node == node));
        // What is hidden by a fold is stood for by its group.
        let group = match under {
            Some(Node::Test(at)) => Some(Node::Group(suite.tests[at].group)),
            _ => None,
        };
        let stand_in = || self.rows.iter().position(|row| Some(row.node) == group);
        let last = self.rows.len().saturating_sub(1);
        let row = at.or_else(stand_in).unwrap_or(self.cursor.min(last));
        // A test that a filter hides is come back to when the filter goes.
        let keep = at.is_none() && under.is_some() && self.is_filtered();
        self.cursor = row;
        if !keep {
            self.under = self.selected().map(|node| suite.id(node).to_owned());
        }
    }

    /// Puts the cursor on a row, or on the last if there are fewer.
    pub fn go(&mut self, row: usize, suite: &Suite) {
        self.cursor = row.min(self.rows.len().saturating_sub(1));
        self.under = self.selected().map(|node| suite.id(node).to_owned());
    }

    /// Scrolls so that the cursor is among `height` rows.
    pub fn follow(&mut self, height: usize) {
        let last_offset = self.rows.len().saturating_sub(height);
        let lowest = (self.cursor + 1).saturating_sub(height);
        self.offset = self
            .offset
            .clamp(lowest, self.cursor.max(lowest))
            .min(last_offset);
    }

    /// Goes to the next, or the previous, row that satisfies `wanted`, around the end. Whether there is one.
    pub fn seek(&mut self, forward: bool, suite: &Suite, wanted: impl Fn(Node) -> bool) -> bool {
        let len = self.rows.len();
        let steps = (1..=len).map(|step| {
            let step = if forward { step } else { len - step };
            (self.cursor + step) % len
        });
        let found = steps.into_iter().find(|at| wanted(self.rows[*at].node));
        if let Some(at) = found {
            self.go(at, suite);
        }
        found.is_some()
    }

    /// Returns the names of folded groups.
    #[must_use]
    pub fn folded(&self) -> &BTreeSet<String> {
        &self.folded
    }

    /// Folds these groups and no others.
    pub fn set_folded(&mut self, names: BTreeSet<String>) {
        self.folded = names;
    }

    /// Folds a group, or unfolds it.
    pub fn fold(&mut self, group: &str, folded: bool) {
        if folded {
            self.folded.insert(group.to_owned());
        } else {
            self.folded.remove(group);
        }
    }

    /// Folds all groups, or unfolds them if all are folded.
    pub fn fold_all(&mut self, suite: &Suite) {
        let names: BTreeSet<String> = suite.groups.iter().map(|group| group.name.clone()).collect();
        if names.iter().all(|name| self.folded.contains(name)) {
            self.folded.clear();
        } else {
            self.folded = names;
        }
    }

    /// Marks tests, or takes the marks away if all of them have one.
    pub fn mark(&mut self, ids: &[&str]) {
        if ids.iter().all(|id| self.marks.contains(*id)) {
            self.marks.retain(|id| !ids.contains(&id.as_str()));
        } else {
            self.marks.extend(ids.iter().map(|id| (*id).to_owned()));
        }
    }
}

fn rows(tree: &Tree, suite: &Suite) -> Vec<Row> {
    let wanted = Wanted::new(&tree.filter, tree.only_failed);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut rows = Vec::with_capacity(suite.groups.len() + suite.tests.len());
    let mut groups: Vec<usize> = (0..suite.groups.len()).collect();
    if tree.failures_first {
        groups.sort_by_key(|at| suite.counts(*at).bad() == 0);
    }
    for group in groups {
        let entry = &suite.groups[group];
        let mut tests: Vec<Row> = entry
            .tests
            .iter()
            .filter_map(|at| {
                Some(Row {
                    node: Node::Test(*at),
                    found: wanted.test(&suite.tests[*at], suite, &mut matcher)?,
                })
            })
            .collect();
        if tests.is_empty() && !wanted.group(entry.error.is_some(), &entry.name, &mut matcher) {
            continue;
        }
        if tree.failures_first {
            tests.sort_by_key(|row| !matches!(row.node, Node::Test(at) if suite.tests[at].is_bad()));
        }
        rows.push(Row {
            node: Node::Group(group),
            found: Vec::new(),
        });
        if !tree.is_folded(&entry.name) {
            rows.append(&mut tests);
        }
    }
    rows
}
