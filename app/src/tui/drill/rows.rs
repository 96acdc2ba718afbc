//! The rows of a list of lines: which lines are shown, in which order, and what is folded between them.
//!
//! A row is not stored by itself. Lines that follow each other in their file and on the screen are one [`Run`], so
//! that a log that nobody else writes into costs nothing, and two that take turns twelve bytes a line.

use std::ops::Range;

use super::logs::LineRef;
use super::sources::Kind;
use super::sources::lines::Lines;

mod merge;
#[cfg(test)]
mod tests;

pub(crate) use merge::{Pass, Sieve};

/// What the order is by: time, then who writes, then where. No two lines have the same, so it is one order, however
/// the lines arrived.
pub(crate) type Key = (i64, Kind, u16, u32);

/// The lines of all sources, as they were at one moment: cheap to make, and free to go to another thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    /// The sources: who writes, and the lines.
    pub(crate) sources: Vec<(Kind, Lines)>,
    /// Whether one source comes after the other, whatever the time.
    pub(crate) sequential: bool,
}

impl Snapshot {
    /// Returns a line's place in the order.
    pub(crate) fn key(&self, at: LineRef) -> Key {
        let Some((kind, lines)) = self.sources.get(usize::from(at.source)) else {
            return (i64::MAX, Kind::Stderr, at.source, at.line);
        };
        let ts = match lines.get(at.line) {
            _ if self.sequential => 0,
            Some(entry) => entry.ts,
            None => i64::MAX,
        };
        (ts, *kind, at.source, at.line)
    }

    /// Returns the first line of a source that is not before a place.
    pub(crate) fn first(&self, source: u16, key: Key) -> u32 {
        let Some((kind, lines)) = self.sources.get(usize::from(source)) else {
            return 0;
        };
        let (from, to) = if self.sequential {
            (0, lines.len())
        } else {
            (lines.since(key.0), lines.after(key.0))
        };
        match (*kind, source).cmp(&(key.1, key.2)) {
            std::cmp::Ordering::Less => to,
            std::cmp::Ordering::Equal => key.3.clamp(from, to),
            std::cmp::Ordering::Greater => from,
        }
    }
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// A line.
    Line(LineRef),
    /// Lines that are folded into one row.
    Fold(Fold),
}

impl Row {
    /// Returns the line that it is, or the first of those that are folded.
    pub(crate) fn first(self) -> LineRef {
        match self {
            Row::Line(at) => at,
            Row::Fold(fold) => fold.first,
        }
    }

    /// Returns the line, if it is one.
    pub(crate) fn line(self) -> Option<LineRef> {
        match self {
            Row::Line(at) => Some(at),
            Row::Fold(_) => None,
        }
    }
}

/// Lines that are folded into one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fold {
    /// The first.
    pub(crate) first: LineRef,
    /// The last.
    pub(crate) last: LineRef,
    /// How many.
    pub(crate) lines: u32,
}

/// Rows that follow each other: lines of one source, or one fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// The first row.
    row: u32,
    /// The first line; for a fold its index.
    line: u32,
    /// The source, or [`FOLD`].
    source: u16,
}

const FOLD: u16 = u16::MAX;

/// The rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    runs: Vec<Run>,
    folds: Vec<Fold>,
    len: u32,
    /// How many lines of each source were looked at.
    placed: Vec<u32>,
    /// How many lines are folded.
    folded: usize,
    /// Lines that passed and were not found, in case they stand before one that is: the newest last, and
    /// whether they are folded.
    before: Vec<(LineRef, bool)>,
    /// How many more lines stand behind one that was found.
    behind: usize,
}

impl Rows {
    /// Returns how many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns how many lines are folded.
    pub(crate) fn folded(&self) -> usize {
        self.folded
    }

    /// Returns a row.
    pub(crate) fn get(&self, row: usize) -> Option<Row> {
        let row = u32::try_from(row).ok().filter(|row| *row < self.len)?;
        let after = self.runs.partition_point(|run| run.row <= row);
        let run = self.runs.get(after.checked_sub(1)?)?;
        self.row(*run, row - run.row)
    }

