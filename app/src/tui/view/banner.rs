//! The line above the last: what the user must not overlook.

use gkfs_runner::event::Level;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::state::State;
use super::super::theme::Role;
use super::{put, span};

/// Draws it, where there is something.
pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some((level, text)) = state.banner() else {
        return;
    };
    let role = match level {
        Level::Info => Role::LevelInfo,
        Level::Warn => Role::LevelWarn,
        Level::Error => Role::LevelError,
    };
    let text = text.replace(char::is_control, " ");
    put(buf, area, &Line::from(span(state, role, format!(" {text}"))));
}
