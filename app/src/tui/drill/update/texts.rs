//! The text of the lines that are shown, and of some around: no others are read.

use crate::tui::drill::effect::{Piece, Wish};
use crate::tui::drill::logs::{LineRef, Logs};
use crate::tui::drill::output::{self, Row};
use crate::tui::drill::sources::Kind;
use crate::tui::drill::{Drill, Tab};

/// How many lines around are read, so that the next key finds them.
const AROUND: usize = 64;

/// Wishes for the lines whose text is shown and not known, unless a wish is under way.
pub(super) fn missing(drill: &mut Drill) -> Option<Wish> {
    if drill.busy.reading {
        return None;
    }
    let height = drill.height();
    let around = |cursor: usize| cursor.saturating_sub(height + AROUND)..cursor + height + AROUND;
    let pieces: Vec<Piece> = match drill.tab {
        Tab::Timeline => {
            let rows = &drill.timeline.rows;
            let range = around(drill.timeline.list.cursor);
            let shown = rows
                .get(range.start..range.end.min(rows.len()))
                .unwrap_or_default();
            shown.iter().filter_map(|at| piece(&drill.logs, *at)).collect()
        }
        Tab::Output => around(drill.output.list.cursor)
            .map_while(|row| output::row(&drill.logs, row))
            .filter_map(|row| match row {
                Row::Line(at) => piece(&drill.logs, at),
                Row::Heading(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    drill.busy.reading = !pieces.is_empty();
    drill.busy.reading.then_some(Wish::Read(pieces))
}

fn piece(logs: &Logs, line: LineRef) -> Option<Piece> {
    let source = logs.sources.get(usize::from(line.source))?;
    let entry = logs.entry(line)?;
    (source.kind != Kind::Steps && logs.text(line).is_none()).then(|| Piece {
        line,
        path: source.path.clone(),
        at: entry.at,
        len: entry.len,
    })
}
