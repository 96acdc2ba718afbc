//! The mount view: a row for each file, what a client sees of it, what is stored of it, and what does not fit.

use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::Paint;
use super::table::Table;
use crate::look::{Flag, Look, Row};
use crate::tui::drill::mount::Mount;
use crate::tui::drill::results::cells::thousands;
use crate::tui::drill::text::size;
use crate::tui::drill::{Drill, errno};
use crate::tui::theme::Role;

/// Widths of the columns between the path's and the last.
const SEEN: usize = 14;
const CHUNKS: usize = 6;
const STORED: usize = 14;

pub(super) fn draw(drill: &Drill, mount: &Mount, paint: &mut Paint<'_>, area: Rect) {
    let look = match &mount.result {
        None if drill.live => return paint.text(area, 0, "asking the test's daemon …", Role::Dim),
        None => {
            let text = "starting a daemon of the same stack on a copy of what the test left …";
            return paint.text(area, 0, text, Role::Dim);
        }
        Some(Err(why)) => {
            for (row, line) in why.lines().enumerate() {
                paint.text(area, row, line, Role::LevelError);
            }
            return;
        }
        Some(Ok(look)) => look,
    };
    let [said, head, body] = parts(area);
    paint.text(said, 0, &told(look), Role::Dim);
    let table = columns(usize::from(area.width));
    let titles = [
        "path",
        "a client sees",
        "chunks",
        "root holds",
        "what does not fit",
    ]
    .map(str::to_owned);
    paint.text(head, 0, &table.line(&titles), Role::Strong);
    if look.rows.is_empty() {
        return paint.text(body, 0, "the file system is empty", Role::Dim);
    }
    let height = usize::from(body.height);
    let top = mount.list.window(look.rows.len(), height);
    for (at, row) in look.rows.iter().skip(top).take(height).enumerate() {
        paint.text(body, at, &table.line(&cells(row)), role(row));
        if top + at == mount.list.cursor {
            paint.row(body, at, Role::Selection);
        }
    }
}

/// What is said of the look, the titles, and the rows.
fn parts(area: Rect) -> [Rect; 3] {
    Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(area.height > 3)),
        Constraint::Min(0),
    ])
    .areas(area)
}

/// Returns the row that stands on a row of the area.
pub(super) fn row_at(mount: &Mount, area: Rect, at: u16) -> Option<usize> {
    let [_, _, body] = parts(area);
    let top = mount.list.window(mount.rows(), usize::from(body.height));
    let row = top + usize::from(at.saturating_sub(body.y));
    ((body.y..body.bottom()).contains(&at) && row < mount.rows()).then_some(row)
}

fn columns(width: usize) -> Table {
    let (chunks, stored) = if width >= 70 { (CHUNKS, STORED) } else { (0, 0) };
    let fixed = SEEN + chunks + stored + if width >= 70 { 4 } else { 2 };
    let rest = width.saturating_sub(fixed).max(16);
    Table::new(vec![
        (rest / 2, false),
        (SEEN, true),
        (chunks, true),
        (stored, true),
        (rest - rest / 2, false),
    ])
}

/// Says what was looked at, and how far it can be trusted.
fn told(look: &Look) -> String {
    let flagged = look.rows.iter().filter(|row| !row.flags.is_empty()).count();
    let what = if look.copy {
        "on a copy of what the test left"
    } else {
        "the test runs on: what changes meanwhile does not fit"
    };
    let more = if look.more { ", not all" } else { "" };
    let entries = match look.rows.len() {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    };
    format!("{entries}{more}, {flagged} with something that does not fit; {what}")
}

fn cells(row: &Row) -> [String; 5] {
    let seen = match &row.seen {
        None => "nothing".to_owned(),
        Some(seen) if seen.errno != 0 => errno::name(seen.errno),
        Some(seen) => match seen.mode & 0o170_000 {
            0o100_000 => thousands(seen.size),
            0o040_000 => "directory".to_owned(),
            0o120_000 => "link".to_owned(),
            _ => "special".to_owned(),
        },
    };
    let stored = row.stored.as_ref();
    [
        row.path.clone(),
        seen,
        stored.map_or(String::new(), |stored| thousands(stored.chunks)),
        stored.map_or(String::new(), |stored| thousands(stored.bytes)),
        row.flags.iter().map(flag).collect::<Vec<_>>().join("; "),
    ]
}

fn role(row: &Row) -> Role {
    if row.flags.iter().any(Flag::is_error) {
        Role::LevelError
    } else if row.flags.is_empty() {
        Role::Text
    } else {
        Role::LevelWarn
    }
}

/// Returns what does not fit, in words. A sign tells what is wrong from what may be so.
fn flag(flag: &Flag) -> String {
    let text = match flag {
        Flag::NoData => "metadata without data: a hole, or lost".to_owned(),
        Flag::NoMetadata => "data without metadata: orphan chunks".to_owned(),
        Flag::Beyond(bytes) => format!("{} behind the end", size(*bytes)),
        Flag::Short(bytes) => format!("{} less than its size: a hole, or lost", size(*bytes)),
        Flag::Holes(bytes) => format!("{} of holes", size(*bytes)),
        Flag::Elsewhere(path) => format!("data lie as {path}: renamed?"),
        Flag::Refused(number) => format!("the client refuses: {}", errno::name(*number)),
    };
    let sign = if flag.is_error() { '✗' } else { '?' };
    format!("{sign} {text}")
}

pub(super) fn status(mount: &Mount) -> String {
    let rows = mount.rows();
    let here = (mount.list.cursor + 1).min(rows);
    format!("mount view {here}/{rows}")
}

/// What its keys do.
pub(super) const KEYS: &str = " · ] [: what does not fit · m or esc: back to the directories";
