//! The workspaces of two attempts as one tree, and the file under the cursor as both hold it.

use std::os::unix::ffi::OsStrExt as _;

use ratatui::layout::Rect;

use super::diff::lines;
use super::paint::Paint;
use super::table::Table;
use crate::compare::tree::{Change, Counts, Kind, Node, Side, Trees};
use crate::tui::drill::history::diff::{Diff, flow};
use crate::tui::drill::text::{columns, size};
use crate::tui::drill::workspace::chunk::chunk;
use crate::tui::theme::Role;

/// Columns for a size.
const SIZE: usize = 9;
/// Columns for how something differs.
const HOW: usize = 26;

pub(super) fn draw(diff: &Diff, trees: &Trees, paint: &mut Paint<'_>, area: Rect) {
    if trees.nodes.is_empty() {
        return paint.text(area, 0, "both workspaces are empty", Role::Dim);
    }
    let height = usize::from(area.height);
    let top = diff.list.window(diff.rows.len(), height);
    let table = table(usize::from(area.width));
    for (row, shown) in diff.rows.iter().skip(top).take(height).enumerate() {
        let Some(node) = trees.nodes.get(shown.row()) else {
            continue;
        };
        let differs = log(diff, node).is_some_and(|(_, differs)| differs);
        let (sign, role) = sign(node, differs);
        let cells = [
            name(diff, shown.row(), node),
            amount(node.sides[0].as_ref()),
            amount(node.sides[1].as_ref()),
            how(diff, node),
        ];
        let parts = [(format!("{sign} "), role), (table.line(&cells), role)];
        paint.parts(area, row, &parts);
        if top + row == diff.list.cursor {
            paint.row(area, row, Role::Selection);
        }
    }
}

fn table(width: usize) -> Table {
    let rest = width.saturating_sub(2);
    if rest < 60 {
        let how = if rest < 36 { 0 } else { HOW / 2 };
        return Table::new(vec![
            (rest.saturating_sub(how + 1), false),
            (0, true),
            (0, true),
            (how, false),
        ]);
    }
    let name = rest - 2 * SIZE - HOW - 3;
    Table::new(vec![(name, false), (SIZE, true), (SIZE, true), (HOW, false)])
}

/// Returns the number of the log that an entry is, and whether that differs.
fn log(diff: &Diff, node: &Node) -> Option<(usize, bool)> {
    let result = diff.result.as_ref()?;
    let at = result.log_at(&node.path)?;
    Some((at, result.logs[at].first.is_some()))
}

fn sign(node: &Node, is_other_log: bool) -> (char, Role) {
    match node.change {
        Change::Removed => ('−', Role::StatusFailed),
        Change::Added => ('+', Role::StatusPassed),
        Change::Kind | Change::Contents | Change::Permissions => ('≠', Role::TreeChanged),
        Change::Same if is_other_log => ('≠', Role::TreeChanged),
        Change::Same if node.is_dir() => (' ', Role::TreeDir),
        Change::Same => (' ', Role::Dim),
    }
}

/// Returns the name of an entry, where it is in the tree, and what it is a chunk of.
fn name(diff: &Diff, at: usize, node: &Node) -> String {
    let name = node.path.file_name().unwrap_or_default();
    let name = columns(name.as_bytes(), 0, 1000);
    let indent = 2 * node.depth;
    let fold = match node.is_dir() {
        true if node.end == at + 1 => "  ",
        true if diff.spaces.is_open(at) => "▾ ",
        true => "▸ ",
        false => "  ",
    };
    let chunk = chunk(&node.path).map_or(String::new(), |chunk| match chunk.number {
        Some(number) => format!("  = {}, chunk {number}", chunk.path),
        None => format!("  = {}", chunk.path),
    });
    format!("{:indent$}{fold}{name}{chunk}", "")
}

/// Returns how large something is; only of files that is the same wherever they lie.
fn amount(side: Option<&Side>) -> String {
    match side.map(|side| (&side.kind, side.size)) {
        None => "—".to_owned(),
        Some((Kind::File, bytes)) => size(bytes),
        Some((Kind::Dir, _)) => String::new(),
        Some((Kind::Link(_), _)) => "link".to_owned(),
        Some((Kind::Special, _)) => "special".to_owned(),
    }
}

/// Says how an entry differs.
fn how(diff: &Diff, node: &Node) -> String {
    match node.change {
        Change::Removed => "only left".to_owned(),
        Change::Added => "only right".to_owned(),
        Change::Kind => "another kind of thing".to_owned(),
        Change::Contents => "contents".to_owned(),
        Change::Permissions => {
            let mode = |side: usize| node.sides[side].as_ref().map_or(0, |side| side.mode);
            format!("mode {:04o} → {:04o}", mode(0), mode(1))
        }
        Change::Same => match log(diff, node) {
            Some((_, true)) => "what is logged".to_owned(),
            _ => counts(node.held),
        },
    }
}

fn counts(held: Counts) -> String {
    let told = [(held.removed, '−'), (held.added, '+'), (held.changed, '≠')];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, sign)| format!("{sign}{count}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Draws what both hold of the file under the cursor.
pub(super) fn file(diff: &Diff, two: bool, paint: &mut Paint<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let Some(node) = diff.node() else { return };
    let path = columns(node.path.as_os_str().as_bytes(), 0, usize::from(area.width));
    paint.rule(area, &path);
    let inner = Rect::new(area.x, area.y + 1, area.width, area.height - 1);
    let logged = log(diff, node).and_then(|(at, _)| diff.result.as_ref()?.logs.get(at));
    let opened = diff.spaces.file.as_ref();
    let (shown, top) = match (opened, logged) {
        (Some(opened), _) => (opened.diff.as_ref(), opened.top),
        (None, Some(log)) => (Some(log), log.first.unwrap_or(0)),
        (None, None) => return paint.text(inner, 0, none(node), Role::Dim),
    };
    let Some(shown) = shown else {
        return paint.text(inner, 0, "comparing …", Role::Dim);
    };
    let limits = shown.limits.len().min(usize::from(inner.height) / 2);
    for (row, limit) in shown.limits.iter().take(limits).enumerate() {
        paint.text(inner, row, limit, Role::LevelWarn);
    }
    let skip = u16::try_from(limits).unwrap_or(0);
    let body = Rect::new(inner.x, inner.y + skip, inner.width, inner.height - skip);
    if shown.rows.is_empty() {
        return paint.text(body, 0, "it is empty", Role::Dim);
    }
    // What only one of them has needs no second column.
    let two = two && node.sides.iter().all(Option::is_some);
    let rows = flow(&shown.rows, two);
    lines(shown, &rows[top.min(rows.len())..], two, paint, body);
}

/// Says why nothing is shown of an entry.
fn none(node: &Node) -> &'static str {
    match node.change {
        Change::Same if node.is_dir() && node.held.all() == 0 => "what it holds is the same in both",
        Change::Same if node.is_dir() => "some of what it holds is not the same in both",
        Change::Same => "it is the same in both",
        Change::Permissions => "it holds the same in both",
        Change::Removed | Change::Added if node.is_dir() => "only one of them has this directory",
        Change::Removed | Change::Added => "only one of them has it, and it is no plain file",
        Change::Kind | Change::Contents => "it is no plain file in both",
    }
}

pub(super) fn status(diff: &Diff, trees: &Trees) -> String {
    let counts = trees.counts();
    let here = (diff.list.cursor + 1).min(diff.rows.len());
    format!(
        "{here}/{} · only left {}, only right {}, changed {}",
        diff.rows.len(),
        counts.removed,
        counts.added,
        counts.changed
    )
}
