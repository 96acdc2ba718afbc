//! What a build says, in place of the details of a test.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::super::build::Standing;
use super::super::state::{Pane, State};
use super::super::theme::Role;
use super::{block, line_of, put, span, tests};

/// Draws it.
pub(super) fn draw(state: &State, pane: Rect, buf: &mut Buffer) {
    let build = &state.build;
    let elapsed = format!("{}s", state.now.saturating_sub(build.since) / 1_000_000);
    let (sign, role, how) = match &build.standing {
        Standing::None => ("·", Role::Dim, ""),
        Standing::Running => ("▶", Role::StatusRunning, elapsed.as_str()),
        Standing::Ok => ("✓", Role::StatusPassed, "built"),
        Standing::Failed(how) => ("✗", Role::StatusFailed, how.as_str()),
    };
    let title = Line::from(vec![
        span(state, role, format!(" {sign} ")),
        span(
            state,
            Role::Text,
            format!("{} ", tests::printable(&build.command)),
        ),
        span(state, Role::Dim, format!("{how} ")),
    ]);
    let block = block(state, title, Pane::Drill);
    let inner = block.inner(pane);
    block.render(pane, buf);
    let rows = usize::from(inner.height);
    let lines = build.lines.iter().skip(build.first(rows)).take(rows);
    for (row, line) in lines.enumerate() {
        let role = if is_error(line) {
            Role::LevelError
        } else {
            Role::Text
        };
        let text = plain(line);
        put(buf, line_of(inner, row), &Line::from(span(state, role, text)));
    }
}

fn is_error(line: &str) -> bool {
    line.starts_with("error") || line.contains(": error") || line.contains("fatal error")
}

/// Without escape sequences, which compilers write when they are told to colour what they say.
fn plain(line: &str) -> String {
    let stripped = anstream::adapter::strip_str(line).to_string();
    stripped.replace('\t', "    ").replace(char::is_control, "")
}
