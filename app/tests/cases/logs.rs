//! A test's lines on one clock, as text.

use gkfs_bench::Exit;

use crate::bed::Bed;
use crate::lines::Lines;

/// A recorded run of a script that writes to both outputs, twice.
fn recorded() -> Bed {
    let bed = Bed::new();
    bed.script("s/talks.sh", "echo one; echo two >&2; exit 3");
    let run = bed.process(&["run", "--stack", "plain", "--retries", "1"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.err);
    bed
}

#[test]
fn every_line_has_its_time_and_its_writer() {
    let bed = recorded();
    let outcome = bed.run(&["logs", "talks"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.err);
    let shape = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d [TDIWE] \S+ +\S")
        .expect("a pattern");
    for line in outcome.out.lines() {
        assert!(shape.is_match(line), "{line}");
    }
    for part in ["stdout", "one", "stderr", "two", "steps"] {
        assert!(outcome.out.contains(part), "{part}: {}", outcome.out);
    }
    let times: Vec<&str> = outcome.out.lines().map(|line| &line[..26]).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn lines_can_be_chosen() {
    let bed = recorded();
    let only = bed
        .run(&["logs", "talks", "--source", "stdout", "--attempt", "1"])
        .out;
    assert_eq!(only.lines().count(), 1, "{only}");
    assert!(only.ends_with("one\n"), "{only}");
    let all = bed.run(&["logs", "talks"]).out.lines().count();
    let errors = bed
        .run(&["logs", "talks", "--level", "error"])
        .out
        .lines()
        .count();
    assert!(errors < all, "{errors} of {all}");
    let end = bed.run(&["logs", "talks", "--since", "1us"]).out.lines().count();
    assert!((1..all).contains(&end), "{end} of {all}");
}

#[test]
fn what_is_not_there_is_named() {
    let bed = recorded();
    let outcome = bed.run(&["logs", "talks", "--source", "daemon-7"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(
        outcome.err.contains("no source `daemon-7`") && outcome.err.contains("stdout"),
        "{}",
        outcome.err
    );
    let outcome = bed.run(&["logs", "talks", "--attempt", "9"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(
        outcome.err.contains("no attempt 9 at s::talks"),
        "{}",
        outcome.err
    );
}

#[test]
fn lines_are_followed_while_the_test_runs_to_the_end_of_its_last_attempt() {
    let bed = Bed::new();
    bed.script(
        "s/talks.sh",
        "echo attempt $GKFS_BENCH_ATTEMPT; while ! [ -e \"$GKFS_BENCH_ATTEMPT_DIR/go\" ]; do sleep 0.01; done; \
         echo more; exit $((2 - GKFS_BENCH_ATTEMPT))",
    );
    let mut run = Lines::of(&bed, &["run", "--stack", "plain", "--retries", "1", "-v"]);
    run.wait("s::talks");
    let attempts = bed.cwd().join(".gkfs-bench/runs/last/tests/s/talks");
    let mut logs = Lines::of(&bed, &["logs", "talks", "-f", "--source", "stdout"]);
    for attempt in ["1", "2"] {
        logs.wait(&format!("stdout   attempt {attempt}\n"));
        std::fs::write(attempts.join(format!("attempt-{attempt}/go")), "").expect("a file");
        logs.wait("stdout   more\n");
    }
    assert_eq!(logs.wait_for_end(), Some(0));
    assert_eq!(run.wait_for_end(), Some(0));
    // Of a run that is over all is there at once, and nobody waits.
    let all = bed.run(&["logs", "talks", "-f"]);
    assert_eq!(all.exit, Exit::Passed);
    assert_eq!(all.out.matches("stdout   more\n").count(), 2, "{}", all.out);
    assert!(all.out.contains(" steps "), "{}", all.out);
}
