//! Python's debugger in a test: it gets the terminal, with one worker.

use gkfs_bench::Exit;

use crate::bed::Bed;
use crate::python::{activate, python};
use crate::terminal::{Session, nothing_is_left};

const TESTS: &str = "
def test_stops():
    held = 'four' + 'teen'
    breakpoint()
    assert held == 'fourteen'
def test_wrong():
    have = 'thir' + 'teen'
    assert have == 'twelve'
def test_after(): pass
";

fn suite() -> Option<Bed> {
    let python = python()?;
    let mut bed = Bed::new();
    activate(&mut bed, &python);
    bed.write("t/test_it.py", TESTS);
    Some(bed)
}

fn status(bed: &Bed, id: &str) -> String {
    let runs = gkfs_runner::record::Runs::new(&bed.cwd().join(".gkfs-bench"));
    let tests = runs.open("last").expect("a run").tests().expect("tests");
    let test = tests.iter().find(|test| test.id.ends_with(id)).expect("the test");
    test.status.map_or("none", |status| status.as_str()).to_owned()
}

#[test]
fn a_breakpoint_gets_the_terminal_and_the_run_goes_on() {
    let Some(bed) = suite() else { return };
    let mut session = Session::open(&bed, &["run", "--stack", "plain", "-j1", "-k", "stops or after"]);
    session.wait("debugger", |text| {
        text.contains("test_stops is in the debugger") && text.contains("(Pdb)")
    });
    session.press("p held * 2\r");
    session.wait("answer", |text| text.contains("fourteenfourteen"));
    session.press("c\r");
    assert_eq!(session.end(), 0, "{}", session.text());
    assert_eq!(status(&bed, "test_stops"), "passed");
    assert_eq!(status(&bed, "test_after"), "passed");
    nothing_is_left(&bed);
}

#[test]
fn a_test_that_fails_is_looked_at_and_the_next_one_runs() {
    let Some(bed) = suite() else { return };
    let mut session = Session::open(&bed, &["run", "--stack", "plain", "--pdb", "-k", "not stops"]);
    session.wait("debugger", |text| {
        text.contains("assert 'thirteen' == 'twelve'")
            && text.contains("test_wrong is in the debugger")
            && text.contains("(Pdb)")
    });
    session.press("p have + have\r");
    session.wait("answer", |text| text.contains("thirteenthirteen"));
    assert!(!session.text().contains("1 running"), "{}", session.text());
    // To quit the debugger ends its test, not the run.
    session.press("q\r");
    assert_eq!(session.end(), 1, "{}", session.text());
    assert_eq!(status(&bed, "test_wrong"), "failed");
    assert_eq!(status(&bed, "test_after"), "passed");
    nothing_is_left(&bed);
}

#[test]
fn without_a_terminal_it_is_refused_at_once() {
    let Some(bed) = suite() else { return };
    let run = bed.process(&["run", "--stack", "plain", "--pdb"]);
    assert_eq!(run.exit, Exit::Usage, "{}", run.err);
    assert!(run.err.contains("--pdb needs a terminal"), "{}", run.err);
}
