//! Recorded runs, opened again: `runs`, `show`, `clean`.

use std::path::Path;

use gkfs_bench::Exit;

use crate::bed::Bed;

const RUN: &str = "20261122T031547Z-1a2b";

/// Writes a run of two tests that ended; or, if `state` says it runs, whose runner is gone as after `kill -9`.
fn record(bed: &Bed, id: &str, state: &str) {
    let dir = format!(".gkfs-bench/runs/{id}");
    let run = serde_json::json!({
        "v": 1, "id": id, "state": state, "started_ts": 1_795_316_747_000_000_i64, "ended_ts": 1_795_316_749_500_000_i64,
        "exit_code": 1, "argv": ["gkfs-bench", "run"], "cwd": bed.cwd(), "suite": {"root": bed.cwd()},
        "selection": null,
        "host": {"name": "vm", "kernel": "6.1", "arch": "x86_64", "cpus": 2, "boot_id": "none", "tz": "UTC"},
        "runner": {"pid": 1, "starttime": 0}, "cookie": "c",
        "stack": {"name": "plain", "kind": "plain", "interface": "lo"},
        "summary": {"passed": 1, "failed": 1, "total": 2},
    });
    bed.write(&format!("{dir}/run.json"), &run.to_string());
    bed.write(&format!("{dir}/events.jsonl"), EVENTS);
    bed.write(&format!("{dir}/tests/a/fails/attempt-1/stdout.log"), "mine\n");
    bed.write(
        &format!("{dir}/tests/a/fails/attempt-1/workspace/logs/gkfs_daemon.log"),
        "ready\n",
    );
    bed.write(&format!("{dir}/tests/a/fails/attempt-1/steps.jsonl"), STEPS);
    let last = bed.cwd().join(".gkfs-bench/runs/last");
    let _ = std::fs::remove_file(&last);
    std::os::unix::fs::symlink(Path::new(id), last).expect("a link");
}

