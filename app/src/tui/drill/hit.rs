//! What lies under the mouse.

use super::list::Motion;
use super::update::Msg;
use super::{Drill, view};

/// Returns what a click on a cell means, counted from the upper left corner.
#[must_use]
pub fn click(drill: &Drill, column: u16, row: u16) -> Option<Msg> {
    if row == 0 {
        return view::tab_at(drill, column).map(Msg::Tab);
    }
    view::row_at(drill, row).map(Msg::To)
}

/// Returns what a step of the wheel means there.
#[must_use]
pub fn wheel(_drill: &Drill, _column: u16, _row: u16, down: bool) -> Msg {
    Msg::Go(if down { Motion::Down } else { Motion::Up })
}
