//! Looking at a run that another process makes right now.

use std::fs;

use gkfs_runner::record::Runs;
use rustix::process::Signal;

use crate::bed::Bed;
use crate::lines::{Lines, eventually};
use crate::terminal::{Session, nothing_is_left};

/// A run in which one test has ended and one goes on until it is let.
fn goes_on(bed: &Bed) -> Lines {
    bed.script("s/a.sh", "exit 0");
    let gate = bed.cwd().join("gate");
    let waits = format!("until test -e {}; do sleep 0.02; done", gate.display());
    bed.script("s/b.sh", &waits);
    let run = Lines::of(bed, &["run", "--stack", "plain", "-j1"]);
    eventually("a test has passed", || {
        let last = Runs::new(&bed.cwd().join(".gkfs-bench")).open("last");
        let tests = last.and_then(|last| last.tests()).unwrap_or_default();
        tests.iter().any(|test| test.status.is_some())
    });
    run
}

#[test]
fn a_run_is_followed_to_its_end() {
    let bed = Bed::new();
    let mut run = goes_on(&bed);
    let mut session = Session::open(&bed, &["open"]);
    session.wait("state", |text| {
        text.contains("elsewhere 1/2") && text.contains("▶ b")
    });
    fs::write(bed.cwd().join("gate"), "").expect("a file");
    session.wait("end", |text| text.contains("✓ b") && !text.contains("elsewhere"));
    run.wait("2 passed");
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn one_whose_runner_is_killed_says_so() {
    let bed = Bed::new();
    let run = goes_on(&bed);
    let mut session = Session::open(&bed, &["open"]);
    session.wait("state", |text| text.contains("elsewhere 1/2"));
    run.signal(Signal::KILL);
    session.wait("verdict", |text| {
        text.contains("killed") && text.contains("has no verdict")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    drop(run);
    nothing_is_left(&bed);
}

#[test]
fn one_that_is_removed_meanwhile_says_so_and_what_was_read_stays() {
    let bed = Bed::new();
    let _run = goes_on(&bed);
    let mut session = Session::open(&bed, &["open"]);
    session.wait("state", |text| text.contains("elsewhere 1/2"));
    fs::remove_dir_all(bed.cwd().join(".gkfs-bench/runs")).expect("a directory");
    session.wait("message", |text| {
        text.contains("was removed") && text.contains("✓ a")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_session_shows_it_too_until_it_runs_something_itself() {
    let bed = Bed::new();
    let mut run = goes_on(&bed);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("state", |text| text.contains("elsewhere 1/2"));
    session.press("/");
    session.press("a\r");
    session.press("r");
    session.wait("result", |text| text.contains("passed 1 in"));
    fs::write(bed.cwd().join("gate"), "").expect("a file");
    run.wait("2 passed");
    assert!(session.text().contains("passed 1 in"), "{}", session.text());
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn what_is_half_written_or_of_a_later_version_is_shown_as_far_as_it_goes() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    bed.process(&["run", "--stack", "plain"]);
    let last = Runs::new(&bed.cwd().join(".gkfs-bench"))
        .open("last")
        .expect("a run");
    let events = last.dir.join("events.jsonl");
    let text = fs::read_to_string(&events).expect("events");
    let cut = text.rfind("run_finished").expect("an end");
    fs::write(&events, format!("no json\n{}", &text[..cut])).expect("a file");
    let json = fs::read_to_string(last.dir.join("run.json")).expect("a description");
    let newer = json
        .replacen("\"v\": 1", "\"v\": 9", 1)
        .replacen("\"v\":1", "\"v\":9", 1);
    fs::write(last.dir.join("run.json"), newer).expect("a file");
    let mut session = Session::open(&bed, &["open"]);
    session.wait("rest", |text| text.contains("✓ a"));
    session.wait("notes", |text| {
        text.contains("1 lines of the record cannot be read") && text.contains("a later version")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    // Without its description it is no run, and that is said.
    fs::write(last.dir.join("run.json"), "{").expect("a file");
    let refused = bed.process(&["open"]);
    assert!(refused.err.contains("no run's description"), "{}", refused.err);
}