const EVENTS: &str = r#"{"v":1,"seq":0,"ts":1,"mono":10,"kind":"run_started","run":"20261122T031547Z-1a2b","tests":2}
{"v":1,"seq":1,"ts":2,"mono":20,"kind":"group_found","group":"a","source":"script","path":"a"}
{"v":1,"seq":2,"ts":3,"mono":30,"kind":"test_found","id":"a::passes","group":"a","name":"passes","tags":[]}
{"v":1,"seq":3,"ts":4,"mono":40,"kind":"test_found","id":"a::fails","group":"a","name":"fails","file":"a/fails.sh","line":1,"tags":["slow"]}
{"v":1,"seq":4,"ts":5,"mono":50,"kind":"attempt_started","id":"a::fails","attempt":1,"dir":"tests/a/fails/attempt-1","pid":7,"argv":["sh"]}
{"v":1,"seq":5,"ts":6,"mono":60,"kind":"attempt_finished","id":"a::fails","attempt":1,"outcome":"failed","reason":"exit status 3","exit":3,"duration_us":10,"leaked":[]}
{"v":1,"seq":6,"ts":7,"mono":70,"kind":"test_finished","id":"a::fails","status":"failed","attempts":1,"reason":"exit status 3","duration_us":10}
{"v":1,"seq":7,"ts":8,"mono":80,"kind":"test_fini"#;

const STEPS: &str = r#"{"v":1,"n":"7.0","ph":"i","ts":5,"mono":55,"pid":7,"tid":7,"kind":"log","level":"info","text":"hello"}
"#;

#[test]
fn a_run_whose_runner_died_is_shown_as_killed() {
    let bed = Bed::new();
    record(&bed, "20261122T031546Z-0000", "finished");
    record(&bed, RUN, "running");
    let outcome = bed.run(&["runs"]);
    assert_eq!(outcome.exit, Exit::Passed);
    insta::assert_snapshot!(outcome.out, @r#"
    20261122T031547Z-1a2b  killed        2.500s  plain  1 failed, 1 passed
    20261122T031546Z-0000  finished      2.500s  plain  1 failed, 1 passed
    "#);
}

#[test]
fn runs_are_listed_for_machines() {
    let bed = Bed::new();
    record(&bed, RUN, "finished");
    let runs: serde_json::Value =
        serde_json::from_str(&bed.run(&["runs", "--format", "json"]).out).expect("json");
    assert_eq!(
        (&runs[0]["run"], &runs[0]["state"]),
        (&RUN.into(), &"finished".into())
    );
    assert_eq!(runs[0]["summary"]["failed"], 1);
}

#[test]
fn show_tells_a_tests_story() {
    let bed = Bed::new();
    record(&bed, RUN, "running");
    let outcome = bed.run(&["show", "fails"]);
    assert_eq!(outcome.exit, Exit::Passed);
    insta::assert_snapshot!(outcome.out, @r#"
    run 20261122T031547Z-1a2b (killed)
    stack plain

    ✗ failed a::fails in 0.000s  a/fails.sh:1
      exit status 3
      steps
        +0.000s log     info: hello
      workspace/logs/gkfs_daemon.log
        | ready
      stdout.log
        | mine
      record     [BED]/work/.gkfs-bench/runs/20261122T031547Z-1a2b/tests/a/fails/attempt-1
      workspace  [BED]/work/.gkfs-bench/runs/20261122T031547Z-1a2b/tests/a/fails/attempt-1/workspace
      rerun      gkfs-bench run --stack plain [BED]/work a::fails
    "#);
}

#[test]
fn show_tells_it_to_machines_too() {
    let bed = Bed::new();
    record(&bed, RUN, "finished");
    let outcome = bed.run(&["show", "a::fails", "--run", "1a2b", "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&outcome.out).expect("json");
    assert_eq!(
        (&shown["id"], &shown["status"]),
        (&"a::fails".into(), &"failed".into())
    );
    let attempt = &shown["attempts"][0];
    assert_eq!(attempt["end"]["exit"], 3);
    assert_eq!(attempt["steps"][0]["text"], "hello");
    assert_eq!(attempt["logs"][0]["lines"][0], "ready");
}

#[test]
fn what_is_not_there_is_named() {
    let bed = Bed::new();
    insta::assert_snapshot!(bed.run(&["show", "x"]).err, @r"
    error: no run is recorded in [BED]/work/.gkfs-bench/runs yet
    hint: `gkfs-bench run` records one
    ");
    record(&bed, RUN, "finished");
    let outcome = bed.run(&["show", "a::fials"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @"error: no test of run 20261122T031547Z-1a2b matches `a::fials`; the nearest is `a::fails`");
    insta::assert_snapshot!(bed.run(&["show", "a::"]).err, @"error: `a::` matches 2 tests of run 20261122T031547Z-1a2b: a::passes, a::fails");
    insta::assert_snapshot!(bed.run(&["show", "fails", "--run", "9999"]).err, @"error: no run `9999` in [BED]/work/.gkfs-bench/runs; `gkfs-bench runs` lists them");
}

#[test]
fn clean_keeps_what_the_suite_file_allows() {
    let bed = Bed::new();
    bed.write("gkfs-bench.toml", "version = 1\nretention = { runs = 1 }\n");
    record(&bed, "20261122T031546Z-0000", "finished");
    record(&bed, RUN, "finished");
    let dry = bed.run(&["clean", "-n"]);
    assert!(
        dry.out.contains("would remove 20261122T031546Z-0000"),
        "{}",
        dry.out
    );
    assert!(bed.cwd().join(".gkfs-bench/runs/20261122T031546Z-0000").exists());
    assert_eq!(bed.run(&["clean"]).exit, Exit::Passed);
    assert!(!bed.cwd().join(".gkfs-bench/runs/20261122T031546Z-0000").exists());
    assert!(bed.cwd().join(".gkfs-bench/runs").join(RUN).exists());
}

#[test]
fn above_the_suites_the_latest_run_below_is_meant() {
    let bed = Bed::new();
    record(&bed, RUN, "finished");
    let below = bed.cwd().join("suite");
    std::fs::create_dir(&below).expect("a directory");
    std::fs::rename(bed.cwd().join(".gkfs-bench"), below.join(".gkfs-bench")).expect("moved");
    assert!(bed.run(&["runs"]).out.contains(RUN));
}
