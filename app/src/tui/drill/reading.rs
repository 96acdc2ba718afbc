//! A list of rows that one reads in while it grows: the place is a line, not a row's number.

use std::ops::Range;
use std::sync::Arc;

use super::effect::Arrange;
use super::list::{List, Motion};
use super::logs::LineRef;
use super::rows::{Key, Pass, Row, Rows, Snapshot};

/// More lines than this are arranged elsewhere, while what was shown before stays. Tests have smaller logs.
const AT_ONCE: usize = if cfg!(test) { 2_000 } else { 200_000 };

/// A list of rows, and where one is in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// The rows.
    pub(crate) rows: Arc<Rows>,
    /// Where one is in them.
    pub(crate) list: List,
    /// The first column that is shown.
    pub(crate) column: usize,
    /// Whether the cursor stays at the end.
    pub(crate) follow: bool,
    /// How many rows came since the end was left.
    pub(crate) fresh: usize,
    /// How many of them above the cursor.
    pub(crate) late: usize,
    /// Whether rows are being arranged elsewhere.
    pub(crate) busy: bool,
    /// Where lines are being chosen: the place of the other end.
    pub(crate) chosen: Option<Key>,
    /// Tells the arrangement that is wanted from earlier ones.
    number: u64,
    /// The line that one went to, and how far below the top it was shown.
    anchor: Option<(Key, usize)>,
}

impl Reading {
    /// Begins with nothing.
    pub(crate) fn clear(&mut self, follow: bool) {
        *self = Reading {
            follow,
            number: self.number + 1,
            ..Reading::default()
        };
    }

    /// Returns the row under the cursor.
    pub(crate) fn here(&self) -> Option<Row> {
        self.rows.get(self.list.cursor)
    }

    /// Whether the cursor is on the last row.
    pub(crate) fn is_at_end(&self) -> bool {
        self.list.cursor + 1 >= self.rows.len()
    }

    /// Moves.
    pub(crate) fn go(&mut self, motion: Motion, live: bool, lines: &Snapshot, height: usize) {
        self.list.go(motion, self.rows.len(), height);
        self.moved(live, lines);
    }

    /// Goes to a row.
    pub(crate) fn set(&mut self, row: usize, live: bool, lines: &Snapshot, height: usize) {
        self.list.set(row, self.rows.len(), height);
        self.moved(live, lines);
    }

    fn moved(&mut self, live: bool, lines: &Snapshot) {
        self.follow = live && self.is_at_end();
        self.late = 0;
        if self.is_at_end() {
            self.fresh = 0;
        }
        let below = self.list.cursor.saturating_sub(self.list.top);
        self.anchor = self.here().map(|row| (lines.key(row.first()), below));
    }

    /// Returns the place of the line that one went to.
    pub(crate) fn place(&self, lines: &Snapshot) -> Option<Key> {
        let anchor = self.anchor().map(|(key, _)| key);
        anchor.or_else(|| self.here().map(|row| lines.key(row.first())))
    }

    /// Returns where one went to, unless that is the end.
    pub(crate) fn anchor(&self) -> Option<(Key, usize)> {
        self.anchor.filter(|_| !self.follow)
    }

    /// Returns how far below the top the cursor is.
    pub(crate) fn below(&self) -> usize {
        self.list.cursor.saturating_sub(self.list.top)
    }

    /// Wants to be at a place, once it is there.
    pub(crate) fn want(&mut self, key: Key, below: usize) {
        self.anchor = Some((key, below));
        self.follow = false;
    }

    /// Goes back to a place, or to the end that comes.
    pub(crate) fn home(&mut self, place: Option<(Key, usize)>, lines: &Snapshot, height: usize) {
        self.anchor = place;
        self.follow = place.is_none();
        self.settle(lines, height);
    }

    /// Forgets the rows, whose lines are others now; not where one is.
    pub(crate) fn forget_rows(&mut self) {
        self.rows = Arc::default();
    }

    /// Takes what is new. Returns what is to be arranged elsewhere.
    pub(crate) fn grow(&mut self, pass: Pass, lines: &Snapshot, height: usize) -> Option<Arrange> {
        if self.busy {
            // It goes on from there once that has come.
            return None;
        }
        let (rows, cursor) = (self.rows.len(), self.list.cursor);
        let work = self.arrange(Arc::clone(&self.rows), pass, lines);
        self.settle(lines, height);
        if !self.follow {
            self.fresh += self.rows.len().saturating_sub(rows);
            self.late += self.list.cursor.saturating_sub(cursor);
        }
        work
    }

    /// Finds all rows anew, by other choices. Returns what is to be arranged elsewhere.
    pub(crate) fn renew(&mut self, pass: Pass, lines: &Snapshot, height: usize) -> Option<Arrange> {
        let anchor = self.place(lines).map(|key| (key, self.below()));
        self.anchor = self.anchor().or(anchor);
        self.number += 1;
        self.busy = false;
        let work = self.arrange(Arc::default(), pass, lines);
        self.settle(lines, height);
        work
    }

    /// Takes rows that were arranged elsewhere; returns whether they are those that are wanted.
    pub(crate) fn take(&mut self, number: u64, rows: Arc<Rows>, lines: &Snapshot, height: usize) -> bool {
        if number != self.number || !self.busy {
            return false;
        }
        self.busy = false;
        self.rows = rows;
        self.settle(lines, height);
        true
    }

    fn arrange(&mut self, rows: Arc<Rows>, pass: Pass, lines: &Snapshot) -> Option<Arrange> {
        let work = Arrange {
            number: self.number,
            rows,
            pass,
            lines: lines.clone(),
        };
        self.busy = work.rows.due(&work.pass, &work.lines) > AT_ONCE;
        if self.busy {
            return Some(work);
        }
        // Whoever else holds the rows, as a copy that is being written, keeps its own.
        self.rows = Arc::default();
        self.rows = work.done();
        None
    }

    /// Puts the cursor where it belongs.
    fn settle(&mut self, lines: &Snapshot, height: usize) {
        let (row, below) = match self.anchor {
            _ if self.follow => (self.rows.len().saturating_sub(1), height.saturating_sub(1)),
            Some((key, below)) => (self.rows.at(key, lines), below),
            None => (0, 0),
        };
        self.list.top = row.saturating_sub(below);
        self.list.set(row, self.rows.len(), height);
    }

    /// Returns the rows that are chosen: from the other end to the cursor.
    pub(crate) fn chosen(&self, lines: &Snapshot) -> Option<Range<usize>> {
        let other = self
            .rows
            .at(self.chosen?, lines)
            .min(self.rows.len().saturating_sub(1));
        let here = self.list.cursor;
        Some(other.min(here)..(other.max(here) + 1).min(self.rows.len()))
    }

    /// Begins to choose lines here, or chooses none any more.
    pub(crate) fn choose(&mut self, lines: &Snapshot) {
        self.chosen = match self.chosen {
            Some(_) => None,
            None => self.here().map(|row| lines.key(row.first())),
        };
    }

    /// Returns the next row for which something holds, or the one before.
    pub(crate) fn find(&self, forward: bool, is: impl Fn(LineRef) -> bool) -> Option<usize> {
        let is = |(_, row): &(usize, Row)| row.line().is_some_and(&is);
        let cursor = self.list.cursor;
        let found = if forward {
            self.rows.iter(cursor + 1..self.rows.len()).find(is)
        } else {
            self.rows.iter(0..cursor).rev().find(is)
        };
        found.map(|(row, _)| row)
    }
}
