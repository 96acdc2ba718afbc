//! What the test's view changed: a tree, and the change under the cursor in detail.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::Paint;
use super::workspace::permissions;
use crate::tui::drill::changes::recorded::{Kind, Recorded, Side};
use crate::tui::drill::changes::tree::Node;
use crate::tui::drill::text::{columns, size};
use crate::tui::drill::timeline::Time;
use crate::tui::drill::{Drill, told};
use crate::tui::theme::Role;

/// From this width on the detail stands beside the tree, else below.
const BESIDE: u16 = 90;
/// Fewer rows have no room for it.
const LEAST: u16 = 8;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let changes = &drill.changes;
    if changes.rows.is_empty() {
        return nothing(drill, paint, area);
    }
    let [tree, detail] = parts(area);
    rows(drill, paint, tree);
    if let Some(node) = changes.selected().filter(|_| !detail.is_empty()) {
        paint.rule(detail, &shown(&node.path, detail.width));
        let inner = Rect::new(detail.x, detail.y + 1, detail.width, detail.height - 1);
        let lines = match changes.change() {
            Some(change) => lines(drill, change),
            None => vec![(format!("  {}", counts(&node.below)), Role::Dim)],
        };
        window(paint, inner, &lines, changes.scroll);
    }
}

/// Says why there is nothing to be seen, and where it would come from.
fn nothing(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let changes = &drill.changes;
    let text: &[&str] = if !drill.busy.seen {
        &["reading …"]
    } else if changes.is_told() {
        &["nothing was changed outside of the test's own workspace"]
    } else if drill.live && changes.has_view {
        &["what the test changes is seen when it asks for it, and when it ends"]
    } else if changes.has_view {
        &["the test ended before anybody asked what it had changed"]
    } else {
        &[
            "only a test in a copy-on-write view is watched for what it changes:",
            "one with the fixture Overlay, or of a group with isolate = \"overlay\"",
        ]
    };
    for (row, line) in text.iter().enumerate() {
        paint.text(area, row, line, Role::Dim);
    }
}

/// The tree, and the detail where there is room for it.
fn parts(area: Rect) -> [Rect; 2] {
    if area.width >= BESIDE {
        return Layout::horizontal([Constraint::Percentage(45), Constraint::Percentage(55)]).areas(area);
    }
    let share = if area.height >= LEAST { 50 } else { 100 };
    Layout::vertical([Constraint::Percentage(share), Constraint::Fill(1)]).areas(area)
}

/// Returns the row that stands on a row of the area.
pub(super) fn row_at(drill: &Drill, area: Rect, column: u16, at: u16) -> Option<usize> {
    let [tree, _] = parts(area);
    let changes = &drill.changes;
    let top = changes
        .cursor
        .window(changes.rows.len(), usize::from(tree.height));
    let row = top + usize::from(at.saturating_sub(tree.y));
    let is_in = tree.contains(ratatui::layout::Position::new(column, at));
    (is_in && row < changes.rows.len()).then_some(row)
}

fn rows(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let changes = &drill.changes;
    let height = usize::from(area.height);
    let top = changes.cursor.window(changes.rows.len(), height);
    for at in 0..height {
        let Some(node) = changes.node(top + at) else {
            break;
        };
        paint.parts(area, at, &row(drill, node, area.width));
        if top + at == changes.cursor.cursor {
            paint.row(area, at, Role::Selection);
        }
    }
}

fn row(drill: &Drill, node: &Node, width: u16) -> Vec<(String, Role)> {
    let changes = &drill.changes;
    let change = node.change.and_then(|change| changes.list.get(change));
    let is_open = changes.is_open(node);
    let fold = match (node.has_more(), is_open) {
        (false, _) => "  ",
        (true, true) => "▾ ",
        (true, false) => "▸ ",
    };
    let (sign, role) = match change {
        Some(change) => (change.kind.sign(), role(change.kind)),
        None => (' ', Role::TreeDir),
    };
    let indent = 2 * node.depth;
    let mut parts = vec![
        (format!("{sign} "), role),
        (format!("{:indent$}{fold}{}", "", shown(&node.label, width)), role),
    ];
    let mut said = Vec::new();
    if let Some(change) = change {
        said.extend(change.what.iter().filter(|what| *what != "renamed").cloned());
        let from = change.from.as_deref();
        said.extend(from.map(|from| format!("from {}", shown(from, width))));
    }
    if !is_open {
        said.push(counts(&node.below));
    }
    if !said.is_empty() {
        parts.push((format!("  {}", said.join(", ")), Role::Dim));
    }
    parts
}

