//! Which rows there are, and where one is among them.

use super::*;

#[test]
fn the_cursor_stays_on_its_test_when_others_come_and_go() {
    let mut state = session();
    press(&mut state, "j j");
    assert_eq!(selected(&state), B);
    find(&mut state, &["aaa::first", A, B, C]);
    settle(&mut state);
    assert_eq!(selected(&state), B);
    find(&mut state, &[A, C]);
    settle(&mut state);
    assert_eq!(state.suite.find(B), None);
    assert!(!selected(&state).is_empty());
}

#[test]
fn a_filter_keeps_the_groups_of_what_it_finds() {
    let mut state = session();
    press(&mut state, "/ w r i enter");
    let shown: Vec<&str> = state
        .tree
        .rows
        .iter()
        .map(|row| state.suite.id(row.node))
        .collect();
    assert_eq!((shown, selected(&state)), (vec!["io", C], C));
    press(&mut state, "esc");
    assert_eq!((state.tree.rows.len(), selected(&state)), (5, C));
    press(&mut state, "/");
    update(&mut state, Msg::Paste("tag:rmdir\n".to_owned()));
    settle(&mut state);
    assert_eq!(selected(&state), B);
    press(&mut state, "esc");
    assert_eq!((state.prompt.is_none(), state.tree.rows.len()), (true, 5));
}

#[test]
fn failures_are_found_and_float() {
    let mut state = failed();
    press(&mut state, "]");
    assert_eq!(selected(&state), B);
    press(&mut state, "o");
    assert_eq!(state.suite.id(state.tree.rows[1].node), B);
    press(&mut state, "F");
    let shown: Vec<&str> = state
        .tree
        .rows
        .iter()
        .map(|row| state.suite.id(row.node))
        .collect();
    assert_eq!(shown, ["dir", B]);
}

#[test]
fn a_fold_hides_and_its_group_stands_for_the_cursor() {
    let mut state = session();
    press(&mut state, "j h h");
    assert_eq!((selected(&state), state.tree.rows.len()), ("dir", 3));
    press(&mut state, "l l");
    assert_eq!((selected(&state), state.tree.rows.len()), (A, 5));
    press(&mut state, "Z");
    assert_eq!((selected(&state), state.tree.rows.len()), ("dir", 2));
}

#[test]
fn the_other_pane_takes_the_keys_and_gives_them_back() {
    let mut state = session();
    press(&mut state, "j tab");
    assert_eq!(state.focus, Pane::Drill);
    press(&mut state, "esc");
    assert_eq!(state.focus, Pane::Tests);
}
