//! What fails under `--hold` stays as it is, for a shell, a debugger and `continue`; and nothing of it outlives the run.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gkfs_bench::Exit;
use rustix::process::{Pid, Signal, kill_process};

use super::ctest;
use crate::bed::Bed;
use crate::terminal::{DEADLINE, nothing_is_left};

mod pytest;
mod terminal;

/// A suite whose test leaves a file in the file system and fails.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.script("s/fails.sh", "echo hello > \"$MNT/f\"; echo wrong >&2; exit 3");
    bed
}

/// Starts a run, and waits until its test is held.
fn held(bed: &Bed) -> Child {
    held_with(bed, &["--stack", "embedded"])
}

fn held_with(bed: &Bed, words: &[&str]) -> Child {
    let mut command = bed.command(&[&["run", "--hold"], words].concat());
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
    // Who looks leaves no traces in what the test's own clients wrote.
    let logs = bed
        .cwd()
        .join(".gkfs-bench/runs/last/tests/s/fails/attempt-1/workspace/logs");
    let read = |name: &str| std::fs::read_to_string(logs.join(name)).expect("a log");
    assert!(!read("gkfs_client.log").contains("'cat ") && read("gkfs_client-shell.log").contains("'cat "));
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

/// What the program of a CTest test leaves running is there as long as it is held, though it knows nothing of that.
#[test]
fn what_a_program_of_ctest_leaves_is_kept_as_it_failed() {
    if !ctest::cmake() {
        return;
    }
    let bed = Bed::new();
    bed.script(
        "first.sh",
        "sleep 1000 & echo $! > ~/left; echo wrong >&2; exit 3",
    );
    ctest::configure(
        &bed,
        "cmake_minimum_required(VERSION 3.13)\nproject(demo NONE)\nenable_testing()\n\
         add_test(NAME bad COMMAND ${CMAKE_SOURCE_DIR}/first.sh)\n",
    );
    let records = ["--base-temp", ".gkfs-bench"];
    let mut run = held_with(&bed, &[&["build", "--stack", "plain"][..], &records].concat());
    let look = "kill -0 $(cat ~/left) && cat stderr.log";
    let seen = bed.process(&[&["shell", "bad", "-c", look][..], &records].concat());
    assert_eq!(
        (seen.exit, seen.out.as_str()),
        (Exit::Passed, "wrong\n"),
        "{}",
        seen.err
    );
    let outcome = bed.process(&[&["continue"][..], &records].concat());
    assert_eq!(outcome.out, "first.sh::bad goes on\n", "{}", outcome.err);
    assert_eq!(run.wait().expect("a child").code(), Some(Exit::Failed as i32));
    nothing_is_left(&bed);
    let left = std::fs::read_to_string(bed.root().join("home/left")).expect("a pid");
    let gone = Command::new("kill")
        .args(["-0", left.trim()])
        .output()
        .expect("kill");
    assert!(!gone.status.success(), "{left} lives");
}
