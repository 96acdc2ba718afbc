//! The workspaces of a comparison, as a tree: what of it is open, and the file that is looked into.

use std::path::Path;

use crate::compare::tree::{Change, Kind, Node, Trees};
use crate::compare::{FilesAsk, LogDiff};
use crate::tui::drill::folds::Folds;

/// How the workspaces are looked at.
#[derive(Debug, Clone, Default)]
pub(in crate::tui::drill) struct Spaces {
    /// Directories of which nothing is shown, by their nodes.
    folds: Folds<usize>,
    /// The file under the cursor, if it differs.
    pub(in crate::tui::drill) file: Option<Opened>,
}

/// A file that differs.
#[derive(Debug, Clone)]
pub(in crate::tui::drill) struct Opened {
    ask: FilesAsk,
    /// What came of comparing it; `None` while that is done.
    pub(in crate::tui::drill) diff: Option<LogDiff>,
    /// The first row that is shown of it.
    pub(in crate::tui::drill) top: usize,
}

impl Spaces {
    /// What differs is open; what is the same, or on one side only, is one row.
    pub(in crate::tui::drill) fn of(trees: &Trees) -> Spaces {
        let nodes = trees.nodes.iter().enumerate();
        let folded = nodes.filter(|(_, node)| node.change != Change::Same || node.held.all() == 0);
        Spaces {
            folds: Folds::of(folded.map(|(at, _)| at)),
            file: None,
        }
    }

    /// Returns the nodes that are shown.
    pub(in crate::tui::drill) fn rows(&self, trees: &Trees) -> Vec<usize> {
        let numbers: Vec<usize> = (0..trees.nodes.len()).collect();
        let depths = trees.nodes.iter().map(|node| node.depth);
        self.folds.shown(numbers.iter().zip(depths))
    }

    /// Whether a directory's contents are shown.
    pub(in crate::tui::drill) fn is_open(&self, node: usize) -> bool {
        self.folds.is_open(&node)
    }

    /// Opens or closes a directory.
    pub(in crate::tui::drill) fn fold(&mut self, node: usize) {
        if !self.folds.open(&node) {
            self.folds.close(node);
        }
    }

    /// Opens all directories, or again only those in which something differs.
    pub(in crate::tui::drill) fn fold_all(&mut self, trees: &Trees) {
        let file = self.file.take();
        *self = match self.folds.are_all_open() {
            true => Spaces::of(trees),
            false => Spaces::default(),
        };
        self.file = file;
    }

    /// Whether something to be looked at is on a row: a difference, or a directory that hides one.
    pub(in crate::tui::drill) fn differs(&self, trees: &Trees, node: usize) -> bool {
        let is_hidden = |told: &Node| told.held.all() > 0 && !self.is_open(node);
        let told = trees.nodes.get(node);
        told.is_some_and(|told| told.change != Change::Same || is_hidden(told))
    }

    /// Looks into the file of a node, and returns what is to be compared for that.
    pub(in crate::tui::drill) fn look(
        &mut self,
        attempts: [&Path; 2],
        node: Option<&Node>,
    ) -> Option<FilesAsk> {
        let file = |at: &Node, side: usize| {
            let side = at.sides[side].as_ref().filter(|side| side.kind == Kind::File);
            side.map(|side| side.path.clone())
        };
        let shown =
            node.filter(|node| matches!(node.change, Change::Removed | Change::Added | Change::Contents));
        let ask = shown.map(|node| FilesAsk {
            attempts: attempts.map(Path::to_owned),
            name: node.path.clone(),
            files: [file(node, 0), file(node, 1)],
        });
        let Some(ask) = ask.filter(|ask| ask.files.iter().any(Option::is_some)) else {
            self.file = None;
            return None;
        };
        if self.file.as_ref().is_some_and(|file| file.ask == ask) {
            return None;
        }
        self.file = Some(Opened {
            ask: ask.clone(),
            diff: None,
            top: 0,
        });
        Some(ask)
    }

    /// Takes what came of comparing a file, unless another one is looked into by now.
    pub(in crate::tui::drill) fn take(&mut self, ask: &FilesAsk, diff: LogDiff) {
        if let Some(file) = self.file.as_mut().filter(|file| file.ask == *ask) {
            file.diff = Some(diff);
        }
    }

    /// Shows what is further down in the file, or up; of its rows the last one stays.
    pub(in crate::tui::drill) fn scroll(&mut self, down: bool) {
        const ROWS: usize = 4;
        if let Some(file) = &mut self.file {
            let rows = file.diff.as_ref().map_or(0, |diff| diff.rows.len());
            file.top = match down {
                true => (file.top + ROWS).min(rows.saturating_sub(1)),
                false => file.top.saturating_sub(ROWS),
            };
        }
    }
}
