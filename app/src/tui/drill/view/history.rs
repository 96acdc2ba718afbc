//! The same test in other runs: a strip of its verdicts, how long it took, and a line for each.

use gkfs_runner::status::{Outcome, Status};
use jiff::Timestamp;
use ratatui::layout::Rect;

use super::diff;
use super::paint::Paint;
use crate::tui::drill::Drill;
use crate::tui::drill::history::{Past, Row, word};
use crate::tui::drill::text::micros;
use crate::tui::glyph;
use crate::tui::theme::Role;

/// Eighths of a cell.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    if let Some(comparison) = &drill.history.diff {
        return diff::draw(drill, comparison, paint, area);
    }
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
    let most = past.iter().map(|past| spent(past)).max().unwrap_or(0).max(1);
    let bars: String = past
        .iter()
        .map(|past| BARS[usize::try_from(spent(past) * 7 / most).unwrap_or(7).min(7)])
        .collect();
    paint.parts(
        area,
        1,
        &[("durations  ", Role::Strong), (bars.as_str(), Role::Text)],
    );
    let table = table(area);
    let history = &drill.history;
    let top = history.list.window(history.rows.len(), usize::from(table.height));
    let rows = history.rows.iter().skip(top).take(usize::from(table.height));
    for (at, row) in rows.enumerate() {
        if let Some(past) = runs.get(row.run) {
            paint.parts(table, at, &line(drill, *row, past));
        }
        if top + at == history.list.cursor {
            paint.row(table, at, Role::Selection);
        }
    }
}

/// Where the runs stand, below the two strips.
fn table(area: Rect) -> Rect {
    Rect::new(
        area.x,
        area.y + 3.min(area.height),
        area.width,
        area.height.saturating_sub(3),
    )
}

/// Returns the row that stands on a row of the area, or of a comparison.
pub(super) fn row_at(drill: &Drill, area: Rect, at: u16) -> Option<usize> {
    let (table, history) = (table(area), &drill.history);
    if let Some(comparison) = &history.diff {
        return diff::row_at(comparison, area, at);
    }
    let top = history.list.window(history.rows.len(), usize::from(table.height));
    let is_in = (table.y..table.bottom()).contains(&at);
    let row = top + usize::from(at.saturating_sub(table.y));
    (is_in && row < history.rows.len()).then_some(row)
}

/// Returns a run, or an attempt of it below.
fn line(drill: &Drill, row: Row, past: &Past) -> Vec<(String, Role)> {
    let tried = drill.history.tried(row);
    let dir = tried.map(|tried| tried.dir.as_path());
    let is_marked = dir.is_some_and(|dir| drill.history.marks.iter().any(|mark| mark == dir));
    let is_whole = row.attempt.is_some() || past.attempts.len() < 2;
    let is_here = is_whole && dir.is_some() && dir == drill.attempt.as_deref();
    let signs = [
        (if is_here { "▶" } else { " " }.to_owned(), Role::Key),
        (if is_marked { "●" } else { " " }.to_owned(), Role::Mark),
    ];
    let first = |reason: &Option<String>| {
        let reason = reason.as_deref().and_then(|reason| reason.lines().next());
        (format!("  {}", reason.unwrap_or_default()), Role::Text)
    };
    let rest = match (row.attempt, tried) {
        (Some(_), Some(tried)) => {
            let (sign, role) = tried.outcome.map_or(('·', Role::StatusWaiting), outcome);
            let word = tried.outcome.map_or("not finished", word);
            vec![
                (format!("    attempt {:<9}", tried.number), Role::Dim),
                (format!("{sign} {word:8}"), role),
                (format!(" {:>8}", micros(tried.duration)), Role::Text),
                (machine(&tried.machine, "  "), Role::Dim),
                first(&tried.reason),
            ]
        }
        _ => {
            let (sign, role) = verdict(past.status);
            let word = past.status.map_or_else(|| unfinished(past), Status::as_str);
            let attempts = match past.attempts.len() {
                0 | 1 => String::new(),
                attempts => format!(", {attempts} attempts"),
            };
            // Of several attempts each has its own.
            let only = past
                .attempts
                .first()
                .filter(|tried| attempts.is_empty() && !tried.machine.is_empty());
            let machine = only.map_or(String::new(), |tried| machine(&tried.machine, ", "));
            vec![
                (format!("{}  ", began(drill, past)), Role::Dim),
                (format!("{sign} {word:8}"), role),
                (format!(" {:>8}", micros(spent(past))), Role::Text),
                (format!("  {}{attempts}{machine}", past.stack), Role::Dim),
                first(&past.reason),
            ]
        }
    };
    signs.into_iter().chain(rest).collect()
}

/// Says why a run has no verdict on the test.
fn unfinished(past: &Past) -> &'static str {
    let last = past.attempts.last().and_then(|tried| tried.outcome);
    last.map_or("not finished", word)
}

/// Returns the time that went into a test, whether or not it came to a verdict.
fn spent(past: &Past) -> u64 {
    let tried = past.attempts.iter().map(|tried| tried.duration).sum();
    past.duration.max(tried)
}

/// How busy the machine was, behind `before`; nothing where no run has recorded it.
fn machine(words: &str, before: &str) -> String {
    match words {
        "" => String::new(),
        words => format!("{before}{words}"),
    }
}

fn began(drill: &Drill, past: &Past) -> String {
    let zone = drill.zone();
    Timestamp::from_microsecond(past.started).map_or(String::new(), |at| {
        at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
    })
}

/// Returns sign and role of how an attempt ended: those of the same verdict.
fn outcome(outcome: Outcome) -> (char, Role) {
    verdict(match outcome {
        Outcome::Passed => Some(Status::Passed),
        Outcome::Failed => Some(Status::Failed),
        Outcome::Error => Some(Status::Error),
        Outcome::Skipped => Some(Status::Skipped),
        Outcome::Timeout => Some(Status::Timeout),
        Outcome::Cancelled => None,
    })
}

fn verdict(status: Option<Status>) -> (char, Role) {
    status.map_or(('·', Role::StatusWaiting), |status| {
        (glyph::of(status), glyph::role(status))
    })
}

pub(super) fn status(drill: &Drill) -> String {
    if let Some(comparison) = &drill.history.diff {
        return diff::status(comparison);
    }
    let (flaky, bad, ended) = drill.history.counts();
    let runs = match ended {
        1 => "1 run".to_owned(),
        _ => format!("{ended} runs"),
    };
    let rate = (flaky * 100).checked_div(ended).unwrap_or(0);
    format!("{runs}, not passed in {bad}, flaky in {flaky} ({rate} %)")
}

/// What its keys do.
pub(super) fn keys(drill: &Drill) -> &'static str {
    match &drill.history.diff {
        Some(comparison) => diff::keys(comparison),
        None => " · enter: go there · space: mark · d: compare",
    }
}
