//! The first words typed: in a directory where there is nothing yet, and mistyped.

use gkfs_bench::Exit;
use gkfs_bench::tui::update::update;
use gkfs_bench::tui::{Mode, Msg, State};

use crate::bed::Bed;
use crate::screen::screen;

#[test]
fn where_no_run_is_recorded_that_is_said_with_what_records_one() {
    let bed = Bed::new();
    for verb in ["show", "logs", "diff", "shell", "history"] {
        let outcome = bed.run(&[verb, "some"]);
        assert_eq!(outcome.exit, Exit::Usage, "{verb}");
        assert!(
            outcome.err.contains("no run is recorded"),
            "{verb}: {}",
            outcome.err
        );
        assert!(
            outcome.err.contains("hint: `gkfs-bench run` records one"),
            "{verb}"
        );
    }
}

#[test]
fn a_history_of_no_runs_praises_nothing() {
    let outcome = Bed::new().run(&["history"]);
    insta::assert_snapshot!(outcome.out, @"no runs in [BED]/work/.gkfs-bench/runs");
}

#[test]
fn a_mistyped_verb_is_not_taken_for_a_session_without_a_terminal() {
    let outcome = Bed::new().run(&["wacth"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @r"
    error: `wacth` is no verb, and no suite either
    hint: did you mean `gkfs-bench watch`?
    ");
}

#[test]
fn a_session_without_tests_says_how_to_have_some() {
    let mut state = State::new(Mode::Live, "empty".to_owned());
    update(&mut state, Msg::Resize(80, 12));
    update(&mut state, Msg::Finding);
    assert!(screen(&mut state).contains("looking for tests…"));
    update(&mut state, Msg::FoundAll);
    update(&mut state, Msg::Done(None));
    let shown = screen(&mut state);
    for part in [
        "no tests here",
        "gkfs-bench init  begins a suite",
        "gkfs-bench demo  shows",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}
