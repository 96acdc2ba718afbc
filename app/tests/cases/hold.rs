//! What fails under `--hold` stays as it is, for a shell, a debugger and `continue`; and nothing of it outlives the run.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use gkfs_bench::Exit;
use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;
use crate::terminal::{DEADLINE, Session, nothing_is_left};

/// A suite whose test leaves a file in the file system and fails.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.script("s/fails.sh", "echo hello > \"$MNT/f\"; echo wrong >&2; exit 3");
    bed
}

/// Starts a run, and waits until its test is held.
fn held(bed: &Bed) -> Child {
    let mut command = bed.command(&["run", "--hold", "--stack", "embedded"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let run = command.spawn().expect("the command starts");
    let began = Instant::now();
    let is_held = || {
        let events = bed.cwd().join(".gkfs-bench/runs/last/events.jsonl");
        std::fs::read_to_string(events).is_ok_and(|text| text.contains("\"attempt_held\""))
    };
    while !is_held() {
        assert!(began.elapsed() < DEADLINE, "no test is held");
        std::thread::sleep(Duration::from_millis(20));
    }
    run
}

#[test]
fn a_shell_sees_the_file_system_of_a_held_test_which_then_goes_on() {
    let bed = suite();
    let mut run = held(&bed);
    let look =
        "with-client cat \"$MNT/f\"; with-client sh -c 'echo more > \"$MNT/g\"'; echo ${LD_PRELOAD-none}";
    let seen = bed.process(&["shell", "fails", "-c", look]);
    assert_eq!(
        (seen.exit, seen.out.as_str()),
        (Exit::Passed, "hello\nnone\n"),
        "{}",
        seen.err
    );
    // It was the test's own: what was written there stays.
    let again = bed.process(&["shell", "fails", "-c", "with-client cat \"$MNT/g\""]);
    assert_eq!(again.out, "more\n", "{}", again.err);
    let other = bed.process(&["continue", "passes"]);
    assert_eq!(other.exit, Exit::Usage);
    assert!(
        other.err.contains("`passes` is not held, but s::fails"),
        "{}",
        other.err
    );
    let outcome = bed.process(&["continue"]);
    assert_eq!(
        (outcome.exit, outcome.out.as_str()),
        (Exit::Passed, "s::fails goes on\n")
    );
    assert_eq!(run.wait().expect("a child").code(), Some(Exit::Failed as i32));
    let outcome = bed.process(&["continue"]);
    assert!(outcome.err.contains("no test is held here"), "{}", outcome.err);
    nothing_is_left(&bed);
    let shown = bed.run(&["show", "fails"]);
    assert!(
        shown.out.contains("hold") && shown.out.contains("exit status: 3"),
        "{}",
        shown.out
    );
}

#[test]
fn ending_the_run_ends_what_is_held() {
    for signal in [Signal::INT, Signal::KILL] {
        let bed = suite();
        let mut run = held(&bed);
        kill_process(Pid::from_child(&run), signal).expect("it runs");
        run.wait().expect("a child");
        nothing_is_left(&bed);
    }
}

#[test]
fn at_a_terminal_letters_open_a_shell_and_let_it_go_on() {
    let bed = suite();
    let mut session = Session::open(&bed, &["run", "--hold", "--stack", "embedded"]);
    session.wait("hold", |text| {
        text.contains("HELD s::fails") && text.contains("gkfs-bench continue s::fails")
    });
    session.press("what\r");
    session.wait("help", |text| text.contains("type s, g or c"));
    session.press("s\r");
    session.wait("greeting", |text| text.contains("its daemon lives"));
    session.press("with-client cat $MNT/f | tr a-z A-Z\r");
    session.wait("file", |text| text.contains("HELLO"));
    session.press("exit\r");
    session.wait("offer again", |text| text.matches("HELD s::fails").count() == 2);
    session.press("c\r");
    session.wait_for_the_end_of_its_words("1 failed");
    assert_eq!(session.end(), 1);
    nothing_is_left(&bed);
}

#[test]
fn on_the_screen_a_test_is_held_looked_at_and_let_go_on() {
    let bed = suite();
    let mut session = Session::open(&bed, &["--stack", "embedded"]);
    session.wait("tests", |text| text.contains("fails"));
    session.press("/fails\r");
    session.press("C");
    session.wait("refusal", |text| text.contains("nothing of this is held"));
    session.press("H");
    session.wait("hold", |text| text.contains("■ fails") && text.contains("HELD"));
    session.press("!");
    session.wait("shell", |text| text.contains("its daemon lives"));
    session.press("with-client cat $MNT/f | tr a-z A-Z\r");
    session.wait("file", |text| text.contains("HELLO"));
    session.press("exit\r");
    session.wait("screen", |text| text.contains("■ fails"));
    session.press("C");
    session.wait("end", |text| text.contains("✗ fails"));
    // Quitting ends what is held.
    session.press("H");
    session.wait("hold", |text| text.contains("■ fails"));
    session.press("qy");
    session.end();
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}
