//! Two attempts, log by log: side by side, or in one column.

use ratatui::layout::{Constraint, Layout, Rect};
use unicode_width::UnicodeWidthStr as _;

use super::paint::Paint;
use super::spaces;
use crate::compare::{Line, LogDiff, Row};
use crate::tui::drill::Drill;
use crate::tui::drill::history::diff::{Diff, Shown};
use crate::tui::drill::text::columns;
use crate::tui::drill::update::is_wide;
use crate::tui::theme::Role;

/// Rows for the lines under the cursor, or for the file; none where the list needs them.
pub(in crate::tui::drill) fn rows_below(diff: &Diff, height: u16) -> u16 {
    match diff.trees() {
        _ if height < 14 => 0,
        Some(_) => height / 2,
        None => 3,
    }
}

pub(super) fn draw(drill: &Drill, diff: &Diff, paint: &mut Paint<'_>, area: Rect) {
    let Some(result) = &diff.result else {
        return paint.text(area, 0, "comparing …", Role::Dim);
    };
    let Some(log) = diff.shown() else {
        return paint.text(area, 0, "neither attempt left a log", Role::Dim);
    };
    let [names, sides, said, body, below] = parts(diff, log, area);
    logs(diff, &result.logs, paint, names);
    let two = is_wide(drill);
    labels(drill, diff, two && diff.trees().is_none(), paint, sides);
    for (row, limit) in log.limits.iter().enumerate() {
        paint.text(said, row, limit, Role::LevelWarn);
    }
    if let Some(trees) = diff.trees() {
        spaces::draw(diff, trees, paint, body);
        return spaces::file(diff, two, paint, below);
    }
    rows(diff, log, two, paint, body);
    whole(diff, log, paint, below);
}

/// The names, the attempts, what was not compared, the rows, and what is told of one.
fn parts(diff: &Diff, log: &LogDiff, area: Rect) -> [Rect; 5] {
    let limits = u16::try_from(log.limits.len()).unwrap_or(0).min(area.height / 4);
    Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(limits),
        Constraint::Min(0),
        Constraint::Length(rows_below(diff, area.height)),
    ])
    .areas(area)
}

/// Returns the row that stands on a row of the area.
pub(super) fn row_at(diff: &Diff, area: Rect, at: u16) -> Option<usize> {
    let [_, _, _, body, _] = parts(diff, diff.shown()?, area);
    let top = diff.list.window(diff.rows.len(), usize::from(body.height));
    let row = top + usize::from(at.saturating_sub(body.y));
    ((body.y..body.bottom()).contains(&at) && row < diff.rows.len()).then_some(row)
}

/// Draws both lines under the cursor one above the other, from a little before where they begin to differ.
fn whole(diff: &Diff, log: &LogDiff, paint: &mut Paint<'_>, area: Rect) {
    let row = diff
        .rows
        .get(diff.list.cursor)
        .and_then(|row| log.rows.get(row.row()));
    let Some(Row::Differ(left, right)) = row.filter(|_| area.height > 0) else {
        return;
    };
    paint.rule(area, "where they differ");
    let text = |line: &Option<Line>| line.as_ref().map_or(String::new(), |line| line.text.clone());
    let (left, right) = (text(left), text(right));
    let same = left
        .chars()
        .zip(right.chars())
        .take_while(|(one, other)| one == other)
        .count();
    // What does not begin otherwise is shown from its beginning.
    let width = usize::from(area.width).saturating_sub(2);
    let skip = if same < width / 2 { 0 } else { same - width / 4 };
    for (at, (sign, text, role)) in [('−', left, Role::StatusFailed), ('+', right, Role::StatusPassed)]
        .into_iter()
        .enumerate()
    {
        let shown: String = text.chars().skip(skip).collect();
        let shown = columns(shown.as_bytes(), 0, width);
        paint.parts(area, at + 1, &[(format!("{sign} "), Role::Dim), (shown, role)]);
    }
}

