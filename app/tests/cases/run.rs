//! Whole runs of script groups on a bare directory: statuses, selections, formats, interruptions.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::{Bed, Outcome};

/// A group `s` with a script for each status.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.write("gkfs-bench.toml", SUITE);
    bed.script(
        "s/passes.sh",
        "# Writes and reads.\necho hello > \"$MNT/a\" && grep -q hello \"$MNT/a\"",
    );
    bed.script("s/fails.sh", "echo said; echo wrong >&2; exit 3");
    bed.script("s/skips.sh", "echo 'no such feature' >&2; exit 77");
    bed.script("s/leaks.sh", "sleep 1000 &");
    bed.script("s/hangs.sh", "# tags: slow\nsleep 1000");
    bed.script("s/flakes.sh", "test \"$GKFS_BENCH_ATTEMPT\" = 2");
    bed
}

const SUITE: &str = r#"
version = 1
defaults = { stack = "plain", timeout = "1s" }
[[group]]
name = "s"
source = "script"
path = "s"
"#;

/// Returns the statuses in a JSON result, by id.
fn statuses(outcome: &Outcome) -> Vec<(String, String)> {
    let result: Value =
        serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("json: {}", outcome.err));
    let tests = result["tests"].as_array().expect("tests");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut all: Vec<_> = tests
        .iter()
        .map(|test| (text(&test["id"]), text(&test["status"])))
        .collect();
    all.sort();
    all
}

fn names(statuses: &[(String, String)]) -> Vec<(&str, &str)> {
    statuses
        .iter()
        .map(|(id, status)| (id.as_str(), status.as_str()))
        .collect()
}

#[test]
fn what_failed_last_time_can_be_run_first() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    bed.script("s/z.sh", "exit 1");
    bed.process(&["run", "--stack", "plain", "-j1"]);
    let again = bed.process(&["run", "--stack", "plain", "-j1", "--ff", "--format", "jsonl"]);
    let events = again
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("json"));
    let started = events.filter(|event: &Value| event["kind"] == "attempt_started");
    let ids: Vec<Value> = started.map(|event| event["id"].clone()).collect();
    assert_eq!(ids, ["s::z", "s::a"]);
}

