//! What lies under the mouse.

use super::list::Motion;
use super::update::Msg;
use super::{Drill, view};

/// Returns what a click on a cell means, counted from the upper left corner. One into the tab that stands beside gives
/// that the keys.
#[must_use]
pub fn click(drill: &Drill, column: u16, row: u16) -> Vec<Msg> {
    if row == 0 {
        return view::tab_at(drill, column).map(Msg::Tab).into_iter().collect();
    }
    let Some(tab) = view::tab_in(drill, column, row) else {
        return Vec::new();
    };
    let other = (tab != drill.tab).then_some(Msg::Tab(tab));
    let to = view::row_at(drill, tab, column, row).map(Msg::To);
    other.into_iter().chain(to).collect()
}

/// Returns what a step of the wheel means there: what lies under it moves, and the keys stay where they are.
#[must_use]
pub fn wheel(drill: &Drill, column: u16, row: u16, down: bool) -> Msg {
    let motion = if down { Motion::Down } else { Motion::Up };
    Msg::GoIn(view::tab_in(drill, column, row).unwrap_or(drill.tab), motion)
}
