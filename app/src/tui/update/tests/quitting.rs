//! The ends of runs and of sessions.

use super::*;

#[test]
fn escape_never_quits_and_q_asks_while_something_runs() {
    let mut state = session();
    assert!(press(&mut state, "esc esc esc").is_empty());
    assert!(matches!(press(&mut state, "q").as_slice(), [Effect::Quit]));
    press(&mut state, "a");
    assert!(press(&mut state, "q").is_empty());
    assert!(state.confirm_quit);
    assert!(press(&mut state, "n").is_empty());
    let effects = press(&mut state, "q y");
    assert!(matches!(effects.as_slice(), [Effect::Cancel(CancelKind::Stop)]));
    assert!(matches!(
        update(&mut state, Msg::Done(None)).as_slice(),
        [Effect::Quit]
    ));
}

#[test]
fn a_run_with_all_its_verdicts_is_left_without_a_question_once_it_has_ended() {
    let mut state = session();
    press(&mut state, "j r");
    open(&mut state);
    run(
        &mut state,
        EventKind::RunStarted {
            run: "r".to_owned(),
            tests: 1,
        },
    );
    assert!(press(&mut state, "q").is_empty() && state.confirm_quit);
    press(&mut state, "n");
    attempt(&mut state, A, 1, Outcome::Passed);
    verdict(&mut state, A, Status::Passed);
    assert!(press(&mut state, "q").is_empty() && !state.confirm_quit);
    assert!(matches!(finish(&mut state).as_slice(), [Effect::Quit]));
}

#[test]
fn a_search_for_tests_is_left_without_a_question() {
    let mut state = session();
    update(&mut state, Msg::Finding);
    state.activity = Activity::Finding(None);
    let effects = press(&mut state, "q");
    assert!(
        matches!(effects.as_slice(), [Effect::Cancel(CancelKind::Stop)]),
        "{effects:?}"
    );
    assert!(!state.confirm_quit);
    assert!(matches!(
        update(&mut state, Msg::Done(None)).as_slice(),
        [Effect::Quit]
    ));
}

#[test]
fn who_is_told_twice_to_stop_kills() {
    let mut state = session();
    press(&mut state, "a");
    let effects = press(&mut state, "x x");
    let kinds = effects.iter().map(|effect| match effect {
        Effect::Cancel(kind) => *kind,
        other => panic!("{other:?}"),
    });
    assert_eq!(kinds.collect::<Vec<_>>(), [CancelKind::Stop, CancelKind::Kill]);
}