/// Draws the names of the logs, and whether they differ; the one that is shown stands out, and is never out of sight.
fn logs(diff: &Diff, logs: &[LogDiff], paint: &mut Paint<'_>, area: Rect) {
    let parts = logs.iter().enumerate().map(|(at, log)| {
        let sign = if log.first.is_some() { '≠' } else { '=' };
        let name = log.name.rsplit('/').next().unwrap_or(&log.name);
        let name = name.strip_suffix(".log").unwrap_or(name);
        let role = match (at == diff.log, log.first) {
            (true, _) => Role::TabActive,
            (false, Some(_)) => Role::Text,
            (false, None) => Role::Dim,
        };
        (format!(" {sign} {name} "), role)
    });
    let parts: Vec<(String, Role)> = parts.collect();
    let before = (MORE.to_owned(), Role::Dim);
    let skipped = first_name(&parts, diff.log, usize::from(area.width));
    let more = (skipped > 0).then_some(before).into_iter();
    let shown: Vec<(String, Role)> = more.chain(parts.into_iter().skip(skipped)).collect();
    paint.parts(area, 0, &shown);
}

/// What stands for names that are left out.
const MORE: &str = " …";

/// Returns the first name to be shown, so that there is room for a certain one.
fn first_name(names: &[(String, Role)], wanted: usize, width: usize) -> usize {
    let widths: Vec<usize> = names
        .iter()
        .take(wanted + 1)
        .map(|(name, _)| name.width())
        .collect();
    let fits = |first: &usize| {
        let more = if *first == 0 { 0 } else { MORE.width() };
        more + widths[*first..].iter().sum::<usize>() <= width
    };
    (0..widths.len())
        .find(fits)
        .unwrap_or(widths.len().saturating_sub(1))
}

fn labels(drill: &Drill, diff: &Diff, two: bool, paint: &mut Paint<'_>, area: Rect) {
    let [left, right] = [&diff.left, &diff.right].map(|dir| drill.history.label(dir));
    let halves = halves(area, two);
    if two {
        paint.text(halves[0], 0, &left, Role::Strong);
        paint.text(halves[1], 0, &right, Role::Strong);
    } else {
        let [left, right] = beside_each_other([&left, &right], usize::from(area.width));
        let parts = [
            (format!("− {left}  "), Role::StatusFailed),
            (format!("+ {right}"), Role::StatusPassed),
        ];
        paint.parts(area, 0, &parts);
    }
}

/// Returns two names as they fit on a row with what stands before and between them: of both the ends, which tell most.
fn beside_each_other(names: [&str; 2], width: usize) -> [String; 2] {
    const AROUND: usize = 6;
    let room = width.saturating_sub(AROUND);
    let [left, right] = names.map(str::width);
    // What the shorter one does not need is for the other one.
    let left_room = (room / 2).max(room.saturating_sub(right));
    let rooms = [left_room, room.saturating_sub(left.min(left_room))];
    [(names[0], rooms[0]), (names[1], rooms[1])].map(|(name, room)| match name.width() > room {
        true => {
            let count = name.chars().count();
            let skipped = count.saturating_sub(room.saturating_sub(1));
            let end: String = name.chars().skip(skipped).collect();
            format!("…{end}")
        }
        false => name.to_owned(),
    })
}

