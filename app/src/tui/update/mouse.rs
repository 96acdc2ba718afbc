//! What the mouse does: a click goes where it is, the wheel moves what lies under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::super::drill;
use super::super::layout;
use super::super::msg::Effect;
use super::super::state::suite::Node;
use super::super::state::{Layer, Pane, State};
use super::{act, drill_msg, settle};

/// Rows for one notch of the wheel.
const NOTCH: usize = 3;

/// The mouse did something.
pub(super) fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let mut effects = settle(state);
    let at = Position::new(event.column, event.row);
    let down = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => None,
        MouseEventKind::ScrollDown => Some(true),
        MouseEventKind::ScrollUp => Some(false),
        _ => return effects,
    };
    effects.extend(match (state.layer(), down) {
        (Layer::Palette, Some(down)) => palette(state, down),
        (Layer::Pane(_) | Layer::Prompt | Layer::Typing, Some(down)) => wheel(state, at, down),
        (Layer::Pane(_), None) => click(state, at),
        _ => Vec::new(),
    });
    effects
}

fn palette(state: &mut State, down: bool) -> Vec<Effect> {
    let here = state.place();
    if let Some(palette) = &mut state.palette {
        let last = palette.entries(&state.keymap, here).len().saturating_sub(1);
        palette.cursor = moved(palette.cursor, down).min(last);
    }
    Vec::new()
}

fn moved(row: usize, down: bool) -> usize {
    if down {
        row + NOTCH
    } else {
        row.saturating_sub(NOTCH)
    }
}

fn wheel(state: &mut State, at: Position, down: bool) -> Vec<Effect> {
    match under(state, at) {
        Some((Pane::Tests, _)) => {
            let row = moved(state.tree.cursor, down);
            state.tree.go(row, &state.suite);
            Vec::new()
        }
        Some((Pane::Drill, inner)) if has_details(state) => {
            let msg = drill::wheel(&state.drill, at.x - inner.x, at.y - inner.y, down);
            (0..NOTCH).flat_map(|_| drill_msg(state, msg.clone())).collect()
        }
        _ => Vec::new(),
    }
}

fn click(state: &mut State, at: Position) -> Vec<Effect> {
    let Some((pane, inner)) = under(state, at) else {
        return Vec::new();
    };
    let was_here = state.focus == pane;
    state.focus = pane;
    match pane {
        Pane::Tests => {
            let row = state.tree.offset + usize::from(at.y - inner.y);
            if row >= state.tree.rows.len() {
                return Vec::new();
            }
            let again = was_here && row == state.tree.cursor;
            state.tree.go(row, &state.suite);
            // As enter does.
            if again && matches!(state.tree.selected(), Some(Node::Group(_))) {
                act::open(state);
            }
            Vec::new()
        }
        Pane::Drill if has_details(state) => {
            let msgs = drill::click(&state.drill, at.x - inner.x, at.y - inner.y);
            msgs.into_iter().flat_map(|msg| drill_msg(state, msg)).collect()
        }
        Pane::Drill => Vec::new(),
    }
}

fn has_details(state: &State) -> bool {
    matches!(state.tree.selected(), Some(Node::Test(_)))
}

/// Returns the pane that a cell is in, with what lies within its border; the border itself is nobody's.
fn under(state: &State, at: Position) -> Option<(Pane, Rect)> {
    let areas = layout::areas(state);
    let panes = [(Pane::Tests, areas.tests), (Pane::Drill, areas.drill)];
    panes.into_iter().find_map(|(pane, area)| {
        let inner = layout::inner(area?);
        inner.contains(at).then_some((pane, inner))
    })
}
