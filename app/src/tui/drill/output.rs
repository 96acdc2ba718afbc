//! What the test printed: its two outputs, one below the other.

use super::list::List;
use super::logs::{LineRef, Logs};
use super::sources::Kind;

/// The state of the tab. The cursor is the first row that is shown: one reads, and chooses nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    pub(super) list: List,
    pub(super) column: usize,
    /// Whether the end stays in view.
    pub(super) follow: bool,
}

/// A row of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// Here an output begins: the source's index.
    Heading(usize),
    /// A line of it.
    Line(LineRef),
}

/// Returns the outputs that have lines: index of the source, and how many.
fn outputs(logs: &Logs) -> impl Iterator<Item = (usize, usize)> + '_ {
    let is_output = |kind: Kind| matches!(kind, Kind::Stdout | Kind::Stderr);
    logs.sources
        .iter()
        .enumerate()
        .filter(move |(_, source)| is_output(source.kind) && !source.entries.is_empty())
        .map(|(index, source)| (index, source.entries.len()))
}

/// Returns how many rows there are.
pub(super) fn rows(logs: &Logs) -> usize {
    outputs(logs).map(|(_, lines)| lines + 1).sum()
}

/// Returns a row.
pub(super) fn row(logs: &Logs, mut row: usize) -> Option<Row> {
    for (index, lines) in outputs(logs) {
        if row == 0 {
            return Some(Row::Heading(index));
        }
        if row <= lines {
            return Some(Row::Line(LineRef {
                source: u16::try_from(index).ok()?,
                line: u32::try_from(row - 1).ok()?,
            }));
        }
        row -= lines + 1;
    }
    None
}
