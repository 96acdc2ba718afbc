//! Two attempts compared: which rows there are, in one column or in two, or as a tree.

use std::path::PathBuf;

use super::spaces::Spaces;
use crate::compare::tree::{Node, Trees};
use crate::compare::{Comparison, FilesAsk, LogDiff, Row};
use crate::tui::drill::list::List;

/// From this many columns on there is room for both sides.
pub(in crate::tui::drill) const WIDE: u16 = 100;

/// A comparison that is shown.
#[derive(Debug, Clone)]
pub(in crate::tui::drill) struct Diff {
    pub(in crate::tui::drill) left: PathBuf,
    pub(in crate::tui::drill) right: PathBuf,
    /// What came of it; `None` while it is made.
    pub(in crate::tui::drill) result: Option<Comparison>,
    /// The log that is shown.
    pub(in crate::tui::drill) log: usize,
    pub(in crate::tui::drill) list: List,
    pub(in crate::tui::drill) rows: Vec<Shown>,
    /// How their workspaces are looked at.
    pub(in crate::tui::drill) spaces: Spaces,
    /// Whether it was asked for in a workspace: it begins with these, and leads back there.
    pub(in crate::tui::drill) is_of_spaces: bool,
}

/// A row as it is shown: the index of a row of the comparison, and which side of it; or of a node of the workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui::drill) enum Shown {
    /// Both sides.
    Both(usize),
    /// The left one.
    Left(usize),
    /// The right one.
    Right(usize),
}

impl Shown {
    pub(in crate::tui::drill) fn row(self) -> usize {
        let (Shown::Both(row) | Shown::Left(row) | Shown::Right(row)) = self;
        row
    }
}

impl Diff {
    /// A comparison that is being made.
    pub(in crate::tui::drill) fn new(left: PathBuf, right: PathBuf) -> Diff {
        Diff {
            left,
            right,
            result: None,
            log: 0,
            list: List::default(),
            rows: Vec::new(),
            spaces: Spaces::default(),
            is_of_spaces: false,
        }
    }

    /// Returns the log that is shown.
    pub(in crate::tui::drill) fn shown(&self) -> Option<&LogDiff> {
        self.result.as_ref()?.logs.get(self.log)
    }

    /// Returns the workspaces, if these are shown.
    pub(in crate::tui::drill) fn trees(&self) -> Option<&Trees> {
        let result = self.result.as_ref()?;
        self.shown()?.is_tree().then_some(&result.trees)
    }

    /// Returns the entry of the workspaces under the cursor.
    pub(in crate::tui::drill) fn node(&self) -> Option<&Node> {
        let row = self.rows.get(self.list.cursor)?;
        self.trees()?.nodes.get(row.row())
    }

    /// Takes what came of it, and goes to where they begin to differ.
    pub(in crate::tui::drill) fn take(&mut self, result: Comparison, two: bool, height: usize) {
        let trees = || result.logs.iter().position(|log| log.is_tree());
        let begin = if self.is_of_spaces { trees() } else { None };
        self.log = begin.or_else(|| result.first()).unwrap_or(0);
        self.spaces = Spaces::of(&result.trees);
        self.result = Some(result);
        self.open(two, height);
    }

    /// Shows another log.
    pub(in crate::tui::drill) fn other(&mut self, forward: bool, two: bool, height: usize) {
        let all = self.result.as_ref().map_or(0, |result| result.logs.len());
        self.log = match forward {
            true => (self.log + 1).min(all.saturating_sub(1)),
            false => self.log.saturating_sub(1),
        };
        self.open(two, height);
    }

    fn open(&mut self, two: bool, height: usize) {
        self.list = List::default();
        self.rows.clear();
        self.reflow(two, height);
        let first = (0..self.rows.len()).find(|at| self.differs(*at));
        if let Some(row) = first {
            // With what led to it above.
            self.list.top = row.saturating_sub(height / 3);
            self.list.set(row, self.rows.len(), height);
        }
    }

    /// Makes the rows anew. The cursor stays on its line.
    pub(in crate::tui::drill) fn reflow(&mut self, two: bool, height: usize) {
        let at = self.rows.get(self.list.cursor).map(|row| row.row());
        self.rows = match (self.trees(), self.shown()) {
            (Some(trees), _) => self.spaces.rows(trees).into_iter().map(Shown::Both).collect(),
            (None, Some(log)) => flow(&log.rows, two),
            (None, None) => Vec::new(),
        };
        let row = at.and_then(|at| self.rows.iter().position(|row| row.row() == at));
        self.list.set(row.unwrap_or(0), self.rows.len(), height);
    }

    /// Returns the log that is shown as a unified difference.
    pub(in crate::tui::drill) fn text(&self) -> Option<String> {
        let log = self.shown()?;
        let told = |shown: &Shown| match (log.rows.get(shown.row())?, shown) {
            (Row::Same(line, _), _) => Some(format!(" {}\n", line.text)),
            (Row::Skipped(lines), _) => Some(format!("@@ {lines} lines are the same @@\n")),
            (Row::Differ(Some(line), _), Shown::Left(_)) => Some(format!("-{}\n", line.text)),
            (Row::Differ(_, Some(line)), Shown::Right(_)) => Some(format!("+{}\n", line.text)),
            (Row::Differ(..), _) => None,
        };
        let head = format!("--- {}\n+++ {}\n", self.left.display(), self.right.display());
        Some(head + &flow(&log.rows, false).iter().filter_map(told).collect::<String>())
    }

