//! The same test in other runs: a strip of its verdicts, how long it took, and a line for each.

use gkfs_runner::status::Status;
use jiff::Timestamp;
use ratatui::layout::Rect;

use super::paint::Paint;
use crate::tui::drill::Drill;
use crate::tui::drill::effect::Past;
use crate::tui::drill::text::micros;
use crate::tui::glyph;
use crate::tui::theme::Role;

/// Eighths of a cell.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let Some(runs) = &drill.history.runs else {
        return paint.text(area, 0, "reading …", Role::Dim);
    };
    if runs.is_empty() {
        return paint.text(area, 0, "no recorded run has this test", Role::Dim);
    }
    // The oldest stands left, as time goes.
    let past: Vec<&Past> = runs.iter().rev().collect();
    let room = usize::from(area.width).saturating_sub(11).max(1);
    let past = &past[past.len().saturating_sub(room)..];
    let strip = past.iter().map(|past| verdict(past.status));
    let head = [("verdicts   ".to_owned(), Role::Strong)];
    let strip: Vec<(String, Role)> = strip.map(|(glyph, role)| (glyph.to_string(), role)).collect();
    paint.parts(area, 0, &[head.to_vec(), strip].concat());
    let most = past.iter().map(|past| past.duration).max().unwrap_or(0).max(1);
    let bars: String = past
        .iter()
        .map(|past| BARS[usize::try_from(past.duration * 7 / most).unwrap_or(7).min(7)])
        .collect();
    paint.parts(
        area,
        1,
        &[("durations  ", Role::Strong), (bars.as_str(), Role::Text)],
    );
    let table = Rect::new(
        area.x,
        area.y + 3.min(area.height),
        area.width,
        area.height.saturating_sub(3),
    );
    let top = drill.history.list.window(runs.len(), usize::from(table.height));
    for (row, past) in runs.iter().skip(top).take(usize::from(table.height)).enumerate() {
        line(drill, paint, table, row, past);
        if top + row == drill.history.list.cursor {
            paint.row(table, row, Role::Selection);
        }
    }
}

fn line(drill: &Drill, paint: &mut Paint<'_>, area: Rect, row: usize, past: &Past) {
    let zone = drill.zone();
    let at = Timestamp::from_microsecond(past.started).map_or(String::new(), |at| {
        at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
    });
    let (glyph, role) = verdict(past.status);
    let word = past.status.map_or("not finished", Status::as_str);
    let attempts = match past.attempts {
        0 | 1 => String::new(),
        attempts => format!(", {attempts} attempts"),
    };
    let here = drill
        .attempt
        .as_deref()
        .is_some_and(|attempt| attempt.iter().any(|part| part == past.run.as_str()));
    let reason = past.reason.as_deref().and_then(|reason| reason.lines().next());
    let parts = [
        (if here { "▶ " } else { "  " }.to_owned(), Role::Key),
        (format!("{at}  "), Role::Dim),
        (format!("{glyph} {word:8}"), role),
        (format!(" {:>8}", micros(past.duration)), Role::Text),
        (format!("  {}{attempts}", past.stack), Role::Dim),
        (format!("  {}", reason.unwrap_or_default()), Role::Text),
    ];
    paint.parts(area, row, &parts);
}

fn verdict(status: Option<Status>) -> (char, Role) {
    status.map_or(('·', Role::StatusWaiting), |status| {
        (glyph::of(status), glyph::role(status))
    })
}

pub(super) fn status(drill: &Drill) -> String {
    let (flaky, ended) = drill.history.flaky();
    match ended {
        1 => format!("1 run, flaky in {flaky}"),
        _ => format!("{ended} runs, flaky in {flaky}"),
    }
}