#[test]
fn each_script_ends_in_its_status() {
    let bed = suite();
    let outcome = bed.process(&[
        "run",
        "--format",
        "json",
        "--retries",
        "1",
        "--junit",
        "ci/junit.xml",
    ]);
    assert_eq!(outcome.exit, Exit::Failed);
    assert_eq!(
        names(&statuses(&outcome)),
        [
            ("s::fails", "failed"),
            ("s::flakes", "flaky"),
            ("s::hangs", "timeout"),
            ("s::leaks", "failed"),
            ("s::passes", "passed"),
            ("s::skips", "skipped"),
        ]
    );
    let result: Value = serde_json::from_str(&outcome.out).expect("json");
    assert_eq!(result["summary"]["total"], 6);
    assert_eq!(result["stack"]["name"], "plain");
    let junit = std::fs::read_to_string(bed.cwd().join("ci/junit.xml")).expect("a report");
    for part in [
        "tests=\"6\"",
        "<flakyFailure",
        "no such feature",
        "name=\"stack\" value=\"plain\"",
    ] {
        assert!(junit.contains(part), "{part} in {junit}");
    }
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_runs() {
    let bed = suite();
    let outcome = bed.process(&["run", "passes", "--junit", "gkfs-bench.toml/junit.xml"]);
    assert_eq!((outcome.exit, outcome.out.as_str()), (Exit::Usage, ""));
    assert!(
        outcome.err.contains("gkfs-bench.toml/junit.xml: "),
        "{}",
        outcome.err
    );
}

#[test]
fn records_that_cannot_be_kept_are_named_with_a_way_out() {
    let bed = suite();
    let outcome = bed.process(&["run", "passes", "--base-temp", "gkfs-bench.toml/records"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(
        outcome.err.contains("gkfs-bench.toml/records") && outcome.err.contains("--base-temp"),
        "{}",
        outcome.err
    );
}

#[test]
fn people_see_what_failed_and_how_to_run_it_again() {
    let bed = suite();
    let outcome = bed.process(&["run", "s::fails", "s::passes"]);
    assert_eq!(outcome.exit, Exit::Failed);
    for part in [
        "✗ failed",
        "✓ passed",
        "s/fails.sh",
        "| said",
        "| wrong",
        "→ exit 3",
        "rerun      gkfs-bench run s::fails",
    ] {
        assert!(outcome.out.contains(part), "{part} in {}", outcome.out);
    }
    let shown = bed.run(&["show", "fails"]);
    assert!(shown.out.contains("→ exit 3"), "{}", shown.out);
    assert!(bed.run(&["runs"]).out.contains("1 failed, 1 passed"));
}

/// What a command line prints, pasted into a shell somewhere in the bed.
fn in_shell(bed: &Bed, cwd: &str, line: &str) -> String {
    let ours = bed.command(&[]);
    let program = ours.get_program().to_string_lossy().into_owned();
    let line = match line.strip_prefix("gkfs-bench ") {
        Some(words) => format!("{} {words}", shell_words::quote(&program)),
        None => line.to_owned(),
    };
    let mut shell = std::process::Command::new("sh");
    let vars = ours.get_envs().filter_map(|(name, value)| Some((name, value?)));
    shell.env_clear().envs(vars);
    shell.args(["-c", &line]).current_dir(bed.cwd().join(cwd));
    let done = shell.output().expect("sh");
    String::from_utf8(done.stdout).expect("utf-8")
}

#[test]
fn the_line_to_run_it_again_runs_the_same_wherever_it_was_read() {
    for stack in [
        ["--stack", "plain", "", ""],
        ["--bin-dir", "own", "--lib-dir", "own"],
    ] {
        let bed = suite();
        bed.process(&["stack", "install", "own"]);
        bed.write("elsewhere/not-a-suite", "");
        let stack = stack
            .map(str::to_owned)
            .into_iter()
            .filter(|word| !word.is_empty());
        let words: Vec<String> = stack
            .chain(["--base-temp", "my records"].map(str::to_owned))
            .collect();
        let said = shell_words::join(&words);
        let told = |text: &str| {
            let line = text
                .lines()
                .find_map(|line| line.trim_start().strip_prefix("rerun "));
            line.expect("a line to run it again").trim().to_owned()
        };
        let first = in_shell(&bed, "", &format!("gkfs-bench run {said} s::fails s::passes"));
        in_shell(&bed, "", &told(&first));
        for cwd in ["", "elsewhere"] {
            let records = bed.cwd().join("my records");
            let show = format!("gkfs-bench show fails --base-temp '{}'", records.display());
            in_shell(&bed, cwd, &told(&in_shell(&bed, cwd, &show)));
        }
        let runs = bed
            .run(&["runs", "--base-temp", "my records", "--format", "json"])
            .out;
        let runs: Value = serde_json::from_str(&runs).expect("json");
        let runs = runs.as_array().expect("runs");
        assert_eq!(runs.len(), 4, "{runs:?}");
        for again in &runs[..3] {
            assert_eq!(again["stack"], runs[3]["stack"]);
            assert_eq!(again["summary"]["total"], 1);
        }
    }
}

#[test]
fn words_select() {
    let bed = suite();
    let selected = |words: &[&str]| -> Vec<String> {
        let outcome = bed.process(&[&["run", "--format", "json"], words].concat());
        statuses(&outcome).into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(
        selected(&["-k", "passes or (skips and not s::p)"]),
        ["s::passes", "s::skips"]
    );
    assert_eq!(selected(&["-t", "slow", "--timeout", "100ms"]), ["s::hangs"]);
    assert_eq!(selected(&["s/passes.sh"]), ["s::passes"]);
    assert_eq!(selected(&["fails", "passes"]), ["s::fails", "s::passes"]);
    assert_eq!(selected(&["--lf"]), ["s::fails"]);
    assert_eq!(bed.process(&["run", "-k", "nothing"]).exit, Exit::NoTests);
    let unknown = bed.process(&["run", "s::fial"]);
    assert_eq!(unknown.exit, Exit::Usage);
    assert!(
        unknown.err.contains("the nearest is `s::fails`"),
        "{}",
        unknown.err
    );
}

#[test]
fn everything_passed_is_success_and_nothing_found_is_not() {
    let bed = suite();
    let outcome = bed.process(&["run", "passes", "--repeat", "3", "-q"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.err);
    assert!(outcome.out.contains("passed: 1 test in "), "{}", outcome.out);
    let empty = Bed::new();
    let outcome = empty.process(&["run", "--stack", "plain"]);
    assert_eq!(outcome.exit, Exit::NoTests);
    for part in ["no tests in [BED]/work", "`gkfs-bench init` begins one here"] {
        assert!(outcome.err.contains(part), "{}", outcome.err);
    }
}

#[test]
fn output_is_streamed_behind_its_test() {
    let outcome = suite().process(&["run", "-s", "fails"]);
    assert!(
        outcome.out.contains("s::fails | said\n") && outcome.out.contains("s::fails | wrong\n"),
        "{}",
        outcome.out
    );
}

#[test]
fn lists_name_tags_and_words_for_each_test() {
    let bed = suite();
    let outcome = bed.process(&["list"]);
    assert_eq!(outcome.exit, Exit::Passed);
    assert!(outcome.out.contains("s::hangs  [slow]"), "{}", outcome.out);
    assert!(outcome.out.contains("Writes and reads."), "{}", outcome.out);
    let list: Value =
        serde_json::from_str(&bed.process(&["list", "--format", "json", "-t", "slow"]).out).expect("json");
    assert_eq!(
        (&list["tests"][0]["id"], &list["tests"][1]),
        (&"s::hangs".into(), &Value::Null)
    );
    assert_eq!(list["groups"][0]["source"], "script");
}

/// Starts a run of the script that hangs, and waits until it does.
fn hanging(bed: &Bed) -> std::process::Child {
    let mut command = bed.command(&[
        "run",
        "--format",
        "jsonl",
        "--timeout",
        "60s",
        "hangs",
        "passes",
        "-j",
        "1",
    ]);
    let mut run = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let lines = BufReader::new(run.stdout.as_mut().expect("a pipe")).lines();
    let started = |line: &std::io::Result<String>| {
        line.as_ref()
            .is_ok_and(|line| line.contains("attempt_started") && line.contains("hangs"))
    };
    assert!(
        lines.into_iter().any(|line| started(&line)),
        "the test never started"
    );
    run
}

fn signal(run: &std::process::Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(run);
    rustix::process::kill_process(pid, signal).expect("the command runs");
}

fn end(mut run: std::process::Child) -> Option<i32> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        // The pipe must not fill up meanwhile.
        if let Some(status) = run.try_wait().expect("a child") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    run.kill().expect("a child");
    panic!("the run did not end");
}

#[test]
fn an_interrupted_run_says_so_and_exits_with_2() {
    for number in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let bed = suite();
        let run = hanging(&bed);
        signal(&run, number);
        assert_eq!(end(run), Some(2));
        let runs: Value = serde_json::from_str(&bed.run(&["runs", "--format", "json"]).out).expect("json");
        assert_eq!(runs[0]["state"], "interrupted");
    }
}

#[test]
fn a_killed_run_is_shown_as_killed_and_leaves_nothing() {
    let bed = suite();
    let mut run = hanging(&bed);
    run.kill().expect("a child");
    run.wait().expect("a child");
    let runs = bed.run(&["runs"]);
    assert!(runs.out.contains("killed"), "{}", runs.out);
    let deadline = Instant::now() + Duration::from_secs(10);
    let mark = bed
        .cwd()
        .join("s/hangs.sh")
        .into_os_string()
        .into_string()
        .expect("utf-8");
    while running(&mark) {
        assert!(Instant::now() < deadline, "{mark} outlived its runner");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process has `mark` in its command line.
fn running(mark: &str) -> bool {
    let entries = std::fs::read_dir("/proc").expect("procfs").flatten();
    entries
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|words| String::from_utf8_lossy(&words).contains(mark))
}
