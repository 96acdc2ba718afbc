//! Every command: keys in, and out what is asked of the world, or seen.

use super::*;
use crate::tui::action::Action;
use crate::tui::drill;
use crate::tui::msg::Switched;

#[test]
fn one_test_is_stopped_and_then_the_rest() {
    let mut state = session();
    press(&mut state, "a");
    open(&mut state);
    for id in [A, B, C] {
        run(&mut state, found(id, false));
    }
    let cancelled = |effects: Vec<Effect>| match effects.as_slice() {
        [Effect::CancelTests(ids)] => ids.clone(),
        other => panic!("{other:?}"),
    };
    // One, as its row says it; then what waits or runs of a group.
    assert_eq!(cancelled(press(&mut state, "j x")), [A]);
    let stop = EventKind::TestCancelled {
        id: A.to_owned(),
        why: "asked to stop it".to_owned(),
    };
    run(&mut state, stop);
    assert!(press(&mut state, "x").is_empty());
    assert_eq!(cancelled(press(&mut state, "k x")), [B]);
    let effects = press(&mut state, "X X");
    assert!(matches!(
        effects.as_slice(),
        [Effect::Cancel(CancelKind::Stop), Effect::Cancel(CancelKind::Kill)]
    ));
}

#[test]
fn repeating_until_a_test_fails_is_asked_for() {
    let mut state = session();
    let effects = press(&mut state, "j u");
    let [Effect::Start(request)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(
        request,
        &Request {
            only: Some(BTreeSet::from([A.to_owned()])),
            until_fail: true,
            ..Request::default()
        }
    );
    // Once more the same way.
    update(&mut state, Msg::Done(None));
    let effects = press(&mut state, "R");
    assert!(matches!(effects.as_slice(), [Effect::Start(request)] if request.until_fail));
}

#[test]
fn a_filter_by_status_goes_through_those_that_occur() {
    let mut state = failed();
    let shown = |state: &State| -> Vec<String> {
        let tests = state
            .tree
            .rows
            .iter()
            .filter(|row| matches!(row.node, Node::Test(_)));
        tests.map(|row| state.suite.id(row.node).to_owned()).collect()
    };
    for (filter, tests) in [
        ("status:failed", vec![B]),
        ("status:passed", vec![A]),
        ("status:new", vec![C]),
        ("", vec![A, B, C]),
    ] {
        press(&mut state, "s");
        assert_eq!(
            (state.tree.filter.as_str(), shown(&state)),
            (filter, tests.into_iter().map(str::to_owned).collect())
        );
    }
    press(&mut state, "/");
    update(&mut state, Msg::Paste("status:fa status:pa dir".to_owned()));
    press(&mut state, "enter");
    assert_eq!(shown(&state), [A, B]);
    press(&mut state, "s");
    assert_eq!(state.tree.filter, "status:passed dir");
    press(&mut state, "esc");
    assert_eq!(state.tree.filter, "");
}

#[test]
fn pins_come_and_go_and_stay_when_tests_are_found_anew() {
    let mut state = session();
    press(&mut state, "j p");
    assert_eq!(state.suite.pins, BTreeSet::from([A.to_owned()]));
    find(&mut state, &[A, B, C]);
    press(&mut state, "k p");
    assert_eq!(state.suite.pins, BTreeSet::from([A.to_owned(), B.to_owned()]));
    press(&mut state, "p");
    assert!(state.suite.pins.is_empty());
}

#[test]
fn marks_can_all_be_taken_away() {
    let mut state = session();
    press(&mut state, "space G space");
    assert_eq!(state.tree.marks.len(), 3);
    press(&mut state, "M");
    assert!(state.tree.marks.is_empty());
}

#[test]
fn a_shell_is_opened_where_the_shown_attempt_is() {
    let mut state = failed();
    assert!(press(&mut state, "!").is_empty(), "a group has no workspace");
    let effects = press(&mut state, "j !");
    let [Effect::Shell { id, attempt, live }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (id.as_str(), attempt.as_path(), *live),
        (A, Path::new("/runs/r/tests/1"), false)
    );
    press(&mut state, "G");
    assert!(press(&mut state, "!").is_empty());
    assert_eq!(
        state.toasts.back().map(|toast| toast.1.as_str()),
        Some("the test was not run yet")
    );
}

#[test]
fn what_is_shown_is_left_on_the_normal_screen() {
    let mut state = failed();
    assert!(matches!(press(&mut state, "S").as_slice(), [Effect::Print]));
}

#[test]
fn a_command_that_runs_the_test_is_copied_and_can_be_pasted() {
    let mut state = session();
    find(&mut state, &["dir::rename[it's $HOME]"]);
    update(&mut state, Msg::Done(None));
    let effects = press(&mut state, "j Y");
    let [Effect::Copy(command)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    // What a shell makes of it is what was meant.
    let words = shell_words::split(command).expect("words");
    assert_eq!(words, ["gkfs-bench", "run", "dir::rename[it's $HOME]"]);
}

#[test]
fn the_source_is_opened_at_its_line() {
    let mut state = session();
    let effects = press(&mut state, "j e");
    let [Effect::Edit { file, line }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((file.as_path(), *line), (Path::new("/s/x.sh"), 7));
    assert!(press(&mut state, "k e").is_empty(), "a group has no source");
}

#[test]
fn what_only_the_terminal_can_do_is_asked_of_it() {
    let mut state = session();
    assert!(matches!(press(&mut state, "ctrl-l").as_slice(), [Effect::Redraw]));
    assert!(matches!(
        press(&mut state, "ctrl-z").as_slice(),
        [Effect::Suspend]
    ));
    assert!(matches!(press(&mut state, "ctrl-c").as_slice(), [Effect::Quit]));
}

fn told(state: &State) -> &str {
    state.toasts.back().map_or("", |(_, text, _)| text.as_str())
}

#[test]
fn what_is_copied_is_told() {
    let mut state = session();
    let effects = press(&mut state, "j y");
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(id)] if id == A),
        "{effects:?}"
    );
    assert_eq!(told(&state), "copied dir::mkdir");
    let effects = update(&mut state, Msg::Collected(Ok((2, "a\nb\n".to_owned()))));
    assert!(matches!(effects.as_slice(), [Effect::Copy(text)] if text == "a\nb\n"));
    assert_eq!(told(&state), "copied 2 lines");
    // One line is pasted into a line.
    let effects = update(&mut state, Msg::Collected(Ok((1, "a\n".to_owned()))));
    assert!(matches!(effects.as_slice(), [Effect::Copy(text)] if text == "a"));
    assert!(update(&mut state, Msg::Collected(Err("too much".to_owned()))).is_empty());
    assert_eq!(told(&state), "too much");
}

