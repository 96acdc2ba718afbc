//! The merged lines.

use ratatui::layout::{Constraint, Layout, Rect};

use super::card;
use super::paint::Paint;
use crate::tui::drill::hits::Hits;
use crate::tui::drill::logs::LineRef;
use crate::tui::drill::reading::Reading;
use crate::tui::drill::rows::{Fold, Row};
use crate::tui::drill::short::prefix;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::sources::{Kind, Source};
use crate::tui::drill::text::columns;
use crate::tui::drill::timeline::{Time, card_rows};
use crate::tui::drill::{Drill, told};
use crate::tui::theme::Role;

/// A source's name takes at most this many columns.
const NAME: usize = 8;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let here = drill.timeline.reading.here().and_then(Row::line);
    let [chips, body, below] = parts(drill, area);
    sources(drill, paint, chips);
    lines(drill, paint, body);
    match here.map(|at| (at, drill.logs.step(at))) {
        Some((_, Some(step))) => card::draw(drill, step, paint, below),
        Some((at, None)) => whole(drill, at, paint, below),
        None => {}
    }
}

/// The sources, the lines, and what is told of one.
fn parts(drill: &Drill, area: Rect) -> [Rect; 3] {
    Layout::vertical([
        Constraint::Length(u16::from(area.height > 2)),
        Constraint::Min(0),
        Constraint::Length(card_rows(area.height, drill.timeline.bytes.is_some())),
    ])
    .areas(area)
}

/// Returns the row that stands on a row of the area.
pub(super) fn row_at(drill: &Drill, area: Rect, at: u16) -> Option<usize> {
    let [_, body, _] = parts(drill, area);
    let reading = &drill.timeline.reading;
    let top = reading.list.window(reading.rows.len(), usize::from(body.height));
    let below = (body.y..body.bottom()).contains(&at).then(|| at - body.y)?;
    Some(top + usize::from(below))
}

/// Draws the sources with their numbers; those that are off stand back.
fn sources(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let mut parts = Vec::new();
    for (number, index) in drill.logs.order().into_iter().enumerate() {
        let source = &drill.logs.sources[index];
        let is_on = drill.timeline.is_on(&source.name);
        let role = if is_on { role(source.kind) } else { Role::Dim };
        let sign = if is_on { '●' } else { '○' };
        parts.push((format!("{}{sign}", number + 1), Role::Key));
        let clock = clock(source, area.width >= 80);
        let gone = if source.is_gone { " gone" } else { "" };
        parts.push((format!("{}{clock}{gone}  ", source.name), role));
    }
    paint.parts(area, 0, &parts);
}

