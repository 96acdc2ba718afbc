//! What failed, and a table of what each operation replied.

use ratatui::layout::{Constraint, Layout, Rect};

use super::card::{prefix, shortened};
use super::json;
use super::paint::Paint;
use crate::report::steps::Step;
use crate::tui::drill::Drill;
use crate::tui::drill::results::{errno, errno_name, failure, operation, retval, subject};
use crate::tui::drill::text::{columns, micros};
use crate::tui::theme::Role;

/// Columns beside the path's: operation, retval, errno, duration.
const OPERATION: usize = 12;
const RETVAL: usize = 9;
const ERRNO: usize = 12;
const TIME: usize = 9;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let told = failure(&drill.logs).map(|step| told(drill, step));
    let above = told
        .as_ref()
        .map_or(0, |told| (told.len() + 1).min(usize::from(area.height) / 2));
    let below = if drill.results.open { area.height / 2 } else { 0 };
    let [why, table, tree] = Layout::vertical([
        Constraint::Length(u16::try_from(above).unwrap_or(u16::MAX)),
        Constraint::Min(0),
        Constraint::Length(below),
    ])
    .areas(area);
    for (row, (text, role)) in told.iter().flatten().take(usize::from(why.height)).enumerate() {
        paint.text(why, row, text, *role);
    }
    rows(drill, paint, table);
    if drill.results.open
        && let Some(step) = drill.results.selected(&drill.logs)
    {
        opened(drill, step, paint, tree);
    }
}

/// Tells an assertion that failed: its message, its place, and the lines there.
fn told(drill: &Drill, step: &Step) -> Vec<(String, Role)> {
    let message = step.text("message").unwrap_or_default();
    let mut told: Vec<(String, Role)> = message
        .lines()
        .enumerate()
        .map(|(line, text)| match line {
            0 => (format!("✗ {text}"), Role::StatusFailed),
            _ => (format!("  {text}"), Role::Text),
        })
        .collect();
    told.extend(step.place().map(|place| (format!("  at {place}"), Role::Strong)));
    let failed = drill.results.excerpt_of.as_ref().map(|(_, line)| *line);
    for (number, text) in &drill.results.excerpt {
        let (sign, role) = if Some(*number) == failed {
            ('>', Role::Text)
        } else {
            (' ', Role::Dim)
        };
        told.push((format!("  {sign} {number:>4} {text}"), role));
    }
    told
}

fn rows(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let results = &drill.results;
    if results.rows.is_empty() {
        let text = if drill.busy.seen {
            "no operation was recorded"
        } else {
            "reading …"
        };
        paint.text(area, 0, text, Role::Dim);
        return;
    }
    let has_head = area.height > 1;
    let fixed = OPERATION + RETVAL + ERRNO + TIME + 4;
    let path = usize::from(area.width).saturating_sub(fixed).max(8);
    if has_head {
        let head = cells("operation", "path", path, "retval", "errno", "time");
        paint.text(area, 0, &head, Role::Strong);
    }
    let height = usize::from(area.height) - usize::from(has_head);
    let top = results.list.window(results.rows.len(), height);
    let prefix = prefix(drill);
    for (row, index) in results.rows.iter().skip(top).take(height).enumerate() {
        let step = &shortened(&drill.logs.steps[*index], &prefix);
        let subject = subject(step);
        let took = step.duration_us.map_or("…".to_owned(), micros);
        let name = errno_name(errno(step));
        let line = cells(&operation(step), &subject, path, &retval(step), &name, &took);
        let role = match errno(step) {
            0 => Role::Text,
            _ => Role::LevelWarn,
        };
        let at = row + usize::from(has_head);
        paint.text(area, at, &line, role);
        if top + row == results.list.cursor {
            paint.row(area, at, Role::Selection);
        }
    }
}

fn cells(operation: &str, path: &str, width: usize, retval: &str, errno: &str, time: &str) -> String {
    let fit = |text: &str, width: usize| {
        use unicode_width::UnicodeWidthStr;
        let text = columns(text.as_bytes(), 0, width);
        let blank = " ".repeat(width.saturating_sub(text.width()));
        (text, blank)
    };
    let left = |text: &str, width: usize| {
        let (text, blank) = fit(text, width);
        text + &blank
    };
    let right = |text: &str, width: usize| {
        let (text, blank) = fit(text, width);
        blank + &text
    };
    format!(
        "{} {} {} {} {}",
        left(operation, OPERATION),
        left(path, width),
        right(retval, RETVAL),
        left(errno, ERRNO),
        right(time, TIME)
    )
}

/// Draws the whole step as JSON.
fn opened(drill: &Drill, step: &Step, paint: &mut Paint<'_>, area: Rect) {
    paint.rule(area, &operation(step));
    let step = shortened(step, &prefix(drill));
    let text = serde_json::to_string_pretty(&step).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let inner = Rect::new(area.x, area.y + 1, area.width, area.height.saturating_sub(1));
    let height = usize::from(inner.height);
    let top = drill.results.scroll.min(lines.len().saturating_sub(height));
    for (row, text) in lines.iter().skip(top).take(height).enumerate() {
        json::line(paint, inner, row, text);
    }
}

pub(super) fn status(drill: &Drill) -> String {
    let results = &drill.results;
    let rows = results.rows.len();
    let refused = results
        .rows
        .iter()
        .filter(|index| errno(&drill.logs.steps[**index]) != 0)
        .count();
    let order = results.order.word();
    format!(
        "{}/{rows} · {refused} with an errno · by {order} (O) · enter: as JSON",
        (results.list.cursor + 1).min(rows)
    )
}
