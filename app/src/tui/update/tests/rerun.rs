//! What a change does, while nothing goes on and while something does.

use gkfs_runner::record::{StackFile, StackInfo};

use super::*;
use crate::tui::build;
use crate::tui::msg::Loaded;
use crate::tui::state::watched::Consent;
use crate::watch::{Change, News, Touched};

pub(super) fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

pub(super) fn tests(ids: &[&str]) -> Touched {
    Touched {
        tests: set(ids),
        ..Touched::default()
    }
}

fn stack() -> Touched {
    Touched {
        stack: true,
        ..Touched::default()
    }
}

fn sources() -> Touched {
    Touched {
        build: true,
        ..Touched::default()
    }
}

/// A change, as it comes in.
pub(super) fn change(state: &mut State, touched: Touched) -> Vec<Effect> {
    let change = Change {
        at: at(5),
        paths: BTreeSet::from(["/s/x".into()]),
        touched,
    };
    let news = News::Change(change);
    let mut effects = update(state, Msg::Watched { news, stack: None });
    effects.retain(|effect| !matches!(effect, Effect::LookAtAge));
    effects
}

pub(super) fn watched(mut state: State) -> State {
    update(&mut state, Msg::Watching(Ok(())));
    state
}

fn loaded(state: &mut State, restart: bool, builder: Option<(&str, bool)>) {
    let loaded = Loaded {
        stack: StackInfo::default(),
        restart: Some(restart),
        builder: builder.map(|(command, said)| (command.to_owned(), said)),
    };
    update(state, Msg::Loaded(loaded));
}

pub(super) fn request(effects: &[Effect]) -> &Request {
    match effects {
        [Effect::Start(request)] => request,
        other => panic!("no run was asked for: {other:?}"),
    }
}

/// A run of all tests goes on.
pub(super) fn running(state: &mut State) {
    press(state, "a");
    open(state);
    for id in [A, B, C] {
        run(state, found(id, false));
    }
}

#[test]
fn a_change_makes_stale_and_reruns_what_it_touches_with_what_failed() {
    let mut state = failed();
    assert!(change(&mut state, tests(&[A])).is_empty(), "nobody watches");
    let Some(Node::Test(test)) = state.suite.find(A) else {
        panic!("gone")
    };
    assert!(state.suite.tests[test].stale);
    let mut state = watched(state);
    let effects = change(&mut state, tests(&["io"]));
    let request = request(&effects);
    assert_eq!(request.only, Some(set(&["io", B])));
    assert!(request.known, "cargo has nothing to do with it");
    assert_eq!(request.first, [set(&[B]), set(&["io"])]);
}

#[test]
fn what_failed_starts_first_then_what_is_pinned_then_what_changed() {
    let mut state = watched(failed());
    state.suite.pins = set(&[C, "gone::x"]);
    let effects = change(&mut state, tests(&[A]));
    let request = request(&effects);
    assert_eq!(request.only, Some(set(&[A, B, C])));
    assert_eq!(request.first, [set(&[B]), set(&[C, "gone::x"]), set(&[A])]);
}

#[test]
fn changes_during_a_run_queue_one_rerun() {
    let mut state = watched(session());
    running(&mut state);
    assert!(change(&mut state, tests(&[A])).is_empty());
    assert!(change(&mut state, tests(&[C])).is_empty());
    let effects = finish(&mut state);
    assert_eq!(request(&effects).only, Some(set(&[A, C])));
    assert_eq!(state.queued, None);
}

#[test]
fn or_they_restart_it_with_what_has_not_been_run_yet() {
    let mut state = watched(session());
    loaded(&mut state, true, None);
    running(&mut state);
    attempt(&mut state, A, 1, Outcome::Passed);
    verdict(&mut state, A, Status::Passed);
    assert!(matches!(
        change(&mut state, tests(&[A])).as_slice(),
        [Effect::Supersede]
    ));
    assert!(
        change(&mut state, tests(&["io"])).is_empty(),
        "it is told to end once"
    );
    let effects = finish(&mut state);
    assert_eq!(request(&effects).only, Some(set(&[A, B, C, "io"])));
}

