//! Two attempts at a test, compared.

use gkfs_bench::Exit;

use crate::bed::Bed;

#[test]
fn a_flaky_tests_attempts_are_compared_where_they_part() {
    let bed = Bed::new();
    bed.script(
        "s/flakes.sh",
        "echo \"at $(date +%s%N) by $$ in $LOGS\"\necho \"attempt $GKFS_BENCH_ATTEMPT\"\ntest \"$GKFS_BENCH_ATTEMPT\" = 2",
    );
    bed.process(&["run", "--stack", "plain", "--retries", "1"]);
    let outcome = bed.run(&["diff", "flakes"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.err);
    let out = &outcome.out;
    // The one that passed stands first, whatever came first.
    assert!(out.contains("attempt-2\n+++ "), "{out}");
    assert!(out.contains("- attempt 2\n+ attempt 1\n"), "{out}");
}

#[test]
fn two_runs_are_compared_and_what_cannot_be_is_said() {
    let bed = Bed::new();
    bed.script("s/passes.sh", "echo \"in $LOGS at $(date +%H:%M:%S)\"");
    for _ in 0..2 {
        bed.process(&["run", "--stack", "plain"]);
    }
    let outcome = bed.run(&["diff", "passes"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(
        outcome
            .err
            .contains("s::passes has no attempt that passed, or none that failed"),
        "{}",
        outcome.err
    );
    let runs = bed.run(&["runs", "--format", "json"]);
    let runs: serde_json::Value = serde_json::from_str(&runs.out).expect("json");
    let runs = runs.as_array().expect("runs");
    let ids: Vec<&str> = runs
        .iter()
        .map(|run| run["run"].as_str().expect("an id"))
        .collect();
    let same = bed.run(&["diff", "passes", "--run", ids[0], "--run", ids[1]]);
    assert_eq!(same.exit, Exit::Passed, "{}{}", same.out, same.err);
    assert!(same.out.contains("no log differs"), "{}", same.out);
}
