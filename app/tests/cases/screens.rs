//! The screen at several sizes: events and keys in, cells out.

use gkfs_bench::tui::action::Action;
use gkfs_bench::tui::keymap::Chord;
use gkfs_bench::tui::update::{settle, update};
use gkfs_bench::tui::{Mode, Msg, Opened, State, layout, view};
use gkfs_runner::Event;
use gkfs_runner::record::StackInfo;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::screen::screen;

/// A run as its record holds it, up to where three tests have ended and one runs.
const EVENTS: &str = r#"
{"v":1,"seq":0,"ts":0,"mono":1000000,"kind":"run_started","run":"20261122T031547Z-1a2b","tests":6}
{"v":1,"seq":1,"ts":0,"mono":1000000,"kind":"group_found","group":"directories","source":"rust","path":"/s/directories/main.rs"}
{"v":1,"seq":2,"ts":0,"mono":1000000,"kind":"test_found","id":"directories::mkdir","group":"directories","name":"mkdir","file":"/s/directories/main.rs","line":3,"tags":["quick"]}
{"v":1,"seq":3,"ts":0,"mono":1000000,"kind":"test_found","id":"directories::rmdir","group":"directories","name":"rmdir","tags":[]}
{"v":1,"seq":4,"ts":0,"mono":1000000,"kind":"test_found","id":"directories::rename[deep]","group":"directories","name":"rename[deep]","tags":[]}
{"v":1,"seq":5,"ts":0,"mono":1000000,"kind":"test_found","id":"directories::statfs","group":"directories","name":"statfs","tags":[]}
{"v":1,"seq":6,"ts":0,"mono":1000000,"kind":"group_found","group":"scripts","source":"script","path":"/s/scripts"}
{"v":1,"seq":7,"ts":0,"mono":1000000,"kind":"test_found","id":"scripts::copy","group":"scripts","name":"copy","tags":[]}
{"v":1,"seq":8,"ts":0,"mono":1000000,"kind":"group_found","group":"broken","source":"rust","path":"/s/broken/main.rs","error":"error[E0425]: cannot find value `x`\n --> broken/main.rs:3:5"}
{"v":1,"seq":9,"ts":0,"mono":2000000,"kind":"attempt_started","id":"directories::mkdir","attempt":1,"dir":"tests/a","pid":1,"argv":[]}
{"v":1,"seq":10,"ts":0,"mono":2100000,"kind":"test_finished","id":"directories::mkdir","status":"passed","attempts":1,"duration_us":104000}
{"v":1,"seq":11,"ts":0,"mono":2200000,"kind":"attempt_started","id":"directories::rmdir","attempt":1,"dir":"tests/b","pid":1,"argv":[]}
{"v":1,"seq":12,"ts":0,"mono":2300000,"kind":"test_finished","id":"directories::rmdir","status":"failed","attempts":1,"reason":"left: -1, right: 0","duration_us":2345678}
{"v":1,"seq":13,"ts":0,"mono":2400000,"kind":"attempt_started","id":"directories::rename[deep]","attempt":2,"dir":"tests/c","pid":1,"argv":[]}
{"v":1,"seq":14,"ts":0,"mono":2500000,"kind":"test_finished","id":"directories::rename[deep]","status":"flaky","attempts":2,"duration_us":12345678}
{"v":1,"seq":15,"ts":0,"mono":3000000,"kind":"attempt_started","id":"scripts::copy","attempt":1,"dir":"tests/d","pid":1,"argv":[]}
{"v":1,"seq":16,"ts":0,"mono":9000000,"kind":"slow","id":"scripts::copy"}
"#;

pub(super) fn events() -> impl Iterator<Item = Event> {
    let lines = EVENTS.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).expect("an event"))
}

/// A session in the middle of a run.
fn session(columns: u16, rows: u16) -> State {
    let mut state = State::new(Mode::Live, "sample-tests".to_owned());
    update(&mut state, Msg::Resize(columns, rows));
    let stack = StackInfo {
        name: "embedded".to_owned(),
        ..StackInfo::default()
    };
    update(
        &mut state,
        Msg::RunOpened(Opened {
            id: "20261122T031547Z-1a2b".to_owned(),
            dir: "/runs/1".into(),
            stack,
            live: true,
        }),
    );
    for event in events() {
        update(&mut state, Msg::Run(event));
    }
    state
}

fn press(state: &mut State, keys: &str) {
    for key in keys.split(' ') {
        let chord: Chord = key.parse().expect("a key");
        update(state, Msg::Key(chord.into()));
    }
}

#[test]
fn a_run_on_the_usual_terminal() {
    insta::assert_snapshot!(screen(&mut session(80, 24)));
}