#[test]
fn a_search_that_is_stopped_is_told() {
    let mut state = session();
    press(&mut state, "a");
    let effects = press(&mut state, "x");
    assert!(matches!(effects.as_slice(), [Effect::Cancel(CancelKind::Stop)]));
    assert_eq!(told(&state), "stopping the search for tests");
}

#[test]
fn the_same_tests_are_waited_for_by_name() {
    let mut state = session();
    press(&mut state, "a j r");
    assert_eq!(told(&state), "runs next: dir::mkdir");
    press(&mut state, "k r");
    assert_eq!(told(&state), "runs next: 2 tests and groups");
}

/// Whatever is asked for in a place of its own does something there, or says why not: no key is dead.
#[test]
fn no_key_is_dead() {
    let keymap = crate::tui::keymap::Keymap::default();
    for action in Action::ALL {
        let mut state = failed();
        update(&mut state, Msg::Watching(Ok(())));
        // In the midst of the tests, so that both directions lead somewhere.
        press(&mut state, "j");
        let place = action.place();
        if place.is_in_details() {
            press(&mut state, "enter");
            if let Some(tab) = drill::Tab::at(place) {
                update(&mut state, Msg::Drill(drill::Msg::Tab(tab)));
            }
            // What lines and files there are to act on, the tests of the details know.
            let known = drill::act(&state.drill, *action).is_some();
            assert!(
                known || drill::why_off(&state.drill, *action).is_some(),
                "{action}"
            );
            continue;
        }
        if *action == Action::Back {
            press(&mut state, "F");
        }
        let keys = keymap.keys(*action);
        let keys = keys.first().expect("a key");
        let before = format!("{state:?}");
        let effects = press(&mut state, keys);
        let same = format!("{state:?}") == before;
        assert!(!effects.is_empty() || !same, "{action}: `{keys}` does nothing");
    }
}

#[test]
fn the_harness_is_switched_where_there_is_one_and_tests_are_looked_for_with_it() {
    let mut state = session();
    assert!(press(&mut state, "P").is_empty(), "these are scripts");
    assert_eq!(state.toasts[0].1, "no test here is one of pytest");
    let kind = EventKind::GroupFound {
        group: "py".to_owned(),
        source: SourceKind::Pytest,
        path: "/s/t".into(),
        error: None,
    };
    update(&mut state, Msg::Finding);
    update(&mut state, Msg::Found(at(2), kind));
    assert!(press(&mut state, "P").is_empty(), "something goes on");
    update(&mut state, Msg::Done(None));
    assert!(matches!(
        press(&mut state, "P").as_slice(),
        [Effect::SwitchHarness]
    ));
    let switched = Switched {
        told: "tests of pytest get our fixtures".to_owned(),
        rerun: "gkfs-bench run /s".to_owned(),
    };
    let effects = update(&mut state, Msg::Switched(Ok(switched)));
    assert!(matches!(effects.as_slice(), [Effect::Discover]), "{effects:?}");
    assert_eq!(state.rerun, "gkfs-bench run /s");
    update(&mut state, Msg::Done(None));
    let effects = update(
        &mut state,
        Msg::Switched(Err("the choice cannot be kept".to_owned())),
    );
    assert!(effects.is_empty());
    assert_eq!(
        state.toasts.back().expect("a note").1,
        "the choice cannot be kept"
    );
}
