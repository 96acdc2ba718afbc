//! The list of themes, out of the way of what they are tried on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

use super::super::state::State;
use super::super::state::picker::Picker;
use super::super::theme::Role;
use super::{line_of, over, put};

/// Draws it into the upper right corner.
pub(super) fn draw(state: &State, picker: &Picker, screen: Rect, buf: &mut Buffer) {
    let names = || state.themes.iter().map(|theme| theme.name.as_str());
    let longest = names().map(str::len).max().unwrap_or(0).max(20);
    let width = u16::try_from(longest + 6).unwrap_or(u16::MAX).min(screen.width);
    let rows = u16::try_from(state.themes.len() + 2).unwrap_or(u16::MAX);
    let height = rows.min(screen.height.saturating_sub(2));
    let area = Rect::new(screen.right() - width, screen.y + 1, width, height).intersection(screen);
    Clear.render(area, buf);
    let block = Block::bordered()
        .border_style(state.theme.style(Role::Focus))
        .title(" theme ")
        .title_bottom(" enter · esc ");
    let inner = block.inner(area);
    buf.set_style(area, state.theme.style(Role::Text));
    block.render(area, buf);
    let first = (picker.cursor + 1).saturating_sub(inner.height.into());
    for (row, name) in names().skip(first).take(inner.height.into()).enumerate() {
        let place = line_of(inner, row);
        put(buf, place, &Line::raw(format!(" {name}")));
        if first + row == picker.cursor {
            over(buf, place, state.theme.style(Role::Selection));
        }
    }
}