fn role(kind: Kind) -> Role {
    match kind {
        Kind::Add => Role::StatusPassed,
        Kind::Mod => Role::LevelWarn,
        Kind::Del => Role::StatusFailed,
    }
}

/// Returns a change in detail: what differs, before and after, and the difference of what is text.
fn lines(drill: &Drill, change: &Recorded) -> Vec<(String, Role)> {
    let (before, now) = (change.before.as_ref(), change.now.as_ref());
    let what = match change.kind {
        Kind::Mod if change.what.is_empty() => "opened for writing, or written with what it had".to_owned(),
        Kind::Mod => change.what.join(", "),
        Kind::Add => "new".to_owned(),
        Kind::Del => "gone".to_owned(),
    };
    let mut lines = vec![(format!("{} {what}", change.kind.word()), role(change.kind))];
    if let Some(from) = &change.from {
        lines.push((format!("  moved from {}", from.display()), Role::Text));
    }
    let [before, now] = [before, now].map(|side| side.map(|side| told_of(drill, side)));
    for (at, name) in TOLD.into_iter().enumerate() {
        let [was, is] = [&before, &now].map(|side| side.as_ref().map_or("", |side| &side[at]));
        let (text, role) = match (was.is_empty(), is.is_empty()) {
            (true, true) => continue,
            (false, true) => (was.to_owned(), Role::Dim),
            (true, false) => (is.to_owned(), Role::Dim),
            (false, false) if was == is => (was.to_owned(), Role::Dim),
            (false, false) => (format!("{was} → {is}"), Role::Text),
        };
        lines.push((format!("  {name:6} {text}"), role));
    }
    lines.extend(change.note.iter().map(|note| (format!("  {note}"), Role::Dim)));
    if let Some(diff) = &change.diff {
        lines.push((String::new(), Role::Text));
        lines.extend(diff.lines().map(|line| (line.to_owned(), diff_role(line))));
    }
    lines
}

/// What is told of each side of a change.
const TOLD: [&str; 6] = ["type", "mode", "owner", "size", "times", "link"];

fn told_of(drill: &Drill, side: &Side) -> [String; TOLD.len()] {
    let link = side.link.as_deref();
    [
        side.kind.clone(),
        format!("{} {:04o}", &permissions(side.mode)[1..], side.mode),
        format!("{}:{}", side.uid, side.gid),
        size(side.size),
        told::time(Time::Full, side.modified, 0, 0, &drill.zone(), true),
        link.map_or(String::new(), |link| link.display().to_string()),
    ]
}

fn diff_role(line: &str) -> Role {
    match line.as_bytes().first() {
        Some(b'+') => Role::StatusPassed,
        Some(b'-') => Role::StatusFailed,
        Some(b'@' | b'\\') => Role::Dim,
        _ => Role::Text,
    }
}

/// Draws as many lines as there is room for, and says how many more there are.
fn window(paint: &mut Paint<'_>, area: Rect, lines: &[(String, Role)], scroll: usize) {
    let height = usize::from(area.height);
    let room = if lines.len() <= height {
        height
    } else {
        height.saturating_sub(1)
    };
    let top = scroll.min(lines.len().saturating_sub(room));
    for (row, (text, role)) in lines.iter().skip(top).take(room).enumerate() {
        paint.text(area, row, text, *role);
    }
    let more = lines.len().saturating_sub(top + room);
    if more > 0 || top > 0 {
        paint.text(area, room, &format!("  … {more} more lines (J K)"), Role::Dim);
    }
}

fn counts(below: &[usize; Kind::ALL.len()]) -> String {
    let said = Kind::ALL.into_iter().zip(below).filter(|(_, count)| **count > 0);
    let said = said.map(|(kind, count)| format!("{count} {}", kind.word()));
    said.collect::<Vec<_>>().join(" ")
}

fn shown(path: &Path, width: u16) -> String {
    columns(path.as_os_str().as_bytes(), 0, usize::from(width))
}

pub(super) fn status(drill: &Drill) -> String {
    let changes = &drill.changes;
    if changes.rows.is_empty() {
        return String::new();
    }
    let mut all = [0; Kind::ALL.len()];
    for change in &changes.list {
        all[change.kind as usize] += 1;
    }
    let missing = changes.total.saturating_sub(changes.list.len());
    let missing = match missing {
        0 => String::new(),
        missing => format!(" · {missing} more are not listed"),
    };
    format!("{}{missing}", counts(&all))
}

/// What its keys do.
pub(super) const KEYS: &str = " · h l enter: fold · J K: detail · y: copy as a test says it";