/// Says in which zone a source tells the time, and what is wrong with its clock.
fn clock(source: &Source, wide: bool) -> String {
    let clock = &source.cursor.clock;
    let zone = clock.offset().filter(|_| wide || clock.notice().is_some());
    let zone = zone.map(|seconds| match seconds / 60 {
        0 => " UTC".to_owned(),
        minutes => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!(" {sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    });
    let notice = clock.notice().map(|notice| format!(" {notice}"));
    zone.unwrap_or_default() + &notice.unwrap_or_default()
}

fn lines(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let reading = &drill.timeline.reading;
    let height = usize::from(area.height);
    if reading.rows.is_empty() {
        let text = match (drill.busy.seen, drill.finder.percent(&drill.logs)) {
            (false, _) => "reading …".to_owned(),
            (_, Some(percent)) => format!("filtering … {percent} %"),
            _ if reading.busy => "filtering …".to_owned(),
            _ if drill.logs.len() == 0 => "nothing was written yet".to_owned(),
            _ => "no line passes the filters".to_owned(),
        };
        paint.text(area, 0, &text, Role::Dim);
        return;
    }
    let top = reading.list.window(reading.rows.len(), height);
    let chosen = reading.chosen(&drill.logs.snapshot(false));
    let ts = |row: Row| drill.logs.entry(row.first()).map(|entry| entry.ts);
    let mut above = top
        .checked_sub(1)
        .and_then(|row| reading.rows.get(row))
        .and_then(ts);
    for (at, (number, row)) in reading
        .rows
        .iter(top..(top + height).min(reading.rows.len()))
        .enumerate()
    {
        line(drill, paint, area, at, row, above);
        above = ts(row);
        let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.contains(&number));
        if number == reading.list.cursor || is_chosen {
            paint.row(area, at, Role::Selection);
        }
    }
}

fn line(drill: &Drill, paint: &mut Paint<'_>, area: Rect, at: usize, row: Row, above: Option<i64>) {
    let first = row.first();
    let (Some(entry), Some(source)) = (
        drill.logs.entry(first),
        drill.logs.sources.get(usize::from(first.source)),
    ) else {
        return;
    };
    let mut parts = Vec::new();
    if area.width >= 40 {
        let back = if entry.back { '<' } else { ' ' };
        let start = drill.logs.first().unwrap_or(entry.ts);
        let above = above.unwrap_or(entry.ts);
        let wide = area.width >= 80;
        let time = told::time(drill.timeline.time, entry.ts, start, above, &drill.zone(), wide);
        parts.push((format!("{time}{back}"), Role::Dim));
    }
    if drill.timeline.marks.contains(&first) {
        parts.push(("*".to_owned(), Role::Mark));
    }
    let is_fold = matches!(row, Row::Fold(_));
    let letter = if is_fold { " " } else { entry.level.letter() };
    parts.push((format!("{letter} "), level(entry.level)));
    if area.width >= 60 {
        let name = columns(source.name.as_bytes(), 0, NAME);
        parts.push((format!("{name:NAME$} "), role(source.kind)));
    }
    let used = paint.parts(area, at, &parts);
    let rest = Rect::new(area.x + used, area.y, area.width - used, area.height);
    let text_role = match (source.kind, entry.level) {
        _ if is_fold => Role::Dim,
        (_, Level::Error | Level::Warn) => level(entry.level),
        (Kind::Steps, _) => Role::SourceStep,
        _ => Role::Text,
    };
    let skip = drill.timeline.reading.column;
    let shown = columns(&text(drill, row), skip, usize::from(rest.width));
    paint.text(rest, at, &shown, text_role);
    for query in [&drill.finder.only.query, &drill.finder.search.query] {
        paint.matches(rest, at, 0, &shown, query.as_ref());
    }
}

/// Draws a line as it was written, in as many rows as there are.
fn whole(drill: &Drill, at: LineRef, paint: &mut Paint<'_>, area: Rect) {
    let (Some(source), Some(bytes)) = (
        drill.logs.sources.get(usize::from(at.source)),
        drill.logs.text(at),
    ) else {
        return;
    };
    let name = source.path.file_name().unwrap_or_default().to_string_lossy();
    paint.rule(area, &format!("{name} · line {}", at.line + 1));
    let width = usize::from(area.width);
    for row in 1..usize::from(area.height) {
        let text = columns(bytes, (row - 1) * width, width);
        paint.text(area, row, &text, Role::Text);
    }
}

/// Returns what a row says.
fn text(drill: &Drill, row: Row) -> Vec<u8> {
    let prefix = prefix(drill);
    let at = match row {
        Row::Line(at) => at,
        Row::Fold(fold) => {
            let matches = matches_in(drill, &fold);
            let matches = matches.map_or(String::new(), |count| format!(" · {count} found"));
            return format!("{}{matches}", told::fold(fold.lines)).into_bytes();
        }
    };
    if let Some(step) = drill.logs.step(at) {
        return told::step(step, &prefix);
    }
    match drill.logs.text(at) {
        Some(bytes) => told::line(bytes, &prefix),
        None => "…".into(),
    }
}

/// Returns how many matches are folded.
fn matches_in(drill: &Drill, fold: &Fold) -> Option<usize> {
    let search = &drill.finder.search;
    search.query.as_ref()?;
    let lines = drill.logs.snapshot(false);
    let (from, to) = (lines.key(fold.first), lines.key(fold.last));
    let sources = 0..u16::try_from(drill.logs.sources.len()).unwrap_or(u16::MAX);
    let counts = sources.map(|source| {
        let end = lines.first(source, (to.0, to.1, to.2, to.3.saturating_add(1)));
        search.count_in(source, lines.first(source, from)..end)
    });
    Some(counts.sum()).filter(|count| *count > 0)
}

pub(super) fn role(kind: Kind) -> Role {
    match kind {
        Kind::Steps => Role::SourceStep,
        Kind::Daemon => Role::SourceDaemon,
        Kind::Client => Role::SourceClient,
        Kind::Log | Kind::Stdout | Kind::Stderr => Role::SourceOutput,
    }
}

fn level(level: Level) -> Role {
    match level {
        Level::Error => Role::LevelError,
        Level::Warn => Role::LevelWarn,
        Level::Info => Role::LevelInfo,
        Level::Debug | Level::Trace => Role::LevelDebug,
    }
}

pub(super) fn status(drill: &Drill) -> String {
    let timeline = &drill.timeline;
    let mut parts = vec![position(&timeline.reading, drill.live)];
    if let Some(life) = &timeline.life {
        parts.push(format!("within {} (esc)", columns(life.name.as_bytes(), 0, 30)));
    }
    if timeline.reading.rows.folded() > 0 {
        parts.push(format!("{} internal folded (i)", timeline.reading.rows.folded()));
    }
    if timeline.level > Level::Trace {
        parts.push(format!("from {} (L)", timeline.level.word()));
    }
    if !timeline.marks.is_empty() {
        parts.push(format!("{} marked", timeline.marks.len()));
    }
    parts.extend(finding(drill));
    parts.extend(unfinished(drill));
    match timeline.time {
        Time::Clock | Time::Full => {}
        Time::Start => parts.push("since start (t)".to_owned()),
        Time::Delta => parts.push("since the line above (t)".to_owned()),
    }
    parts.join(" · ")
}

/// Says where one is, and what has come since.
pub(super) fn position(reading: &Reading, live: bool) -> String {
    let rows = reading.rows.len();
    let mut text = format!("{}/{rows}", (reading.list.cursor + 1).min(rows));
    if reading.busy {
        text.push('…');
    }
    if reading.follow && live {
        text.push_str(" · following");
    } else if !reading.follow && reading.fresh > 0 {
        text.push_str(&format!(" · {} new (G)", reading.fresh));
        if reading.late > 0 {
            text.push_str(&format!(", {} above", reading.late));
        }
    }
    text
}

/// Tells what a test that runs has said without ending the line: what it hangs at may stand there.
pub(super) fn unfinished(drill: &Drill) -> Option<String> {
    let open = |source: &&Source| drill.live && !source.open.is_empty();
    let source = drill.logs.sources.iter().find(open)?;
    Some(format!("{}: {}▏", source.name, columns(&source.open, 0, 80)))
}

/// Says how much was looked through, while that is not all.
pub(super) fn so_far(drill: &Drill, hits: &Hits) -> String {
    let percent = hits.percent(&drill.logs);
    percent.map_or(String::new(), |percent| format!(" … {percent} %"))
}

/// Says what is looked for, and how much was found.
pub(super) fn finding(drill: &Drill) -> Vec<String> {
    let finder = &drill.finder;
    let more = |hits: &Hits| so_far(drill, hits);
    let mut parts = Vec::new();
    if let Some(only) = &finder.only.query {
        parts.push(format!(
            "&{}{} ±{}",
            only.text,
            more(&finder.only),
            finder.context
        ));
    }
    if let Some(without) = &finder.without.query {
        parts.push(format!("~{}{}", without.text, more(&finder.without)));
    }
    if let Some(search) = &finder.search.query {
        let count = finder.search.count();
        parts.push(format!("/{} {count} found{}", search.text, more(&finder.search)));
    }
    parts
}
