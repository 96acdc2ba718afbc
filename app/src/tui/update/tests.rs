//! Messages in, state and effects out.

use std::collections::BTreeSet;
use std::path::Path;

use gkfs_runner::event::{AttemptFinished, SourceKind, TestFound};
use gkfs_runner::record::StackInfo;
use gkfs_runner::status::{Outcome, Status, Summary};
use gkfs_runner::{CancelKind, Event, EventKind, Moment};

use super::{settle, update};
use crate::tui::keymap::Chord;
use crate::tui::msg::{Effect, Msg, Opened, Request};
use crate::tui::state::suite::{Node, Phase};
use crate::tui::state::{Activity, Mode, Pane, State, Watch};

mod commands;
mod mouse;
mod palette;
mod rerun;

const A: &str = "dir::mkdir";
const B: &str = "dir::rmdir";
const C: &str = "io::write";

fn at(mono: u64) -> Moment {
    Moment { ts: 0, mono }
}

fn group(name: &str, error: Option<&str>) -> EventKind {
    EventKind::GroupFound {
        group: name.to_owned(),
        source: SourceKind::Script,
        path: "/s".into(),
        error: error.map(str::to_owned),
    }
}

fn found(id: &str, deselected: bool) -> EventKind {
    let (group, name) = id.split_once("::").expect("an id");
    EventKind::TestFound(TestFound {
        id: id.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
        file: Some("/s/x.sh".to_owned()),
        line: Some(7),
        tags: vec![name.to_owned()],
        ignored: false,
        deselected,
    })
}

/// A session that has found three tests in two groups.
fn session() -> State {
    let mut state = State::new(Mode::Live, "suite".to_owned());
    update(&mut state, Msg::Resize(80, 24));
    find(&mut state, &[A, B, C]);
    update(&mut state, Msg::Done(None));
    settle(&mut state);
    state
}

fn find(state: &mut State, ids: &[&str]) {
    update(state, Msg::Finding);
    for name in ids
        .iter()
        .filter_map(|id| id.split("::").next())
        .collect::<BTreeSet<_>>()
    {
        update(state, Msg::Found(at(1), group(name, None)));
    }
    for id in ids {
        update(state, Msg::Found(at(1), found(id, false)));
    }
    update(state, Msg::FoundAll);
}

fn run(state: &mut State, kind: EventKind) {
    let event = Event {
        v: 1,
        seq: 0,
        at: at(2_000_000),
        kind,
    };
    update(state, Msg::Run(event));
}

fn open(state: &mut State) {
    update(
        state,
        Msg::RunOpened(Opened {
            id: "r".to_owned(),
            dir: "/runs/r".into(),
            stack: StackInfo::default(),
            live: true,
        }),
    );
}

fn attempt(state: &mut State, id: &str, number: u32, outcome: Outcome) {
    let dir = format!("tests/{number}");
    let (id, attempt) = (id.to_owned(), number);
    run(
        state,
        EventKind::AttemptStarted {
            id: id.clone(),
            attempt,
            dir,
            pid: 1,
            argv: vec![],
        },
    );
    run(
        state,
        EventKind::AttemptFinished(AttemptFinished {
            id,
            attempt,
            outcome,
            reason: None,
            exit: None,
            signal: None,
            duration_us: 5,
            leaked: vec![],
            load: None,
        }),
    );
}

fn verdict(state: &mut State, id: &str, status: Status) {
    let reason = Some("why".to_owned());
    run(
        state,
        EventKind::TestFinished {
            id: id.to_owned(),
            status,
            attempts: 1,
            reason,
            duration_us: 5,
        },
    );
}

fn finish(state: &mut State) -> Vec<Effect> {
    run(
        state,
        EventKind::RunFinished {
            summary: Summary::default(),
            exit_code: 0,
        },
    );
    update(state, Msg::Done(None))
}

/// A session in which one test failed.
fn failed() -> State {
    let mut state = session();
    open(&mut state);
    attempt(&mut state, B, 1, Outcome::Failed);
    verdict(&mut state, B, Status::Failed);
    attempt(&mut state, A, 1, Outcome::Passed);
    verdict(&mut state, A, Status::Passed);
    finish(&mut state);
    settle(&mut state);
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let chords = keys.split(' ').map(|key| key.parse::<Chord>().expect("a key"));
    let effects = chords
        .flat_map(|chord| update(state, Msg::Key(chord.into())))
        .collect::<Vec<_>>();
    let told = settle(state);
    let ours = |effect: &Effect| !matches!(effect, Effect::Drill(_));
    effects.into_iter().chain(told).filter(ours).collect()
}

fn asked(effects: &[Effect]) -> Option<BTreeSet<&str>> {
    match effects {
        [Effect::Start(Request { only, .. })] => only
            .as_ref()
            .map(|only| only.iter().map(String::as_str).collect()),
        other => panic!("no run was asked for: {other:?}"),
    }
}

fn selected(state: &State) -> &str {
    state.tree.selected().map_or("", |node| state.suite.id(node))
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

#[test]
fn the_other_pane_takes_the_keys_and_gives_them_back() {
    let mut state = session();
    press(&mut state, "j tab");
    assert_eq!(state.focus, Pane::Drill);
    press(&mut state, "esc");
    assert_eq!(state.focus, Pane::Tests);
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