    /// Whether a row tells of a difference.
    fn differs(&self, at: usize) -> bool {
        let Some(row) = self.rows.get(at).map(|row| row.row()) else {
            return false;
        };
        match self.trees() {
            Some(trees) => self.spaces.differs(trees, row),
            None => self
                .shown()
                .is_some_and(|log| matches!(log.rows.get(row), Some(Row::Differ(..)))),
        }
    }

    /// Goes to the next place where they differ, or to the one before.
    pub(in crate::tui::drill) fn next(&mut self, forward: bool, height: usize) {
        // Of lines that differ the first one counts; of names each does.
        let is_tree = self.trees().is_some();
        let goes_on = |at: usize| !is_tree && at.checked_sub(1).is_some_and(|before| self.differs(before));
        let begins = |at: &usize| self.differs(*at) && !goes_on(*at);
        let here = self.list.cursor;
        let found = if forward {
            (here + 1..self.rows.len()).find(begins)
        } else {
            (0..here).rev().find(begins)
        };
        if let Some(row) = found {
            self.list.set(row, self.rows.len(), height);
        }
    }

    /// Opens what is under the cursor of the workspaces: a directory, or closes it; a file, as one more log.
    pub(in crate::tui::drill) fn enter(&mut self, two: bool, height: usize) {
        let Some(node) = self.node() else { return };
        if node.is_dir() {
            let at = self.rows[self.list.cursor].row();
            self.spaces.fold(at);
            return self.reflow(two, height);
        }
        let path = node.path.clone();
        let known = self.result.as_ref().and_then(|result| result.log_at(&path));
        let at = known.or_else(|| {
            let file = self.spaces.file.as_ref()?.diff.clone()?;
            let logs = &mut self.result.as_mut()?.logs;
            let at = logs.iter().position(|log| log.name == file.name);
            Some(at.unwrap_or_else(|| {
                logs.push(file);
                logs.len() - 1
            }))
        });
        if let Some(at) = at {
            self.log = at;
            self.open(two, height);
        }
    }

    /// Opens all directories of the workspaces, or only those in which something differs.
    pub(in crate::tui::drill) fn fold_all(&mut self, two: bool, height: usize) {
        if let Some(result) = self.result.as_ref().filter(|_| self.trees().is_some()) {
            self.spaces.fold_all(&result.trees);
            self.reflow(two, height);
        }
    }

    /// Returns what is to be compared for what is under the cursor, unless that was done.
    pub(in crate::tui::drill) fn look(&mut self) -> Option<FilesAsk> {
        let row = self.rows.get(self.list.cursor).map(|row| row.row());
        let trees = self.result.as_ref().filter(|_| self.trees().is_some());
        let node = trees
            .zip(row)
            .and_then(|(result, row)| result.trees.nodes.get(row));
        self.spaces.look([&self.left, &self.right], node)
    }
}

/// Returns the rows in two columns, or in one: there what goes stands above what comes.
pub(in crate::tui::drill) fn flow(rows: &[Row], two: bool) -> Vec<Shown> {
    if two {
        return (0..rows.len()).map(Shown::Both).collect();
    }
    let mut shown = Vec::with_capacity(rows.len());
    let mut waiting = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match row {
            Row::Differ(left, right) => {
                shown.extend(left.iter().map(|_| Shown::Left(at)));
                waiting.extend(right.iter().map(|_| Shown::Right(at)));
            }
            _ => {
                shown.append(&mut waiting);
                shown.push(Shown::Both(at));
            }
        }
    }
    shown.append(&mut waiting);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Line;

    fn line(number: usize) -> Option<Line> {
        let text = number.to_string();
        Some(Line { number, text })
    }

    #[test]
    fn in_one_column_what_goes_stands_above_what_comes() {
        let rows = [
            Row::Differ(line(1), line(1)),
            Row::Differ(line(2), None),
            Row::Skipped(9),
            Row::Differ(None, line(2)),
        ];
        use Shown::{Both, Left, Right};
        assert_eq!(
            flow(&rows, false),
            [Left(0), Left(1), Right(0), Both(2), Right(3)]
        );
        assert_eq!(flow(&rows, true).len(), 4);
    }

    #[test]
    fn one_goes_from_difference_to_difference() {
        let log = |rows: Vec<Row>| LogDiff {
            name: String::new(),
            first: rows.iter().position(|row| matches!(row, Row::Differ(..))),
            rows,
            limits: Vec::new(),
            weight: crate::compare::Weight::Logged,
        };
        let rows = vec![
            Row::Skipped(3),
            Row::Differ(line(1), None),
            Row::Differ(line(2), None),
            Row::Skipped(3),
            Row::Differ(None, line(4)),
        ];
        let mut diff = Diff::new("a".into(), "b".into());
        let logs = vec![log(vec![Row::Skipped(1)]), log(rows)];
        let trees = Trees::default();
        diff.take(Comparison { logs, trees }, true, 10);
        assert_eq!((diff.log, diff.list.cursor), (1, 1));
        diff.next(true, 10);
        assert_eq!(diff.list.cursor, 4);
        diff.next(true, 10);
        assert_eq!(diff.list.cursor, 4);
        diff.next(false, 10);
        assert_eq!(diff.list.cursor, 1);
        diff.other(false, true, 10);
        assert_eq!((diff.log, diff.list.cursor), (0, 0));
    }
}
