//! The text of the lines that are shown, and of some around: no others are read.

use crate::tui::drill::effect::{Piece, Wish};
use crate::tui::drill::logs::{LineRef, Logs};
use crate::tui::drill::sources::Kind;
use crate::tui::drill::{Drill, Tab};

/// How many lines around are read, so that the next key finds them.
const AROUND: usize = 64;

/// Wishes for the lines whose text is shown and not known, unless a wish is under way.
pub(super) fn missing(drill: &mut Drill) -> Option<Wish> {
    if drill.busy.reading {
        return None;
    }
    let mut pieces = of_tab(drill, drill.tab);
    if let Some(beside) = drill.beside() {
        pieces.extend(of_tab(drill, beside));
    }
    drill.busy.reading = !pieces.is_empty();
    drill.busy.reading.then_some(Wish::Read(pieces))
}

fn of_tab(drill: &Drill, tab: Tab) -> Vec<Piece> {
    let reading = match tab {
        Tab::Timeline => &drill.timeline.reading,
        Tab::Output => &drill.output.reading,
        _ => return Vec::new(),
    };
    let cursor = reading.list.cursor;
    let around = drill.height_of(tab) + AROUND;
    let range = cursor.saturating_sub(around)..(cursor + around).min(reading.rows.len());
    let lines = reading.rows.iter(range).filter_map(|(_, row)| row.line());
    lines.filter_map(|at| piece(&drill.logs, at)).collect()
}

fn piece(logs: &Logs, line: LineRef) -> Option<Piece> {
    let source = logs.sources.get(usize::from(line.source))?;
    let span = source.lines.span(line.line)?;
    (source.kind != Kind::Steps && logs.text(line).is_none()).then(|| Piece {
        line,
        path: source.path.clone(),
        span,
    })
}
