//! Reports on a run that was made up.

mod made_up;

use std::fs;

use gkfs_runner::status::Summary;
use gkfs_runner::{Event, EventKind};

use super::human::{Human, Verbosity};
use super::json::Json;
use super::{Jsonl, Reporter, Results, Screen, junit};
use made_up::{MadeUp, every_status};

fn human(verbosity: Verbosity) -> Human {
    Human::new(verbosity, false, 2, "gkfs-bench run suite --stack mine".into())
}

#[test]
fn people_read_a_line_per_test_and_failures_at_the_end() {
    insta::assert_snapshot!(every_status().report(&mut human(Verbosity::Normal)).0, @r"
    gkfs-bench 0.1.0 · run 20261122T031549Z-1a2b
    stack mine · /opt/bin:/opt/lib · gkfs_daemon 3f2a90bc17de
    6 tests, 2 at a time

    ✗ failed    0.000s  broken  error[E0425]: cannot find value `x`
    ✓ passed    0.012s  a::passes
    ✗ failed    0.012s  a::fails  exit status 1, left 1 process behind
    ~ flaky     0.024s  a::flakes  exit status 1
    - skipped   0.012s  a::skips  no such feature here
    ◔ timeout   0.012s  a::late  still running after 1s

    ✗ failed a::fails in 0.012s  a/main.rs:7
      exit status 1, left 1 process behind
      left behind: sleep 100 (pid 99)
      assertion at a/main.rs:12
        left: -1
        right: 0
      steps
        +0.000s op      mkdir(pathname=mnt/a mode=0777) → retval=-1 (File exists)  0.250 ms
        +0.000s assert  failed: left: -1 at a/main.rs:12
      workspace/logs/gkfs_daemon.log
        | ready
        | mkdir
      stdout.log
        | mine
      stderr.log
        | thread panicked <&>
      record     [RUN]/tests/a/fails/attempt-1
      workspace  [RUN]/tests/a/fails/attempt-1/workspace
      rerun      gkfs-bench run suite --stack mine a::fails

    ◔ timeout a::late in 0.012s  a/main.rs:7
      still running after 1s
      record     [RUN]/tests/a/late/attempt-1
      rerun      gkfs-bench run suite --stack mine a::late

    ✗ failed broken in 0.000s
      error[E0425]: cannot find value `x`
       --> broken/main.rs:3

      a       1 failed, 1 timeout, 1 flaky, 1 passed, 1 skipped
      broken  1 failed

    interrupted: 6 tests in 0.018s: 2 failed, 1 timeout, 1 flaky, 1 passed, 1 skipped
    not run: 1 test (interrupted)
    stack mine · /opt/bin:/opt/lib · gkfs_daemon 3f2a90bc17de
    record [RUN]
    ");
}

#[test]
fn quiet_leaves_failures_and_the_last_lines() {
    let (text, _) = every_status().report(&mut human(Verbosity::Quiet));
    assert!(
        !text.contains("a::passes") && text.contains("✗ failed a::fails"),
        "{text}"
    );
}

#[test]
fn verbose_explains_flaky_tests_too() {
    let (text, _) = every_status().report(&mut human(Verbosity::Verbose));
    assert!(text.contains("~ flaky a::flakes after 2 attempts"), "{text}");
}

#[test]
fn machines_read_one_document() {
    insta::assert_snapshot!(every_status().report(&mut Json).0, @r#"
    {
      "run": "20261122T031549Z-1a2b",
      "stack": {
        "name": "mine",
        "kind": "gekkofs",
        "bin_dirs": [
          "/opt/bin"
        ],
        "lib_dirs": [
          "/opt/lib"
        ],
        "interface": "lo",
        "strict": false,
        "caps": [],
        "files": {
          "gkfs_daemon": {
            "path": "/opt/bin/gkfs_daemon",
            "build_id": "3f2a90bc17de",
            "size": 1,
            "mtime_ts": 2
          }
        }
      },
      "summary": {
        "passed": 1,
        "failed": 2,
        "error": 0,
        "flaky": 1,
        "skipped": 1,
        "timeout": 1,
        "total": 6
      },
      "tests": [
        {
          "id": "a::passes",
          "group": "a",
          "status": "passed",
          "duration_ms": 12.345,
          "attempts": 1,
          "workspace": "[RUN]/tests/a/passes/attempt-1/workspace",
          "reason": null
        },
        {
          "id": "a::fails",
          "group": "a",
          "status": "failed",
          "duration_ms": 12.345,
          "attempts": 1,
          "workspace": "[RUN]/tests/a/fails/attempt-1/workspace",
          "reason": "exit status 1, left 1 process behind"
        },
        {
          "id": "a::flakes",
          "group": "a",
          "status": "flaky",
          "duration_ms": 24.69,
          "attempts": 2,
          "workspace": "[RUN]/tests/a/flakes/attempt-2/workspace",
          "reason": "exit status 1"
        },
        {
          "id": "a::skips",
          "group": "a",
          "status": "skipped",
          "duration_ms": 12.345,
          "attempts": 1,
          "workspace": "[RUN]/tests/a/skips/attempt-1/workspace",
          "reason": "no such feature here"
        },
        {
          "id": "a::late",
          "group": "a",
          "status": "timeout",
          "duration_ms": 12.345,
          "attempts": 1,
          "workspace": "[RUN]/tests/a/late/attempt-1/workspace",
          "reason": "still running after 1s"
        },
        {
          "id": "broken",
          "group": "broken",
          "status": "failed",
          "duration_ms": 0.0,
          "attempts": 0,
          "workspace": null,
          "reason": "error[E0425]: cannot find value `x`\n --> broken/main.rs:3"
        }
      ]
    }
    "#);
}

#[test]
fn json_lines_are_the_events() {
    let run = every_status();
    let (text, _) = run.report(&mut Jsonl);
    let back: Vec<Event> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    assert_eq!(back, run.events);
}

#[test]
fn ci_reads_junit() {
    let run = every_status();
    let (_, results) = run.report(&mut Jsonl);
    let file = run.dir.path().join("junit.xml");
    junit::write(&results, &file).expect("writable");
    insta::assert_snapshot!(run.redact(&fs::read_to_string(file).expect("a file")), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="gkfs-bench" tests="6" failures="3" errors="0" time="0.018">
        <testsuite name="a" tests="5" skipped="1" errors="0" failures="2" timestamp="2026-11-22T03:05:49.000+00:00">
            <properties>
                <property name="run" value="20261122T031549Z-1a2b"/>
                <property name="stack" value="mine"/>
                <property name="stack.bin_dir" value="/opt/bin"/>
                <property name="stack.lib_dir" value="/opt/lib"/>
                <property name="stack.gkfs_daemon.path" value="/opt/bin/gkfs_daemon"/>
                <property name="stack.gkfs_daemon.build_id" value="3f2a90bc17de"/>
            </properties>
            <testcase name="passes" classname="a" time="0.012"/>
            <testcase name="fails" classname="a" time="0.012">
                <failure message="exit status 1, left 1 process behind" type="failed">failed: left: -1 at a/main.rs:12
    workspace [RUN]/tests/a/fails/attempt-1/workspace</failure>
                <system-out>mine</system-out>
                <system-err>thread panicked &lt;&amp;&gt;
    ==&gt; gkfs_daemon.log &lt;==
    ready
    mkdir</system-err>
            </testcase>
            <testcase name="flakes" classname="a" time="0.025">
                <flakyFailure message="exit status 1" type="failed">
                    <system-out>first</system-out>
                </flakyFailure>
                <system-out>second</system-out>
            </testcase>
            <testcase name="skips" classname="a" time="0.012">
                <skipped message="no such feature here" type="skipped"/>
            </testcase>
            <testcase name="late" classname="a" time="0.012">
                <failure message="still running after 1s" type="timeout">workspace [RUN]/tests/a/late/attempt-1/workspace</failure>
            </testcase>
        </testsuite>
        <testsuite name="broken" tests="1" skipped="0" errors="0" failures="1" timestamp="2026-11-22T03:05:49.000+00:00">
            <properties>
                <property name="run" value="20261122T031549Z-1a2b"/>
                <property name="stack" value="mine"/>
                <property name="stack.bin_dir" value="/opt/bin"/>
                <property name="stack.lib_dir" value="/opt/lib"/>
                <property name="stack.gkfs_daemon.path" value="/opt/bin/gkfs_daemon"/>
                <property name="stack.gkfs_daemon.build_id" value="3f2a90bc17de"/>
            </properties>
            <testcase name="broken" classname="broken" time="0.000">
                <failure message="error[E0425]: cannot find value `x`
     --&gt; broken/main.rs:3" type="failed"></failure>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_terminal_gets_one_line_of_progress_that_never_wraps() {
    let mut run = every_status();
    // The last event ends the run, and with it the progress.
    run.events.truncate(run.events.len() - 2);
    let long = "a::a_name_that_is_longer_than_the_terminal_is_wide";
    run.push(EventKind::AttemptStarted {
        id: long.into(),
        attempt: 1,
        dir: "d".into(),
        pid: 1,
        argv: Vec::new(),
    });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut screen = Screen {
        out: &mut out,
        err: &mut err,
        columns: &|| Some(40),
    };
    let mut results = Results::new(run.dir.path().into(), MadeUp::stack());
    let mut report = human(Verbosity::Normal);
    for event in &run.events {
        results.apply(event);
        report.event(event, &results, &mut screen).expect("writable");
    }
    report.tick(10_000_000, &results, &mut screen).expect("writable");
    let err = String::from_utf8(err).expect("utf-8");
    let lines: Vec<&str> = err.split("\r\x1b[2K").collect();
    assert!(lines.iter().all(|line| line.chars().count() < 40), "{lines:?}");
    assert_eq!(
        lines.last().copied(),
        Some("6/6 · 8s · 3 not passed · 1 running: a…")
    );
}

#[test]
fn the_numbers_are_disjoint_and_sum_up() {
    let (_, results) = every_status().report(&mut Jsonl);
    let mut counted = Summary::default();
    results.judged().for_each(|(_, status)| counted.add(status));
    assert_eq!(counted, results.summary);
    assert_eq!(results.not_run(), 1);
    assert!(results.running().is_empty());
}
