//! The first minutes.

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;

#[test]
fn a_suite_is_begun_that_passes_and_is_not_written_over() {
    let bed = Bed::new();
    let begun = bed.process(&["init"]);
    assert_eq!(begun.exit, Exit::Passed, "{}", begun.err);
    assert_eq!(begun.out, "./gkfs-bench.toml\n./first/hello.sh\n");
    let outcome = bed.process(&["run", "--stack", "plain"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.out);
    assert!(outcome.out.contains("first::hello"), "{}", outcome.out);
    let again = bed.process(&["init"]);
    assert_eq!(again.exit, Exit::Usage);
    assert!(
        again.err.contains("gkfs-bench.toml is there already"),
        "{}",
        again.err
    );
}

#[test]
fn the_demonstration_ends_in_every_status() {
    let bed = Bed::new();
    let outcome = bed.process(&["demo", "show"]);
    if outcome.err.contains("system-call user dispatch") {
        eprintln!("skipped: the embedded stack does not work here");
        return;
    }
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.err);
    let shown = bed.run(&["runs", "--format", "json", "--base-temp", "show/.gkfs-bench"]);
    let runs: Value = serde_json::from_str(&shown.out).expect("json");
    let summary = &runs[0]["summary"];
    let numbers = ["passed", "failed", "flaky", "skipped", "timeout"].map(|status| summary[status].as_u64());
    assert_eq!(numbers, [1, 2, 1, 1, 1].map(Some), "{summary}");
}
