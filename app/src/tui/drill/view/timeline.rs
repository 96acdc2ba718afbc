//! The merged lines.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::{Constraint, Layout, Rect};

use super::card;
use super::paint::Paint;
use crate::tui::drill::Drill;
use crate::tui::drill::logs::LineRef;
use crate::tui::drill::short::{prefix, shortened};
use crate::tui::drill::sources::Kind;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::sources::stamp::stamp;
use crate::tui::drill::text::{columns, micros, uncolored, without};
use crate::tui::drill::timeline::{Time, card_rows};
use crate::tui::theme::Role;

/// A source's name takes at most this many columns.
const NAME: usize = 8;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let timeline = &drill.timeline;
    let here = timeline.rows.get(timeline.list.cursor).copied();
    let [chips, body, below] = Layout::vertical([
        Constraint::Length(u16::from(area.height > 2)),
        Constraint::Min(0),
        Constraint::Length(card_rows(area.height)),
    ])
    .areas(area);
    sources(drill, paint, chips);
    lines(drill, paint, body);
    match here.map(|at| (at, drill.logs.step(at))) {
        Some((_, Some(step))) => card::draw(drill, step, paint, below),
        Some((at, None)) => whole(drill, at, paint, below),
        None => {}
    }
}

/// Draws the sources with their numbers; those that are off stand back.
fn sources(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let mut parts = Vec::new();
    for (index, source) in drill.logs.sources.iter().enumerate() {
        let is_on = drill.timeline.is_on(&source.name);
        let role = if is_on { role(source.kind) } else { Role::Dim };
        let sign = if is_on { '●' } else { '○' };
        parts.push((format!("{}{sign}", index + 1), Role::Key));
        let notice = source.cursor.clock.notice();
        let notice = notice.map_or(String::new(), |notice| format!(" ({notice})"));
        parts.push((format!("{}{notice}  ", source.name), role));
    }
    paint.parts(area, 0, &parts);
}

fn lines(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let timeline = &drill.timeline;
    let height = usize::from(area.height);
    if timeline.rows.is_empty() {
        let text = match (drill.busy.seen, timeline.filter.running) {
            (false, _) => "reading …",
            (_, true) => "filtering …",
            _ if drill.logs.merged.is_empty() => "nothing was written yet",
            _ => "no line passes the filters",
        };
        paint.text(area, 0, text, Role::Dim);
        return;
    }
    let top = timeline.list.window(timeline.rows.len(), height);
    for (row, at) in timeline.rows.iter().skip(top).take(height).enumerate() {
        let above = (top + row).checked_sub(1).map(|above| timeline.rows[above]);
        line(drill, paint, area, row, *at, above);
        if top + row == timeline.list.cursor {
            paint.row(area, row, Role::Selection);
        }
    }
}

fn line(drill: &Drill, paint: &mut Paint<'_>, area: Rect, row: usize, at: LineRef, above: Option<LineRef>) {
    let (Some(entry), Some(source)) = (
        drill.logs.entry(at),
        drill.logs.sources.get(usize::from(at.source)),
    ) else {
        return;
    };
    let above = above
        .and_then(|above| drill.logs.entry(above))
        .map(|above| above.ts);
    let mut parts = Vec::new();
    if area.width >= 40 {
        let back = if entry.back { '<' } else { ' ' };
        let time = time(drill, entry.ts, above, area.width >= 80);
        parts.push((format!("{time}{back}"), Role::Dim));
    }
    parts.push((format!("{} ", entry.level.letter()), level(entry.level)));
    if area.width >= 60 {
        let name = columns(source.name.as_bytes(), 0, NAME);
        parts.push((format!("{name:NAME$} "), role(source.kind)));
    }
    let used = paint.parts(area, row, &parts);
    let left = usize::from(area.width - used);
    let shown = columns(&text(drill, at), drill.timeline.column, left);
    let rest = Rect::new(area.x + used, area.y, area.width - used, area.height);
    let text_role = match (source.kind, entry.level) {
        (_, Level::Error | Level::Warn) => level(entry.level),
        (Kind::Steps, _) => Role::SourceStep,
        _ => Role::Text,
    };
    paint.text(rest, row, &shown, text_role);
    let timeline = &drill.timeline;
    for query in [&timeline.filter.query, &timeline.search.query] {
        paint.matches(rest, row, 0, &shown, query.as_ref());
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

/// Returns a line's text: without its time, which stands in front, and without the path of the workspace.
fn text(drill: &Drill, at: LineRef) -> Vec<u8> {
    let prefix = prefix(drill);
    if let Some(step) = drill.logs.step(at) {
        let took = step
            .duration_us
            .map_or(String::new(), |us| format!("  {}", micros(us)));
        let sign = if step.is_failed_assert() { '✗' } else { '◆' };
        let said = shortened(step, &prefix).describe();
        return format!("{sign} {} {said}{took}", step.kind).into_bytes();
    }
    let Some(bytes) = drill.logs.text(at) else {
        return "…".into();
    };
    let rest = match stamp(bytes) {
        Some(stamp) => {
            let rest = &bytes[stamp.end..];
            rest.strip_prefix(b" ").unwrap_or(rest)
        }
        None => bytes,
    };
    uncolored(&without(rest, &prefix))
}

fn time(drill: &Drill, ts: i64, above: Option<i64>, wide: bool) -> String {
    let since = |from: i64| {
        let us = ts.saturating_sub(from);
        if wide {
            format!("{:>+15.6}", us as f64 / 1e6)
        } else {
            format!("{:>+9.3}", us as f64 / 1e6)
        }
    };
    match drill.timeline.time {
        Time::Clock => clock(drill, ts, wide),
        Time::Start => {
            let first = drill.logs.merged.first().and_then(|at| drill.logs.entry(*at));
            since(first.map_or(ts, |first| first.ts))
        }
        Time::Delta => since(above.unwrap_or(ts)),
    }
}

/// Returns a time as on the wall of the machine that ran the test.
pub(super) fn clock(drill: &Drill, ts: i64, wide: bool) -> String {
    let zone = drill.run.zone.clone().unwrap_or(TimeZone::UTC);
    let Ok(at) = Timestamp::from_microsecond(ts) else {
        return String::new();
    };
    let at = at.to_zoned(zone);
    let format = if wide { "%H:%M:%S%.6f" } else { "%M:%S%.3f" };
    at.strftime(format).to_string()
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
    let rows = timeline.rows.len();
    let mut parts = vec![format!("{}/{rows}", (timeline.list.cursor + 1).min(rows))];
    if timeline.follow {
        parts.push("following".to_owned());
    } else if timeline.fresh > 0 {
        parts.push(format!("{} new (G)", timeline.fresh));
    }
    if let Some(life) = &timeline.life {
        parts.push(format!("within {} (esc)", columns(life.name.as_bytes(), 0, 30)));
    }
    if timeline.hidden > 0 {
        parts.push(format!("{} internal folded (i)", timeline.hidden));
    }
    if timeline.level > Level::Trace {
        parts.push(format!("from {} (L)", timeline.level.word()));
    }
    if let Some(filter) = &timeline.filter.query {
        parts.push(format!("&{} ±{}", filter.text, timeline.context));
    }
    if let Some(search) = &timeline.search.query {
        let more = if timeline.search.running { "…" } else { "" };
        parts.push(format!(
            "/{} {}{more} found",
            search.text,
            timeline.search.count()
        ));
    }
    match timeline.time {
        Time::Clock => {}
        Time::Start => parts.push("since start (t)".to_owned()),
        Time::Delta => parts.push("since the line above (t)".to_owned()),
    }
    parts.join(" · ")
}
