//! The session in a real terminal: it opens, runs, is looked at, ends, and leaves nothing.

use crate::bed::Bed;
use crate::terminal::{Session, nothing_is_left};

#[test]
fn a_session_runs_tests_and_gives_the_terminal_back() {
    let bed = Bed::new();
    bed.script("smoke/good.sh", "exit 0");
    bed.script("smoke/bad.sh", "echo no space left >&2; exit 1");
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good") && text.contains("bad"));
    session.press("a");
    session.wait("result", |text| {
        text.contains("failed 2 in") && text.contains("✓ good")
    });
    assert!(session.text().contains("✗ bad"), "{}", session.text());
    session.press("/goo\r");
    session.wait("filter", |text| {
        text.contains("✓ good") && !text.contains("✗ bad")
    });
    session.press("\x1b");
    session.wait("all tests again", |text| text.contains("✗ bad"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(&bed);

    // What was run can be looked at again, and only looked at.
    let mut session = Session::open(&bed, &["open"]);
    session.wait("record", |text| text.contains("✗ bad") && text.contains("✓ good"));
    session.press("a");
    session.wait("refusal", |text| text.contains("this is a recorded run"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}

#[test]
fn a_change_reruns_the_script_that_it_touches() {
    let bed = Bed::new();
    bed.script("smoke/one.sh", "exit 0");
    bed.script("smoke/two.sh", "exit 0");
    let mut session = Session::open(&bed, &["watch", "--stack", "plain"]);
    session.wait("watch", |text| text.contains("watching") && text.contains("one"));
    session.press("a");
    session.wait("result", |text| text.contains("passed 2 in"));
    // As editors and `sed -i` do it; what was beside the script for a moment touches nothing.
    bed.script("smoke/saving", "exit 1");
    let smoke = bed.cwd().join("smoke");
    std::fs::rename(smoke.join("saving"), smoke.join("one.sh")).expect("the same directory");
    session.wait("rerun", |text| {
        text.contains("✗ one") && text.contains("failed 1 in")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}

#[test]
fn what_happened_in_a_test_is_looked_into_searched_and_copied() {
    let bed = Bed::new();
    bed.script(
        "smoke/talks.sh",
        "echo first word; echo second word; echo no space left >&2; exit 1",
    );
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("talks"));
    session.press("a");
    session.wait("result", |text| text.contains("failed 1 in"));
    // To the test, into its details, to what it printed.
    session.press("/talks\r");
    session.press("\r4");
    session.wait("output", |text| {
        text.contains("first word") && text.contains("no space left")
    });
    session.press("/second\r");
    session.wait("match", |text| text.contains("second word"));
    session.press("1");
    session.wait("timeline", |text| {
        text.contains("second word") && text.contains("line")
    });
    session.resize(60, 20);
    session.wait("narrow screen", |text| text.contains("second word"));
    session.press("Y");
    session.wait("notice", |text| text.contains("copied"));
    // The words of the command, as the terminal's clipboard takes them.
    assert!(String::from_utf8_lossy(&session.bytes()).contains("\x1b]52;c;"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn two_runs_are_compared_down_to_what_differs_in_a_file() {
    let bed = Bed::new();
    let word = bed.cwd().join("word");
    bed.script("smoke/writes.sh", &format!("cp {} $TMP/kept", word.display()));
    for text in ["before\n", "after\n"] {
        bed.write("word", text);
        // In a process of its own: a runner takes the dead of its process along, the sessions of other tests too.
        let run = bed
            .command(&["run", "--stack", "plain"])
            .output()
            .expect("the command");
        assert!(run.status.success(), "{run:?}");
    }
    let mut session = Session::open(&bed, &["open"]);
    session.wait("record", |text| text.contains("✓ writes"));
    session.press("j\t5");
    session.wait("history", |text| text.contains("2 runs, not passed in 0"));
    // Where nothing else differs, the workspaces are shown at once; before that there is nothing to go on to.
    session.press("  d");
    session.wait("comparison", |text| text.contains("≠ "));
    session.press("llllllll");
    session.wait("workspaces", |text| {
        text.contains("only left 0, only right 0, changed 1")
    });
    session.wait("the file", |text| {
        text.contains("1 before") && text.contains("1 after")
    });
    session.press("\x1b");
    session.wait("history", |text| text.contains("2 runs, not passed in 0"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}