fn halves(area: Rect, two: bool) -> [Rect; 2] {
    if !two {
        return [area, area];
    }
    let [left, _, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    [left, right]
}

fn rows(diff: &Diff, log: &LogDiff, two: bool, paint: &mut Paint<'_>, area: Rect) {
    if log.first.is_none() {
        let text = "no difference, but for times, process numbers, ports, addresses and temporary paths";
        return paint.text(area, 0, text, Role::StatusPassed);
    }
    let height = usize::from(area.height);
    let top = diff.list.window(diff.rows.len(), height);
    lines(log, &diff.rows[top.min(diff.rows.len())..], two, paint, area);
    let cursor = diff.list.cursor.saturating_sub(top);
    if top + cursor < diff.rows.len() {
        paint.row(area, cursor, Role::Selection);
    }
}

/// Draws as many rows of a log as there is room for.
pub(super) fn lines(log: &LogDiff, rows: &[Shown], two: bool, paint: &mut Paint<'_>, area: Rect) {
    for (at, shown) in rows.iter().take(usize::from(area.height)).enumerate() {
        let Some(row) = log.rows.get(shown.row()) else {
            continue;
        };
        let is_first = Some(shown.row()) == log.first;
        if two {
            beside(row, is_first, at, paint, halves(area, two));
        } else {
            below(row, *shown, is_first, at, paint, area);
        }
    }
}

/// Draws a row in two columns.
fn beside(row: &Row, is_first: bool, at: usize, paint: &mut Paint<'_>, [left, right]: [Rect; 2]) {
    match row {
        Row::Skipped(lines) => paint.text(left, at, &skipped(*lines), Role::Dim),
        Row::Same(line, number) => {
            paint.parts(left, at, &numbered(' ', line, Role::Text));
            let other = Line {
                number: *number,
                text: line.text.clone(),
            };
            paint.parts(right, at, &numbered(' ', &other, Role::Text));
        }
        Row::Differ(one, other) => {
            let sign = |sign: char| if is_first { '▶' } else { sign };
            if let Some(line) = one {
                paint.parts(left, at, &numbered(sign('−'), line, Role::StatusFailed));
            }
            if let Some(line) = other {
                paint.parts(right, at, &numbered(sign('+'), line, Role::StatusPassed));
            }
        }
    }
}

/// Draws a row in one column.
fn below(row: &Row, shown: Shown, is_first: bool, at: usize, paint: &mut Paint<'_>, area: Rect) {
    match (row, shown) {
        (Row::Skipped(lines), _) => paint.text(area, at, &skipped(*lines), Role::Dim),
        (Row::Same(line, _), _) => drop(paint.parts(area, at, &numbered(' ', line, Role::Text))),
        (Row::Differ(Some(line), _), Shown::Left(_)) => {
            let sign = if is_first { '▶' } else { '−' };
            paint.parts(area, at, &numbered(sign, line, Role::StatusFailed));
        }
        (Row::Differ(left, Some(line)), Shown::Right(_)) => {
            let sign = if is_first && left.is_none() { '▶' } else { '+' };
            paint.parts(area, at, &numbered(sign, line, Role::StatusPassed));
        }
        (Row::Differ(..), _) => {}
    }
}

fn skipped(lines: usize) -> String {
    match lines {
        1 => "   … 1 line is the same".to_owned(),
        _ => format!("   … {lines} lines are the same"),
    }
}

fn numbered(sign: char, line: &Line, role: Role) -> [(String, Role); 2] {
    let text = columns(line.text.as_bytes(), 0, 1000);
    [(format!("{sign}{:>5} ", line.number), Role::Dim), (text, role)]
}

pub(super) fn status(diff: &Diff) -> String {
    if let Some(trees) = diff.trees() {
        return spaces::status(diff, trees);
    }
    let Some(result) = &diff.result else {
        return "comparing …".to_owned();
    };
    let differ = result.logs.iter().filter(|log| log.first.is_some()).count();
    let all = result.logs.len();
    format!("{differ} of {all} logs differ")
}

/// What its keys do.
pub(super) fn keys(diff: &Diff) -> &'static str {
    match diff.trees() {
        Some(_) => " · enter: open · ] [: difference · J K: the file · Z: all · h: log · esc: close",
        None => " · h l: log · ] [: difference · s: columns · esc: close",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_two_names_do_not_fit_both_show_their_ends() {
        let of = |width| beside_each_other(["run-1 attempt 2: passed", "run-2 attempt 1: failed"], width);
        assert_eq!(of(60), ["run-1 attempt 2: passed", "run-2 attempt 1: failed"]);
        assert_eq!(of(40), ["…ttempt 2: passed", "…ttempt 1: failed"]);
        assert_eq!(beside_each_other(["a", "b: failed"], 16), ["a", "b: failed"]);
        assert_eq!(of(0), ["…", "…"]);
    }

    #[test]
    fn the_name_of_the_log_that_is_shown_has_room() {
        let names = [" = one ", " ≠ two ", " = three "].map(|name| (name.to_owned(), Role::Text));
        assert_eq!(first_name(&names, 2, 100), 0);
        assert_eq!(first_name(&names, 2, 23), 0);
        assert_eq!(first_name(&names, 2, 22), 1);
        assert_eq!(first_name(&names, 2, 12), 2);
        assert_eq!(first_name(&names, 0, 3), 0);
        assert_eq!(first_name(&[], 0, 3), 0);
    }
}
