//! The mouse, while it is ours.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::*;
use crate::tui::action::Place;

fn mouse(state: &mut State, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
    let event = MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    let effects = update(state, Msg::Mouse(event));
    settle(state);
    effects
}

fn click(state: &mut State, column: u16, row: u16) -> Vec<Effect> {
    mouse(state, MouseEventKind::Down(MouseButton::Left), column, row)
}

/// Both panes side by side: the tests have 48 columns, and their first row is the third of the screen.
fn wide() -> State {
    let mut state = failed();
    update(&mut state, Msg::Resize(120, 40));
    settle(&mut state);
    state
}

#[test]
fn it_is_taken_and_given_back() {
    let mut state = session();
    assert!(matches!(
        press(&mut state, "f2").as_slice(),
        [Effect::Mouse(true)]
    ));
    assert!(matches!(
        press(&mut state, "f2").as_slice(),
        [Effect::Mouse(false)]
    ));
}

#[test]
fn a_click_chooses_a_row_a_pane_and_a_tab() {
    let mut state = wide();
    click(&mut state, 5, 4);
    assert_eq!((selected(&state), state.focus), (B, Pane::Tests));
    // The tabs: " 1 Timeline  2 Results  …"
    click(&mut state, 48 + 1 + 14, 2);
    assert_eq!((state.focus, state.place()), (Pane::Drill, Place::Results));
    // Neither the border nor what lies below the last row is anything.
    click(&mut state, 0, 3);
    click(&mut state, 5, 30);
    assert_eq!(selected(&state), B);
    assert_eq!(state.focus, Pane::Tests);
}

#[test]
fn a_group_that_is_clicked_twice_folds() {
    let mut state = wide();
    click(&mut state, 5, 2);
    assert_eq!(state.tree.rows.len(), 3);
    click(&mut state, 5, 2);
    assert_eq!(state.tree.rows.len(), 5);
}

#[test]
fn the_wheel_moves_what_lies_under_it() {
    let mut state = wide();
    mouse(&mut state, MouseEventKind::ScrollDown, 5, 3);
    assert_eq!(state.tree.cursor, 3);
    mouse(&mut state, MouseEventKind::ScrollUp, 5, 3);
    assert_eq!(state.tree.cursor, 0);
    // Over the other pane it leaves the tests alone, and the keys go where they went.
    mouse(&mut state, MouseEventKind::ScrollDown, 80, 10);
    assert_eq!((state.tree.cursor, state.focus), (0, Pane::Tests));
    press(&mut state, ":");
    mouse(&mut state, MouseEventKind::ScrollDown, 5, 3);
    assert_eq!(state.palette.as_ref().map(|palette| palette.cursor), Some(3));
}
