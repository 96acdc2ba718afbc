//! What a state looks like on a terminal of its size.

use gkfs_bench::tui::update::settle;
use gkfs_bench::tui::{State, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Draws it.
pub(crate) fn screen(state: &mut State) -> String {
    settle(state);
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).expect("a terminal");
    terminal.draw(|frame| view::draw(state, frame)).expect("a frame");
    terminal.backend().to_string()
}
