//! Finding what can be done, and getting there.

use super::*;
use crate::tui::action::{Action, Place};

#[test]
fn the_palette_finds_an_action_and_does_it() {
    let mut state = session();
    press(&mut state, ": r u n space a l l");
    let palette = state.palette.clone().expect("it is open");
    let entries = palette.entries(&state.keymap, state.place());
    assert_eq!(entries[0].action, Action::RunAll);
    assert_eq!(asked(&press(&mut state, "enter")), None);
    assert_eq!(state.palette, None);
    // Escape leaves it, and nothing was done.
    assert!(press(&mut state, "? q esc").is_empty());
    assert_eq!((state.palette.as_ref(), state.quitting), (None, false));
}

#[test]
fn the_palette_says_why_something_is_off_and_goes_where_it_is_done() {
    let mut state = session();
    press(&mut state, ":");
    update(&mut state, Msg::Paste("stop the run".to_owned()));
    assert!(press(&mut state, "enter").is_empty());
    assert!(state.palette.is_some());
    assert_eq!(
        state.toasts.back().map(|toast| toast.1.as_str()),
        Some("nothing runs")
    );
    let mut state = failed();
    press(&mut state, "j");
    press(&mut state, ":");
    update(&mut state, Msg::Paste("preview_as".to_owned()));
    press(&mut state, "enter");
    assert_eq!((state.focus, state.place()), (Pane::Drill, Place::Workspace));
}

#[test]
fn tabs_are_chosen_from_the_tests_too() {
    let mut state = failed();
    update(&mut state, Msg::Resize(120, 40));
    press(&mut state, "j 3");
    assert_eq!(
        (state.focus, state.drill.place()),
        (Pane::Tests, Place::Workspace)
    );
    // Where there is room for one pane only, it is that one which was asked for.
    update(&mut state, Msg::Resize(80, 24));
    press(&mut state, "4");
    assert_eq!((state.focus, state.drill.place()), (Pane::Drill, Place::Output));
}

#[test]
fn what_is_typed_or_pasted_in_the_details_is_no_command() {
    let mut state = failed();
    press(&mut state, "j enter / q");
    assert!(state.drill.is_typing());
    update(&mut state, Msg::Paste("a\n".to_owned()));
    assert!(press(&mut state, "backspace q").is_empty());
    press(&mut state, "esc");
    assert!(!state.drill.is_typing());
}
