//! The workbench's own log, over everything.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};
use tracing::Level;

use super::super::state::State;
use super::super::state::own_log::OwnLog;
use super::super::theme::Role;
use super::{line_of, put, span, tests};

/// Draws it: of its lines, those that can be seen.
pub(super) fn draw(state: &State, log: &OwnLog, screen: Rect, buf: &mut Buffer) {
    Clear.render(screen, buf);
    buf.set_style(screen, state.theme.style(Role::Text));
    let file = state.log_file.as_ref().map(|file| file.display().to_string());
    let block = Block::bordered()
        .border_style(state.theme.style(Role::Focus))
        .title(format!(" {} ", file.unwrap_or_default()))
        .title_bottom(below(log));
    let inner = block.inner(screen);
    block.render(screen, buf);
    let height = usize::from(inner.height);
    let mut lines: Vec<_> = log.shown().rev().skip(log.back).take(height).collect();
    lines.reverse();
    for (row, entry) in lines.into_iter().enumerate() {
        let role = role(entry.level);
        let text = tests::printable(&entry.text);
        put(
            buf,
            line_of(inner, row),
            &Line::from(span(state, role, text.to_string())),
        );
    }
}

fn below(log: &OwnLog) -> String {
    let follow = if log.back == 0 { "following · " } else { "" };
    let level = log.least.to_string().to_lowercase();
    format!(" {follow}from {level} on · L: graver · G: follow · esc ")
}

fn role(level: Level) -> Role {
    match level {
        Level::ERROR => Role::LevelError,
        Level::WARN => Role::LevelWarn,
        Level::INFO => Role::LevelInfo,
        _ => Role::LevelDebug,
    }
}