#[test]
fn a_wide_one_shows_both_panes() {
    insta::assert_snapshot!(screen(&mut session(120, 40)));
}

#[test]
fn a_group_that_cannot_be_built_says_why() {
    let mut state = session(120, 40);
    press(&mut state, "G");
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn a_small_one_shows_less() {
    insta::assert_snapshot!(screen(&mut session(40, 10)));
}

#[test]
fn the_smallest_one_shows_nothing_and_does_not_panic() {
    insta::assert_snapshot!(screen(&mut session(1, 1)));
}

#[test]
fn what_is_filtered_and_typed() {
    let mut state = session(80, 24);
    press(&mut state, "/ r m d");
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn the_palette_is_made_of_the_actions() {
    let mut state = session(120, 200);
    press(&mut state, "?");
    let shown = screen(&mut state);
    for action in Action::ALL {
        let keys = state.keymap.keys(*action).join("  ");
        let row = shown.lines().find(|row| row.contains(action.help()));
        assert!(
            row.is_some_and(|row| row.contains(&keys)),
            "{action} in:\n{shown}"
        );
    }
}

#[test]
fn the_palette_shows_what_it_finds() {
    let mut state = session(80, 24);
    press(&mut state, ": r u n _ f");
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn keys_that_wait_show_what_they_can_become() {
    let mut state = session(80, 24);
    press(&mut state, "g");
    insta::assert_snapshot!(screen(&mut state));
}

/// A frame would cover all of it: the newest has one row, and the list the others.
#[test]
fn a_notice_on_the_smallest_screen_leaves_the_list() {
    let mut state = session(20, 5);
    let before = screen(&mut state);
    press(&mut state, "m");
    let shown = screen(&mut state);
    assert!(shown.contains("nothing is marked"), "{shown}");
    let covered = before.lines().zip(shown.lines()).filter(|(old, new)| old != new);
    assert_eq!(covered.count(), 1, "{before}\n{shown}");
}

#[test]
fn quitting_asks_while_tests_run() {
    let mut state = session(80, 24);
    press(&mut state, "q");
    insta::assert_snapshot!(screen(&mut state));
}

#[test]
fn no_size_panics_whatever_lies_on_top() {
    for keys in [
        "j", "?", ": x down", ": z z z", "q", "/ x", "g", "tab", "z", "f x f x",
    ] {
        for columns in [1, 2, 3, 19, 20, 21, 40, 99, 100] {
            for rows in [1, 2, 4, 5, 6, 31, 32] {
                let mut state = session(columns, rows);
                press(&mut state, keys);
                screen(&mut state);
            }
        }
    }
}

#[test]
fn a_terminal_of_another_size_than_told_is_left_alone() {
    let mut state = session(80, 24);
    settle(&mut state);
    let mut terminal = Terminal::new(TestBackend::new(30, 8)).expect("a terminal");
    terminal.draw(|frame| view::draw(&state, frame)).expect("a frame");
}

#[test]
fn themes_are_tried_and_left_again() {
    let mut state = session(80, 24);
    state.themes = gkfs_bench::tui::theme::Library::default().themes().0;
    press(&mut state, "T j");
    insta::assert_snapshot!(screen(&mut state));
    assert_eq!(state.theme.name, "dark");
    press(&mut state, "esc");
    assert_eq!(state.theme.name, "default");
    press(&mut state, "T j j enter");
    assert_eq!(state.theme.name, "light");
}

#[test]
fn the_panes_are_divided_anew_by_keys() {
    let mut state = session(120, 40);
    let width = |state: &State| layout::areas(state).tests.map(|pane| pane.width);
    assert_eq!(width(&state), Some(48));
    press(&mut state, ">");
    assert_eq!(width(&state), Some(54));
    press(&mut state, "ctrl-left ctrl-left");
    assert_eq!(width(&state), Some(42));
    press(&mut state, &["<"; 30].join(" "));
    assert_eq!(width(&state), Some(18));
}

#[test]
fn its_own_log_in_the_colours_of_its_levels() {
    let mut state = session(80, 24);
    state.log_file = Some("/state/gkfs-bench/log/1.log".into());
    press(&mut state, "f12");
    let text = "2026-11-22T03:15:47.1Z  INFO gkfs_bench: a session begins\n\
                2026-11-22T03:15:48.1Z ERROR gkfs_bench: the run broke\n";
    let growth = gkfs_bench::tui::state::own_log::Growth {
        from: 0,
        text: text.to_owned(),
    };
    update(&mut state, Msg::OwnLog(growth));
    insta::assert_snapshot!(screen(&mut state));
    press(&mut state, "f12");
    assert!(state.own_log.is_none());
}