#[test]
fn after_a_change_of_the_stack_the_next_save_cancels_the_rest() {
    let mut state = watched(failed());
    let effects = change(&mut state, stack());
    let everything = request(&effects);
    assert_eq!((&everything.only, &everything.first), (&None, &vec![set(&[B])]));
    open(&mut state);
    assert!(matches!(
        change(&mut state, tests(&[A])).as_slice(),
        [Effect::Supersede]
    ));
    let effects = finish(&mut state);
    assert_eq!(request(&effects).only, Some(set(&[A, B])));
    // This one is waited for again.
    open(&mut state);
    assert!(change(&mut state, tests(&[C])).is_empty());
}

#[test]
fn the_same_programs_again_rerun_nothing() {
    let mut state = watched(failed());
    let file = |id: &str| StackFile {
        path: "/b/gkfs_daemon".into(),
        build_id: id.to_owned(),
        size: 1,
        mtime_ts: 1,
    };
    let stack_of = |id: &str| StackInfo {
        files: [("gkfs_daemon".to_owned(), file(id))].into_iter().collect(),
        ..StackInfo::default()
    };
    state.stack = stack_of("aa");
    let mut changed = |id: &str| {
        let (at, paths) = (at(5), BTreeSet::from(["/b/gkfs_daemon".into()]));
        let news = News::Change(Change {
            at,
            paths,
            touched: stack(),
        });
        update(
            &mut state,
            Msg::Watched {
                news,
                stack: Some(stack_of(id)),
            },
        )
    };
    assert!(changed("aa").is_empty());
    assert!(
        changed("bb")
            .iter()
            .any(|effect| matches!(effect, Effect::Start(_)))
    );
}

#[test]
fn while_tests_are_looked_for_a_change_of_what_is_built_begins_anew() {
    let mut state = watched(session());
    press(&mut state, "j r");
    let script = tests(&["io"]);
    assert!(change(&mut state, script).is_empty(), "it waits for its turn");
    let packages = Touched {
        packages: true,
        ..tests(&[B])
    };
    assert!(matches!(
        change(&mut state, packages).as_slice(),
        [Effect::Supersede]
    ));
    let effects = update(&mut state, Msg::Done(None));
    assert_eq!(request(&effects).only, Some(set(&[A, B, "io"])));
    assert!(!request(&effects).known);
}

#[test]
fn paused_changes_wait_and_are_counted() {
    let mut state = watched(session());
    press(&mut state, "w");
    assert_eq!(state.watch, Watch::Paused);
    assert!(change(&mut state, tests(&[A])).is_empty());
    assert!(change(&mut state, tests(&[C])).is_empty());
    let (_, banner) = state.banner().expect("a banner");
    assert!(banner.starts_with("1 change waiting"), "{banner}");
    let effects = press(&mut state, "w");
    assert_eq!(request(&effects).only, Some(set(&[A, C])));
    assert_eq!(state.banner(), None);
}

#[test]
fn w_begins_to_watch_where_nobody_does() {
    let mut state = session();
    assert!(matches!(
        press(&mut state, "w").as_slice(),
        [Effect::Watch, Effect::Discover]
    ));
    update(&mut state, Msg::Watching(Ok(())));
    assert_eq!(state.watch, Watch::On);
}

#[test]
fn when_what_failed_passes_the_others_are_outstanding() {
    let mut state = failed();
    press(&mut state, "f");
    open(&mut state);
    attempt(&mut state, B, 1, Outcome::Passed);
    verdict(&mut state, B, Status::Passed);
    finish(&mut state);
    // At the same moment, for the clock of these tests: only what never ran is older.
    assert_eq!(state.outstanding(), Some(1));
    let (_, banner) = state.banner().expect("a banner");
    assert!(banner.starts_with("1 outstanding"), "{banner}");
    press(&mut state, "a");
    open(&mut state);
    attempt(&mut state, C, 1, Outcome::Passed);
    verdict(&mut state, C, Status::Passed);
    finish(&mut state);
    assert_eq!(state.outstanding(), None);
}

