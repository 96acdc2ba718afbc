//! The bottom line: what can be done now, or what is being typed; and, above it, notices and keys that wait.

use gkfs_runner::event::Level;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::keymap::{Found, spell};
use super::super::layout;
use super::super::state::{Layer, Mode, Pane, State};
use super::super::theme::Role;
use super::super::update::why_off;
use super::{line_of, over, put, span};

/// What stands before the text that is typed.
const SIGN: &str = " /";

/// What is worth a hint, with the one word that has to do, for each situation.
const RUN: &[(Action, &str)] = &[
    (Action::RunSelected, "run"),
    (Action::RunAll, "all"),
    (Action::RunFailed, "failed"),
    (Action::Stop, "stop"),
    (Action::StopAll, "stop all"),
];
const LOOK: &[(Action, &str)] = &[
    (Action::Filter, "filter"),
    (Action::Open, "details"),
    (Action::Palette, "help"),
    (Action::Quit, "quit"),
    (Action::NextFailure, "next failure"),
    (Action::OnlyFailed, "only failed"),
];
const DRILL: &[(Action, &str)] = &[
    (Action::Back, "back"),
    (Action::Zoom, "zoom"),
    (Action::Search, "search"),
    (Action::Choose, "choose"),
    (Action::Copy, "copy"),
    (Action::Palette, "help"),
    (Action::Quit, "quit"),
];

const CHOOSING: &[(Action, &str)] = &[
    (Action::Copy, "copy"),
    (Action::Choose, "end"),
    (Action::Palette, "help"),
];

/// Draws it.
pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    over(buf, area, state.theme.style(Role::Footer));
    if let Some((prompt, _)) = &state.prompt {
        let text = format!("{SIGN}{}", prompt.text());
        put(buf, area, &span(state, Role::Prompt, text).into());
        return;
    }
    let mut parts = Vec::new();
    if is_choosing(state) {
        let lines = state.drill.count_chosen();
        let plural = if lines == 1 { "line" } else { "lines" };
        parts.push(span(state, Role::Strong, format!(" {lines} {plural} chosen ")));
    }
    let hints = hints(state).into_iter();
    parts.extend(
        hints
            .filter(|(action, _)| why_off(state, *action).is_none())
            .flat_map(|(action, word)| {
                let key = state.keymap.keys(action).into_iter().next().unwrap_or_default();
                [
                    span(state, Role::Key, format!(" {key}")),
                    span(state, Role::Footer, format!(" {word} ")),
                ]
            }),
    );
    put(buf, area, &Line::from(parts));
}

fn is_choosing(state: &State) -> bool {
    state.focus == Pane::Drill && state.drill.is_choosing()
}

fn hints(state: &State) -> Vec<(Action, &'static str)> {
    match (state.focus, state.mode) {
        (Pane::Drill, _) if is_choosing(state) => CHOOSING.to_vec(),
        (Pane::Drill, _) => DRILL.to_vec(),
        (Pane::Tests, Mode::Live) => [RUN, LOOK].concat(),
        (Pane::Tests, Mode::Recorded) => LOOK.to_vec(),
    }
}

/// Returns where the terminal's cursor belongs: into the text that is typed, or nowhere.
pub(super) fn cursor(state: &State, area: Rect) -> Option<Position> {
    if state.layer() != Layer::Prompt || area.is_empty() {
        return None;
    }
    let (prompt, _) = state.prompt.as_ref()?;
    let column = SIGN.width() + prompt.before().width();
    let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    Some(Position::new(x.min(area.right() - 1), area.y))
}

/// Draws notices, and what keys that wait can become, over the end of the body.
pub(super) fn toasts(state: &State, buf: &mut Buffer) {
    // What must not be overlooked is not covered.
    let banner = layout::areas(state).banner.height;
    let body = Rect::new(0, 1, state.size.0, state.size.1.saturating_sub(2 + banner));
    let mut lines: Vec<Line<'_>> = state
        .toasts
        .iter()
        .map(|(level, text, _)| {
            let role = match level {
                Level::Info => Role::LevelInfo,
                Level::Warn => Role::LevelWarn,
                Level::Error => Role::LevelError,
            };
            let text = text.replace(char::is_control, " ");
            Line::from(span(state, role, format!(" {text} ")))
        })
        .collect();
    let ways = ways(state);
    if !ways.is_empty() {
        lines = ways;
    } else if body.height < LOW {
        return unframed(&lines, body, buf);
    }
    boxed(state, &lines, body, buf);
}

/// In a lower body a frame around a single line would cover half of it.
const LOW: u16 = 6;

/// The newest of the lines, in the last rows of a body that has none to spare.
fn unframed(lines: &[Line<'_>], body: Rect, buf: &mut Buffer) {
    let rows = usize::from(body.height / 2).min(lines.len());
    for (row, line) in lines.iter().rev().take(rows).enumerate() {
        let place = line_of(body, usize::from(body.height) - 1 - row);
        Clear.render(place, buf);
        put(buf, place, line);
    }
}

/// What the next key can be, when it is the second of several, or a number.
fn ways<'a>(state: &State) -> Vec<Line<'a>> {
    let way = |key: String, role, what: String| {
        Line::from(vec![
            span(state, Role::Key, format!(" {key} ")),
            span(state, role, format!(" {what} ")),
        ])
    };
    let numbers = state.drill.numbers().into_iter().map(|(number, name, is_on)| {
        let role = if is_on { Role::Text } else { Role::Dim };
        let off = if is_on { "" } else { " (off)" };
        way(number.to_string(), role, format!("{name}{off}"))
    });
    match state.keymap.get(state.place(), &state.pending) {
        Found::Pending(ways) if !state.pending.is_empty() => {
            let before = spell(&state.pending);
            let ways = ways.into_iter();
            ways.map(|(key, help)| way(format!("{before} {key}"), Role::Text, help.to_owned()))
                .collect()
        }
        _ => numbers.collect(),
    }
}

/// A box in the lower right corner.
fn boxed(state: &State, lines: &[Line<'_>], body: Rect, buf: &mut Buffer) {
    if lines.is_empty() || body.height < 3 {
        return;
    }
    let longest = lines.iter().map(Line::width).max().unwrap_or(0);
    let width = u16::try_from(longest + 2).unwrap_or(u16::MAX).min(body.width);
    let height = u16::try_from(lines.len() + 2)
        .unwrap_or(u16::MAX)
        .min(body.height);
    let area = Rect::new(body.right() - width, body.bottom() - height, width, height);
    Clear.render(area, buf);
    let block = Block::bordered().border_style(state.theme.style(Role::Border));
    let inner = block.inner(area);
    block.render(area, buf);
    for (row, line) in lines.iter().enumerate() {
        put(buf, line_of(inner, row), line);
    }
}
