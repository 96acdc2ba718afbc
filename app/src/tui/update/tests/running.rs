//! Runs: what is asked for, what events change, and what is told of it.

use std::time::Duration;

use super::*;

#[test]
fn what_stood_still_with_the_session_does_not_run_longer_for_it() {
    let mut state = session();
    open(&mut state);
    run(
        &mut state,
        EventKind::RunStarted {
            run: "r".to_owned(),
            tests: 2,
        },
    );
    attempt(&mut state, B, 1, Outcome::Passed);
    verdict(&mut state, B, Status::Passed);
    let started = EventKind::AttemptStarted {
        id: A.to_owned(),
        attempt: 1,
        dir: "tests/a".to_owned(),
        pid: 1,
        argv: vec![],
    };
    run(&mut state, started);
    let since = |state: &State| {
        let began = |id| match state.suite.find(id) {
            Some(Node::Test(at)) => state.suite.tests[at].started_mono,
            _ => panic!("no test {id}"),
        };
        (
            began(A),
            began(B),
            state.run.as_ref().and_then(|run| run.span).map(|span| span.0),
        )
    };
    assert_eq!(since(&state), (2_000_000, 2_000_000, Some(2_000_000)));
    update(&mut state, Msg::StoodStill(Duration::from_secs(3)));
    // The one with a verdict ran when it ran.
    assert_eq!(since(&state), (5_000_000, 2_000_000, Some(5_000_000)));
}

#[test]
fn a_key_runs_the_test_or_the_group_under_the_cursor() {
    let mut state = session();
    assert_eq!(asked(&press(&mut state, "r")), Some(BTreeSet::from(["dir"])));
    update(&mut state, Msg::Done(None));
    assert_eq!(asked(&press(&mut state, "j r")), Some(BTreeSet::from([A])));
    update(&mut state, Msg::Done(None));
    assert_eq!(asked(&press(&mut state, "a")), None);
}

#[test]
fn failed_marked_and_last_are_run_again() {
    let mut state = failed();
    assert_eq!(asked(&press(&mut state, "f")), Some(BTreeSet::from([B])));
    update(&mut state, Msg::Done(None));
    let marked = press(&mut state, "g g space G space m");
    assert_eq!(asked(&marked), Some(BTreeSet::from([A, B, C])));
    update(&mut state, Msg::Done(None));
    assert_eq!(asked(&press(&mut state, "R")), Some(BTreeSet::from([A, B, C])));
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let mut state = session();
    assert!(press(&mut state, "f x m").is_empty());
    let said: Vec<&str> = state.toasts.iter().map(|(_, text, _)| text.as_str()).collect();
    assert_eq!(said, ["no test failed", "nothing runs", "nothing is marked"]);
    let mut recorded = State::new(Mode::Recorded, String::new());
    assert!(press(&mut recorded, "a").is_empty());
}

#[test]
fn a_second_run_waits_for_the_first_and_is_one() {
    let mut state = session();
    press(&mut state, "a");
    assert!(press(&mut state, "j r j r").is_empty());
    let waits = state.queued.clone().and_then(|request| request.only);
    assert_eq!(waits, Some(BTreeSet::from([A.to_owned(), B.to_owned()])));
    let effects = update(&mut state, Msg::Done(None));
    assert!(matches!(effects.as_slice(), [Effect::Start(_)]));
    assert_eq!(state.queued, None);
}

#[test]
fn events_move_a_test_through_its_phases() {
    let mut state = session();
    press(&mut state, "a");
    open(&mut state);
    run(&mut state, found(A, false));
    run(&mut state, found(B, true));
    let phase = |state: &State, id| match state.suite.find(id) {
        Some(Node::Test(at)) => state.suite.tests[at].phase,
        _ => panic!("no test {id}"),
    };
    assert_eq!(
        (phase(&state, A), phase(&state, B)),
        (Phase::Waiting, Phase::Idle)
    );
    let started = EventKind::AttemptStarted {
        id: A.to_owned(),
        attempt: 1,
        dir: "tests/a".to_owned(),
        pid: 1,
        argv: vec![],
    };
    run(&mut state, started);
    assert_eq!(phase(&state, A), Phase::Running);
    verdict(&mut state, A, Status::Passed);
    assert_eq!(phase(&state, A), Phase::Idle);
    finish(&mut state);
    assert_eq!(state.activity, Activity::Idle);
}

#[test]
fn the_attempt_that_went_wrong_is_the_one_to_look_at() {
    let mut state = session();
    open(&mut state);
    attempt(&mut state, A, 1, Outcome::Failed);
    attempt(&mut state, A, 2, Outcome::Passed);
    verdict(&mut state, A, Status::Flaky);
    let Some(Node::Test(at)) = state.suite.find(A) else {
        panic!("gone")
    };
    assert_eq!(
        state.suite.tests[at].attempt_dir(),
        Some(Path::new("/runs/r/tests/1"))
    );
}

#[test]
fn while_something_cannot_be_built_the_last_results_stay() {
    let mut state = failed();
    update(&mut state, Msg::Finding);
    update(
        &mut state,
        Msg::Found(at(1), group("package", Some("error[E0308]"))),
    );
    update(&mut state, Msg::FoundAll);
    let Some(Node::Test(test)) = state.suite.find(B) else {
        panic!("gone")
    };
    assert_eq!(state.suite.tests[test].status, Some(Status::Failed));
    assert!(state.suite.tests[test].stale);
    // Once it can be built again its place is taken by its groups.
    find(&mut state, &[A, B, C]);
    assert_eq!(state.suite.find("package"), None);
}

#[test]
fn what_is_said_twice_is_seen_once() {
    let mut state = session();
    press(&mut state, "m m M m");
    let told: Vec<&str> = state.toasts.iter().map(|(_, text, _)| text.as_str()).collect();
    assert_eq!(told, ["nothing is marked"]);
}

#[test]
fn notices_go_when_their_time_is_over() {
    let mut state = session();
    press(&mut state, "f");
    assert!(state.needs_clock());
    update(&mut state, Msg::Tick(at(60_000_000)));
    assert!(!state.needs_clock());
}
