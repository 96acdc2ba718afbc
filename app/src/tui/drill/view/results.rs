//! What failed, and a table of what each operation replied, whose rows unfold.

use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::Paint;
use super::table::Table;
use crate::report::steps::Step;
use crate::tui::drill::json::{Kind, Node};
use crate::tui::drill::results::cells::{errno, operation, retval, subject, thousands};
use crate::tui::drill::results::{Order, Row, failure};
use crate::tui::drill::short::{prefix, shortened};
use crate::tui::drill::{Drill, errno as names};
use crate::tui::theme::Role;

/// Widths of the columns beside the path's.
const NUMBER: usize = 4;
const OPERATION: usize = 12;
const RETVAL: usize = 9;
const ERRNO: usize = 12;
const TIME: usize = 10;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let told = why(drill);
    let [above, table] = parted(area, told.len());
    window(drill, paint, above, &told);
    rows(drill, paint, table);
}

fn why(drill: &Drill) -> Vec<(String, Role)> {
    let prefix = prefix(drill);
    let findings = drill.logs.steps.iter().filter(|step| step.is_finding());
    let mut all: Vec<(String, Role)> = Vec::new();
    for step in findings {
        let step = shortened(step, &prefix);
        all.push((format!("✗ {} {}", step.kind, step.describe()), Role::StatusFailed));
        all.extend(
            step.finding()
                .into_iter()
                .map(|line| (format!("  {line}"), Role::Text)),
        );
    }
    all.extend(match failure(&drill.logs) {
        Some(step) => told(drill, step),
        None => verdict(drill),
    });
    all
}

/// Tells why the test did not pass, where no assertion does.
fn verdict(drill: &Drill) -> Vec<(String, Role)> {
    let why = drill.why.as_deref().filter(|_| drill.present.is_none());
    let lines = why.unwrap_or_default().lines().enumerate();
    let told = lines.map(|(line, text)| match line {
        0 => (format!("✗ {text}"), Role::StatusFailed),
        _ => (format!("  {text}"), Role::Text),
    });
    told.collect()
}

/// What failed, in so many lines, and the table.
fn parted(area: Rect, lines: usize) -> [Rect; 2] {
    let above = match lines {
        0 => 0,
        lines => (lines + 1).min(usize::from(area.height) / 2),
    };
    let above = u16::try_from(above).unwrap_or(area.height);
    Layout::vertical([Constraint::Length(above), Constraint::Min(0)]).areas(area)
}

/// Returns the row that stands on a row of the area.
pub(super) fn row_at(drill: &Drill, area: Rect, at: u16) -> Option<usize> {
    let [_, table] = parted(area, why(drill).len());
    let first = table.y + u16::from(table.height > 1);
    let rows = (first..table.bottom()).contains(&at);
    let list = &drill.results.list;
    let top = list.window(
        drill.results.rows.len(),
        usize::from(table.bottom() - first.min(table.bottom())),
    );
    rows.then(|| top + usize::from(at - first))
}

