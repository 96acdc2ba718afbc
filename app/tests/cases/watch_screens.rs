//! What watching shows: marks, banners, the pane of a build, and the question before one.

use std::collections::BTreeSet;

use gkfs_bench::tui::build;
use gkfs_bench::tui::keymap::Chord;
use gkfs_bench::tui::msg::Loaded;
use gkfs_bench::tui::update::update;
use gkfs_bench::tui::{Mode, Msg, Opened, State};
use gkfs_bench::watch::{Change, News, Touched};
use gkfs_runner::record::{StackFile, StackInfo};
use gkfs_runner::{Event, Moment};

use crate::screen::screen;

fn moment() -> Moment {
    Moment {
        ts: 0,
        mono: 1_000_000,
    }
}

/// A watched suite of three scripts, on a stack that a command builds.
fn session(columns: u16, rows: u16, said: bool) -> State {
    let mut state = State::new(Mode::Live, "my-fs".to_owned());
    update(&mut state, Msg::Resize(columns, rows));
    let daemon = StackFile {
        path: "/fs/build/gkfs_daemon".into(),
        build_id: "45db39bd12ab".to_owned(),
        size: 1,
        mtime_ts: 1,
    };
    let stack = StackInfo {
        name: "mine".to_owned(),
        files: [("gkfs_daemon".to_owned(), daemon)].into_iter().collect(),
        ..StackInfo::default()
    };
    let builder = Some(("cmake --build build".to_owned(), said));
    update(
        &mut state,
        Msg::Loaded(Loaded {
            stack,
            restart: None,
            builder,
        }),
    );
    update(&mut state, Msg::Finding);
    for kind in [
        r#"{"kind":"group_found","group":"scripts","source":"script","path":"/s/scripts"}"#,
        r#"{"kind":"test_found","id":"scripts::copy","group":"scripts","name":"copy","tags":[]}"#,
        r#"{"kind":"test_found","id":"scripts::move","group":"scripts","name":"move","tags":[]}"#,
        r#"{"kind":"test_found","id":"scripts::tar","group":"scripts","name":"tar","tags":[]}"#,
    ] {
        update(
            &mut state,
            Msg::Found(moment(), serde_json::from_str(kind).expect("an event")),
        );
    }
    update(&mut state, Msg::FoundAll);
    update(&mut state, Msg::Done(None));
    update(&mut state, Msg::Watching(Ok(())));
    state
}

fn sources_change(state: &mut State) {
    let change = Change {
        at: moment(),
        paths: BTreeSet::from(["/fs/src/daemon.cpp".into()]),
        touched: Touched {
            build: true,
            ..Touched::default()
        },
    };
    update(
        state,
        Msg::Watched {
            news: News::Change(change),
            stack: None,
        },
    );
    let why =
        "src/daemon.cpp is newer than the programs of stack `mine`; what passes and fails is an older build";
    update(state, Msg::Age(Some(why.to_owned())));
}

fn broken_build(state: &mut State) {
    sources_change(state);
    let command = "cmake --build build".to_owned();
    let said = "[ 50%] Building CXX object src/daemon.cpp.o\n\
                /fs/src/daemon.cpp:17:5: error: 'retrun' was not declared in this scope\n\
                \x1b[1m   17 |\x1b[0m     retrun 0;\n\
                gmake: *** [Makefile:136: all] Error 2\n";
    for msg in [
        build::Msg::Began {
            command,
            at: moment(),
            stack: true,
        },
        build::Msg::Said(said.to_owned()),
        build::Msg::Ended {
            ok: false,
            how: "exit status: 2".to_owned(),
            stack: true,
        },
    ] {
        update(state, Msg::Build(msg));
    }
    update(state, Msg::Done(None));
    state.toasts.clear();
}