    /// Returns rows with their numbers.
    pub(crate) fn iter(&self, rows: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, Row)> + '_ {
        rows.filter_map(|row| Some((row, self.get(row)?)))
    }

    /// Returns the row at which a place is, or the first behind it; as many as there are if there is none.
    pub(crate) fn at(&self, key: Key, lines: &Snapshot) -> usize {
        let last = |index: usize| self.last_of(index, lines);
        let (mut from, mut to) = (0, self.runs.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if last(middle).is_some_and(|last| last < key) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let Some(run) = self.runs.get(from) else {
            return self.len();
        };
        if run.source == FOLD {
            return run.row as usize;
        }
        let line = lines.first(run.source, key).max(run.line);
        run.row.saturating_add(line - run.line) as usize
    }

    /// Returns the row in which a line is, if it is shown or folded.
    pub(crate) fn of(&self, at: LineRef, lines: &Snapshot) -> Option<usize> {
        let key = lines.key(at);
        let row = self.at(key, lines);
        let found = match self.get(row)? {
            Row::Line(line) => line == at,
            Row::Fold(fold) => lines.key(fold.first) <= key,
        };
        found.then_some(row)
    }

    fn row(&self, run: Run, nth: u32) -> Option<Row> {
        if run.source == FOLD {
            return self.folds.get(run.line as usize).copied().map(Row::Fold);
        }
        Some(Row::Line(LineRef {
            source: run.source,
            line: run.line + nth,
        }))
    }

    /// Returns how many rows a run has.
    fn rows_of(&self, index: usize) -> u32 {
        let end = self.runs.get(index + 1).map_or(self.len, |next| next.row);
        end - self.runs[index].row
    }

    /// Returns the place of a run's last line.
    fn last_of(&self, index: usize, lines: &Snapshot) -> Option<Key> {
        let run = *self.runs.get(index)?;
        let last = match self.row(run, self.rows_of(index) - 1)? {
            Row::Line(at) => at,
            Row::Fold(fold) => fold.last,
        };
        Some(lines.key(last))
    }

    /// Returns how many bytes of memory they take.
    pub(crate) fn memory(&self) -> usize {
        self.runs.capacity() * size_of::<Run>() + self.folds.capacity() * size_of::<Fold>()
    }

    fn push_line(&mut self, at: LineRef) {
        let follows = self.runs.last().is_some_and(|run| {
            run.source == at.source && run.line.checked_add(self.len - run.row) == Some(at.line)
        });
        if !follows {
            self.runs.push(Run {
                row: self.len,
                line: at.line,
                source: at.source,
            });
        }
        self.len = self.len.saturating_add(1);
    }

    fn push_folded(&mut self, at: LineRef) {
        self.folded += 1;
        let open = self.runs.last().is_some_and(|run| run.source == FOLD);
        if let (true, Some(fold)) = (open, self.folds.last_mut()) {
            fold.last = at;
            fold.lines += 1;
            return;
        }
        self.runs.push(Run {
            row: self.len,
            line: u32::try_from(self.folds.len()).unwrap_or(u32::MAX),
            source: FOLD,
        });
        self.folds.push(Fold {
            first: at,
            last: at,
            lines: 1,
        });
        self.len = self.len.saturating_add(1);
    }

    /// Takes away all rows from a place on. Returns from where: a fold that reaches over it goes as a whole.
    fn cut(&mut self, mut from: Key, lines: &Snapshot) -> Key {
        while let Some(run) = self.runs.last().copied() {
            let index = self.runs.len() - 1;
            if self.last_of(index, lines).is_none_or(|last| last < from) {
                break;
            }
            if run.source == FOLD {
                if let Some(fold) = self.folds.pop() {
                    self.folded -= fold.lines as usize;
                    from = from.min(lines.key(fold.first));
                }
            } else {
                let keep = lines.first(run.source, from).saturating_sub(run.line);
                if keep > 0 {
                    self.len = run.row + keep;
                    break;
                }
            }
            self.len = run.row;
            self.runs.pop();
        }
        from
    }
}
