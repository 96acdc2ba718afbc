//! The palette: every action with its keys, and why it cannot be done now. Made from the table of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};
use unicode_width::UnicodeWidthStr;

use super::super::state::State;
use super::super::state::palette::{Entry, Palette};
use super::super::theme::Role;
use super::super::update::why_off;
use super::{centered, line_of, over, put, span};

/// What stands before the text that is typed.
const SIGN: &str = " › ";
/// Columns of the keys.
const KEYS: usize = 18;

/// What stands in a row.
enum Row {
    Title(&'static str),
    Entry(usize, Entry),
}

/// Returns where it is on the screen.
fn area(screen: Rect) -> Rect {
    centered(screen, 100, screen.height.saturating_sub(2))
}

/// Draws it.
pub(super) fn draw(state: &State, palette: &Palette, screen: Rect, buf: &mut Buffer) {
    let area = area(screen);
    Clear.render(area, buf);
    let title = " all that can be done · ↑ ↓ choose · enter does it · esc closes ";
    let border = state.theme.style(Role::Focus);
    let block = Block::bordered().border_style(border).title(title);
    let inner = block.inner(area);
    block.render(area, buf);
    let text = format!("{SIGN}{}", palette.prompt.text());
    put(buf, line_of(inner, 0), &span(state, Role::Prompt, text).into());
    let [_, list, about] = parts(inner);
    let rows = rows(state, palette);
    if rows.is_empty() {
        let text = " nothing like that";
        put(buf, line_of(list, 0), &span(state, Role::Dim, text).into());
    }
    let height = usize::from(list.height);
    let is_cursor = |row: &Row| matches!(row, Row::Entry(at, _) if *at == palette.cursor);
    let cursor = rows.iter().position(is_cursor).unwrap_or(0);
    // The cursor stands in the middle, but for the ends of the list.
    let first = cursor
        .saturating_sub(height / 2)
        .min(rows.len().saturating_sub(height));
    for (nth, row) in rows.iter().skip(first).take(height).enumerate() {
        let place = line_of(list, nth);
        match row {
            Row::Title(title) => put(buf, place, &span(state, Role::Strong, format!(" {title}")).into()),
            Row::Entry(_, entry) => put(buf, place, &line(state, entry)),
        }
        if let (true, Row::Entry(_, entry)) = (is_cursor(row), row) {
            over(buf, place, state.theme.style(Role::Selection));
            put(buf, line_of(about, 0), &told(state, entry));
        }
    }
}

/// The line that is typed, the list, and what is said of the entry under the cursor.
fn parts(inner: Rect) -> [Rect; 3] {
    Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(u16::from(inner.height > 4)),
    ])
    .areas(inner)
}

/// An action's name, as keymaps have it, and why it is off now: in the list there may be no room for that.
fn told<'a>(state: &State, entry: &Entry) -> Line<'a> {
    let (name, place) = (entry.action.name(), entry.action.place().title());
    let mut spans = vec![span(state, Role::Dim, format!(" {name} · {place}"))];
    let off = why_off(state, entry.action);
    spans.extend(off.map(|why| span(state, Role::LevelWarn, format!(" · off: {why}"))));
    Line::from(spans)
}

/// Returns where the terminal's cursor belongs.
pub(super) fn cursor(palette: &Palette, screen: Rect) -> Option<Position> {
    let area = area(screen);
    let column = 1 + SIGN.width() + palette.prompt.before().width();
    let x = area.x.saturating_add(u16::try_from(column).ok()?);
    (area.height > 2 && x < area.right()).then(|| Position::new(x, area.y + 1))
}

fn rows(state: &State, palette: &Palette) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut place = None;
    for (at, entry) in palette
        .entries(&state.keymap, state.place())
        .into_iter()
        .enumerate()
    {
        if palette.is_whole() && place.replace(entry.action.place()) != Some(entry.action.place()) {
            rows.push(Row::Title(entry.action.place().title()));
        }
        rows.push(Row::Entry(at, entry));
    }
    rows
}

fn line<'a>(state: &State, entry: &Entry) -> Line<'a> {
    let off = why_off(state, entry.action);
    let role = if off.is_some() { Role::Dim } else { Role::Text };
    let mut spans = vec![span(
        state,
        Role::Key,
        format!(" {:<KEYS$} ", entry.keys.join("  ")),
    )];
    let letters = entry.action.help().chars().enumerate();
    spans.extend(letters.map(|(at, letter)| {
        let found = u32::try_from(at).is_ok_and(|at| entry.found.binary_search(&at).is_ok());
        span(state, if found { Role::Match } else { role }, letter.to_string())
    }));
    spans.extend(off.map(|why| -> Span<'a> { span(state, Role::Dim, format!(" ({why})")) }));
    Line::from(spans)
}