#[test]
fn a_build_that_failed_is_a_pane_beside_the_last_results() {
    let mut state = session(120, 40, true);
    broken_build(&mut state);
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn on_a_small_terminal_a_banner_tells_of_it() {
    let mut state = session(80, 24, true);
    broken_build(&mut state);
    insta::assert_snapshot!(screen(&mut state));
    let key: Chord = "tab".parse().expect("a key");
    update(&mut state, Msg::Key(key.into()));
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn a_command_that_was_guessed_is_asked_about() {
    let mut state = session(100, 30, false);
    sources_change(&mut state);
    state.toasts.clear();
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn stale_programs_are_marked_beside_their_build() {
    let mut state = session(140, 12, false);
    sources_change(&mut state);
    let no: Chord = "n".parse().expect("a key");
    update(&mut state, Msg::Key(no.into()));
    state.toasts.clear();
    insta::assert_snapshot!(screen(&mut state));
}

/// A build of the tests that takes its time.
fn cargo_builds(columns: u16, rows: u16) -> State {
    let mut state = session(columns, rows, false);
    update(&mut state, Msg::Finding);
    let started = r#"{"kind":"build_started","group":"samples"}"#;
    let started = serde_json::from_str(started).expect("an event");
    let command = "cargo build (samples)".to_owned();
    let (at, stack) = (moment(), false);
    update(&mut state, Msg::Build(build::Msg::Began { command, at, stack }));
    update(&mut state, Msg::Found(moment(), started));
    let said =
        "   Compiling gkfs-harness v0.1.0 (/fs/core/harness)\n   Compiling samples v0.1.0 (/fs/tests)\n";
    update(&mut state, Msg::Build(build::Msg::Said(said.to_owned())));
    state
}

fn wait(state: &mut State, seconds: u64) {
    let at = Moment {
        ts: 0,
        mono: moment().mono + seconds * 1_000_000,
    };
    update(state, Msg::Tick(at));
}

#[test]
fn a_long_build_of_the_tests_is_shown_while_it_goes_on() {
    let mut state = cargo_builds(120, 40);
    assert!(
        !screen(&mut state).contains("Compiling"),
        "a short one is nothing to see"
    );
    wait(&mut state, 7);
    insta::assert_snapshot!(screen(&mut state));
    // Who reads something goes on reading, and is told.
    let key = |state: &mut State, key: &str| {
        let chord: Chord = key.parse().expect("a key");
        update(state, Msg::Key(chord.into()));
    };
    key(&mut state, "tab");
    let shown = screen(&mut state);
    assert!(
        shown.contains("Timeline") || !shown.contains("Compiling gkfs-harness"),
        "{shown}"
    );
    assert!(
        shown.contains("cargo build (samples) · b: Compiling samples v0.1.0 (/fs/tests)"),
        "{shown}"
    );
    key(&mut state, "b");
    assert!(screen(&mut state).contains("Compiling gkfs-harness"));
    key(&mut state, "b");
    key(&mut state, "tab");
    assert!(
        !screen(&mut state).contains("Compiling"),
        "hidden, it stays hidden"
    );
    // When all is well there is nothing to look at any more, and the results are those there were.
    let ended = build::Msg::Ended {
        ok: true,
        how: String::new(),
        stack: false,
    };
    update(&mut state, Msg::Build(ended));
    assert!(!screen(&mut state).contains("Compiling"));
}

#[test]
fn where_there_is_one_pane_a_banner_tells_what_is_compiled() {
    let mut state = cargo_builds(80, 24);
    wait(&mut state, 7);
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn verdicts_on_another_build_are_stale_and_say_of_which_they_are() {
    let mut state = session(140, 12, false);
    let stack = |id: &str| {
        let mut stack = state.stack.clone();
        let daemon = stack.files.get_mut("gkfs_daemon").expect("a daemon");
        daemon.build_id = id.to_owned();
        stack
    };
    let (old, new) = (stack("45db39bd12ab"), stack("77aa00bb12ab"));
    let run = Opened {
        id: "20261122T031547Z-1a2b".to_owned(),
        dir: "/runs/1".into(),
        stack: old,
        live: false,
    };
    update(&mut state, Msg::RunOpened(run));
    for kind in [
        r#"{"kind":"test_finished","id":"scripts::copy","status":"passed","attempts":1,"duration_us":104000}"#,
        r#"{"kind":"test_finished","id":"scripts::move","status":"failed","attempts":1,"duration_us":104000}"#,
    ] {
        let kind = serde_json::from_str(kind).expect("an event");
        update(
            &mut state,
            Msg::Run(Event {
                v: 1,
                seq: 0,
                at: moment(),
                kind,
            }),
        );
    }
    assert!(!screen(&mut state).contains("stale"));
    update(
        &mut state,
        Msg::Loaded(Loaded {
            stack: new,
            restart: None,
            builder: None,
        }),
    );
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn no_size_panics() {
    for said in [true, false] {
        for columns in [1, 19, 20, 21, 60, 100] {
            for rows in [1, 4, 5, 6, 7, 33] {
                let mut state = session(columns, rows, said);
                sources_change(&mut state);
                screen(&mut state);
                broken_build(&mut state);
                screen(&mut state);
            }
        }
    }
}