/// Draws as much of what is told as there is room for, and says how much more there is.
fn window(drill: &Drill, paint: &mut Paint<'_>, area: Rect, told: &[(String, Role)]) {
    let height = usize::from(area.height);
    let room = if told.len() < height {
        told.len()
    } else {
        height.saturating_sub(1)
    };
    let top = drill.results.scroll.min(told.len().saturating_sub(room));
    for (row, (text, role)) in told.iter().skip(top).take(room).enumerate() {
        paint.text(area, row, text, *role);
    }
    let more = told.len().saturating_sub(top + room);
    if more > 0 || top > 0 {
        paint.text(area, room, &format!("  … {more} more lines (J K)"), Role::Dim);
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
    if let Some(place) = step.place() {
        told.push((format!("  at {place}"), Role::Strong));
        told.extend(excerpt(drill));
    }
    told
}

/// Tells the source around the place, and how far that can be trusted.
fn excerpt(drill: &Drill) -> Vec<(String, Role)> {
    let excerpt = &drill.results.excerpt;
    let (Some((_, failed)), Some(found)) = (&excerpt.of, &excerpt.found) else {
        let text = "  the source is not found here";
        return vec![(text.to_owned(), Role::Dim)];
    };
    let mut told = Vec::new();
    if found.lines.is_empty() {
        let text = "  the source has changed since the run: it has no such line any more";
        told.push((text.to_owned(), Role::LevelWarn));
    } else if drill.run.started > 0 && found.modified > drill.run.started {
        let text = "  the source has changed since the run; it now says";
        told.push((text.to_owned(), Role::LevelWarn));
    }
    for (number, text) in &found.lines {
        let (sign, role) = if number == failed {
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
    let table = columns(usize::from(area.width));
    let has_head = area.height > 1;
    if has_head {
        let head = table.line(&Order::ALL.map(|order| title(drill, order)));
        paint.text(area, 0, &head, Role::Strong);
    }
    let height = usize::from(area.height) - usize::from(has_head);
    let top = results.list.window(results.rows.len(), height);
    let prefix = prefix(drill);
    for (at, row) in results.rows.iter().skip(top).take(height).enumerate() {
        let line = at + usize::from(has_head);
        match *row {
            Row::Step(index) => {
                let step = &shortened(&drill.logs.steps[index], &prefix);
                let role = match errno(step) {
                    0 => Role::Text,
                    _ => Role::LevelWarn,
                };
                let is_open = results.tree(index).is_some();
                paint.text(area, line, &table.line(&cells(index, is_open, step)), role);
            }
            Row::Value(index, value) => {
                let node = results.tree(index).and_then(|tree| tree.node(value));
                if let Some(node) = node {
                    paint.parts(area, line, &parts(node));
                }
            }
        }
        if top + at == results.list.cursor {
            paint.row(area, line, Role::Selection);
        }
    }
}

/// Returns the columns; where it is narrow, the least telling ones are left out.
fn columns(width: usize) -> Table {
    let number = if width >= 70 { NUMBER + 2 } else { 2 };
    let retval = if width >= 50 { RETVAL } else { 0 };
    let time = if width >= 60 { TIME } else { 0 };
    let fixed = [number, OPERATION, retval, ERRNO, time];
    let gaps = fixed.iter().filter(|width| **width > 0).count();
    let path = width.saturating_sub(fixed.iter().sum::<usize>() + gaps).max(8);
    Table::new(vec![
        (number, false),
        (OPERATION, false),
        (path, false),
        (retval, true),
        (ERRNO, false),
        (time, true),
    ])
}

/// Returns a column's title, marked if it is what the rows are sorted by.
fn title(drill: &Drill, order: Order) -> String {
    let word = order.word();
    if order != drill.results.order {
        return word.to_owned();
    }
    let falls = order.is_falling() != drill.results.reverse;
    format!("{word} {}", if falls { '▼' } else { '▲' })
}

fn cells(index: usize, is_open: bool, step: &Step) -> [String; 6] {
    let sign = if is_open { '▾' } else { '▸' };
    [
        format!("{sign} {}", index + 1),
        operation(step),
        subject(step),
        retval(step),
        names::name(errno(step)),
        step.duration_us.map_or("…".to_owned(), thousands),
    ]
}

/// Returns a value of the unfolded JSON.
fn parts(node: &Node) -> [(String, Role); 3] {
    let (sign, role) = match node.kind {
        Kind::Text => (' ', Role::JsonString),
        Kind::Plain => (' ', Role::JsonNumber),
        Kind::Branch { open: true } => ('▾', Role::Dim),
        Kind::Branch { open: false } => ('▸', Role::Dim),
    };
    [
        (format!("    {:1$}{sign} ", "", 2 * node.depth), Role::Dim),
        (format!("{}: ", node.key), Role::JsonKey),
        (node.text.clone(), role),
    ]
}

pub(super) fn status(drill: &Drill) -> String {
    let results = &drill.results;
    let all = results.steps.len();
    let refused = results
        .steps
        .iter()
        .filter(|index| errno(&drill.logs.steps[**index]) != 0)
        .count();
    let here = results.rows.get(results.list.cursor).map_or(0, |row| {
        let at = results.steps.iter().position(|step| *step == row.step());
        at.map_or(0, |at| at + 1)
    });
    let unfolded = match results.unfolded() {
        0 => String::new(),
        count => format!(" · {count} unfolded"),
    };
    format!("{here}/{all} · {refused} with an errno{unfolded}")
}

/// What its keys do.
pub(super) const KEYS: &str = " · enter: JSON · < > O: sort";