#[test]
fn sources_are_built_before_tests_and_what_failed_to_build_is_built_again() {
    let mut state = watched(failed());
    loaded(&mut state, false, Some(("make", true)));
    let effects = change(&mut state, sources());
    assert!(request(&effects).build && request(&effects).only.is_none());
    let began = build::Msg::Began {
        command: "make".to_owned(),
        at: at(6),
        stack: true,
    };
    update(&mut state, Msg::Build(began));
    assert!(
        change(&mut state, stack()).is_empty(),
        "our own build writes programs"
    );
    let how = "exit status: 2".to_owned();
    update(
        &mut state,
        Msg::Build(build::Msg::Ended {
            ok: false,
            how,
            stack: true,
        }),
    );
    assert!(state.build.shown && update(&mut state, Msg::Done(None)).is_empty());
    // The last good results stay, and no test starts on programs that are too old.
    assert_eq!(state.suite.total().verdicts.total, 2);
    let effects = change(&mut state, tests(&[A]));
    assert!(request(&effects).build);
    update(
        &mut state,
        Msg::Build(build::Msg::Ended {
            ok: true,
            how: String::new(),
            stack: true,
        }),
    );
    assert!(!state.build.shown);
    update(&mut state, Msg::Done(None));
    assert!(!request(&change(&mut state, tests(&[A]))).build);
}

#[test]
fn a_guessed_command_is_asked_about_once() {
    let mut state = watched(session());
    loaded(&mut state, false, Some(("cmake --build b", false)));
    assert!(change(&mut state, sources()).is_empty());
    assert!(state.watched.asks());
    let effects = press(&mut state, "y");
    assert!(request(&effects).build);
    update(&mut state, Msg::Done(None));
    loaded(&mut state, false, Some(("cmake --build b", false)));
    assert!(request(&change(&mut state, sources())).build, "the answer holds");

    let mut state = watched(session());
    loaded(&mut state, false, Some(("cmake --build b", false)));
    change(&mut state, sources());
    assert!(press(&mut state, "n").is_empty());
    assert!(change(&mut state, sources()).is_empty() && !state.watched.asks());
    let builder = state.watched.builder.as_ref().expect("a command");
    assert_eq!(builder.consent, Consent::Refused);
}

#[test]
fn a_run_made_elsewhere_is_followed_until_one_is_made_here() {
    use crate::tui::msg::Followed;
    let mut state = session();
    let opened = Opened {
        id: "other".to_owned(),
        dir: "/runs/other".into(),
        stack: StackInfo::default(),
        live: false,
    };
    update(&mut state, Msg::RunOpened(opened));
    let tell = |state: &mut State, what| {
        let run = "other".to_owned();
        update(state, Msg::Followed { run, what });
    };
    tell(&mut state, Followed::Begins);
    assert!(state.needs_clock());
    let verdict = EventKind::TestFinished {
        id: A.to_owned(),
        status: Status::Failed,
        attempts: 1,
        reason: None,
        duration_us: 1,
    };
    let event = Event {
        v: 1,
        seq: 0,
        at: at(1),
        kind: verdict,
    };
    tell(&mut state, Followed::Event(Box::new(event.clone())));
    assert_eq!(state.suite.total().verdicts.failed, 1);
    tell(&mut state, Followed::Over { killed: true });
    assert!(state.run.as_ref().is_some_and(|run| run.killed && !run.elsewhere));
    open(&mut state);
    let mut event = event;
    if let EventKind::TestFinished { id, .. } = &mut event.kind {
        *id = C.to_owned();
    }
    tell(&mut state, Followed::Event(Box::new(event)));
    assert_eq!(state.suite.total().verdicts.failed, 1, "it is another run's");
}

#[test]
fn a_build_that_changes_its_own_sources_is_paused_instead_of_built_for_ever() {
    let mut state = watched(session());
    loaded(&mut state, false, Some(("make", true)));
    let mut builds = 0;
    let mut effects = change(&mut state, sources());
    while !effects.is_empty() && builds < 100 {
        builds += 1;
        let (command, at) = ("make".to_owned(), at(6));
        update(
            &mut state,
            Msg::Build(build::Msg::Began {
                command,
                at,
                stack: true,
            }),
        );
        change(&mut state, sources());
        update(&mut state, Msg::Build(build::Msg::Stopped));
        effects = update(&mut state, Msg::Done(None));
    }
    assert!(builds < 10, "{builds}");
    assert_eq!(state.watch, Watch::Paused);
    let (_, text, _) = state.toasts.back().expect("a word about it");
    assert!(text.contains("/s/x") && text.contains("[watch]"), "{text}");
}
