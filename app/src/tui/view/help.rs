//! The help: every action with its keys, and why it cannot be done now. Made from the table of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

use super::super::action::Action;
use super::super::drill;
use super::super::state::State;
use super::super::theme::Role;
use super::super::update::{HELP_LINES, why_off};
use super::{centered, line_of, put, span};

/// Draws it from the `first` line on.
pub(super) fn draw(state: &State, first: usize, screen: Rect, buf: &mut Buffer) {
    let height = u16::try_from(HELP_LINES + 2).unwrap_or(u16::MAX);
    let area = centered(screen, 92, height.min(screen.height.saturating_sub(2)));
    Clear.render(area, buf);
    let title = " keys · j k scroll · any other key closes ";
    let border = state.theme.style(Role::Focus);
    let block = Block::bordered().border_style(border).title(title);
    let inner = block.inner(area);
    block.render(area, buf);
    let actions = Action::ALL.iter().map(|action| of_action(state, *action));
    let between = [
        Line::default(),
        Line::from(span(state, Role::Strong, " in the details of a test")),
    ];
    let details = drill::KEYS
        .iter()
        .map(|(keys, _, help)| row(state, keys, Role::Text, help));
    let lines = actions.chain(between).chain(details);
    for (row, line) in lines.skip(first).take(inner.height.into()).enumerate() {
        put(buf, line_of(inner, row), &line);
    }
}

fn of_action<'a>(state: &State, action: Action) -> Line<'a> {
    let off = why_off(state, action);
    let role = if off.is_some() { Role::Dim } else { Role::Text };
    let mut line = row(state, &state.keymap.keys(action).join("  "), role, action.help());
    if let Some(why) = off {
        line.push_span(span(state, Role::Dim, format!(" ({why})")));
    }
    line
}

fn row<'a>(state: &State, keys: &str, role: Role, help: &'a str) -> Line<'a> {
    Line::from(vec![
        span(state, Role::Key, format!(" {keys:<18} ")),
        span(state, role, help),
    ])
}
