//! What watching shows: marks, banners, the pane of a build, and the question before one.

use std::collections::BTreeSet;

use gkfs_bench::tui::build;
use gkfs_bench::tui::keymap::Chord;
use gkfs_bench::tui::msg::Loaded;
use gkfs_bench::tui::update::update;
use gkfs_bench::tui::{Mode, Msg, State};
use gkfs_bench::watch::{Change, News, Touched};
use gkfs_runner::Moment;
use gkfs_runner::record::{StackFile, StackInfo};

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
