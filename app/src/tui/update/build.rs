//! What keys do in the pane of a build.

use super::super::action::Action;
use super::super::layout;
use super::super::state::{Pane, State};

/// Shows it, or hides it for as long as the build goes on.
pub(super) fn toggle(state: &mut State) {
    let is_shown = state.shows_build();
    (state.build.shown, state.build.hidden) = (!is_shown, is_shown);
}

/// Does what is about the pane, if it has the keys. Whether that was so.
pub(super) fn act(state: &mut State, action: Action) -> bool {
    if !state.build.shown || state.focus != Pane::Drill {
        return false;
    }
    let rows = layout::areas(state).drill.map_or(1, layout::inner_height).max(1);
    let build = &mut state.build;
    let top = build.first(rows);
    let to = match action {
        Action::Down => top + 1,
        Action::Up => top.saturating_sub(1),
        Action::PageDown => top + rows,
        Action::PageUp => top.saturating_sub(rows),
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        Action::Back => {
            (build.shown, build.hidden) = (false, true);
            return true;
        }
        _ => return false,
    };
    build.scroll(to, rows);
    true
}
