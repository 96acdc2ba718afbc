//! The sample suite, run as its users run it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::terminal::DEADLINE;

/// Runs part of the sample suite with the records elsewhere; returns exit status and JSON result.
pub(crate) fn run(words: &[&str]) -> (Option<i32>, Value) {
    let done = output(&[&["--format", "json"], words].concat());
    let result = serde_json::from_slice(&done.stdout);
    let result = result.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&done.stderr)));
    (done.status.code(), result)
}

/// Each run builds the same programs and takes the whole machine: one at a time.
static RUNNING: Mutex<()> = Mutex::new(());

fn output(words: &[&str]) -> std::process::Output {
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let records = tempfile::tempdir().expect("a temporary directory");
    let words = [&["run"], words].concat();
    command(records.path(), &words)
        .output()
        .expect("the command starts")
}

/// The command in the checkout, with the records elsewhere.
fn command(records: &Path, words: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("app lies in the workspace");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkfs-bench"));
    command
        .current_dir(root)
        .args(words)
        .arg("--base-temp")
        .arg(records)
        .stdin(Stdio::null());
    // Cargo needs this machine's environment; a stack or a runner around these tests is none of theirs.
    for (name, _) in std::env::vars_os() {
        if ["GKFS_", "LIBGKFS_"]
            .iter()
            .any(|ours| name.to_string_lossy().starts_with(ours))
        {
            command.env_remove(name);
        }
    }
    command
}

fn text<'a>(test: &'a Value, field: &str) -> &'a str {
    test[field].as_str().unwrap_or_default()
}

#[test]
fn every_default_sample_passes_on_the_embedded_stack() {
    let (exit, result) = run(&["sample-tests"]);
    let tests = result["tests"].as_array().expect("tests");
    let bad: Vec<&Value> = tests
        .iter()
        .filter(|test| !["passed", "skipped"].contains(&text(test, "status")))
        .collect();
    assert!(bad.is_empty() && exit == Some(0), "{bad:#?}");
    let groups: std::collections::BTreeSet<&str> = tests.iter().map(|test| text(test, "group")).collect();
    assert!(
        tests.len() >= 60 && groups.len() >= 9,
        "{} tests in {groups:?}",
        tests.len()
    );
    assert_eq!(result["stack"]["name"], "embedded");
    for skipped in tests.iter().filter(|test| text(test, "status") == "skipped") {
        println!("SKIP {}: {}", text(skipped, "id"), text(skipped, "reason"));
    }
}

#[test]
fn each_showcase_test_ends_in_exactly_its_status() {
    let (exit, result) = run(&["sample-tests/showcase", "--retries", "1"]);
    let tests = result["tests"].as_array().expect("tests");
    let ends: BTreeMap<&str, &str> = tests
        .iter()
        .map(|test| {
            (
                text(test, "id").trim_start_matches("showcase::"),
                text(test, "status"),
            )
        })
        .collect();
    if ends.get("passes") == Some(&"skipped") {
        println!(
            "SKIP: the embedded stack does not run here: {}",
            text(&tests[0], "reason")
        );
        return;
    }
    let expected = [
        ("passes", "passed"),
        ("fails", "failed"),
        ("times_out", "timeout"),
        ("leaks", "failed"),
        ("crashes_its_daemon", "failed"),
        ("flakes", "flaky"),
        ("skips", "skipped"),
        ("cannot_be_set_up", "error"),
        (
            "changes_too_much",
            if ends.get("changes_too_much") == Some(&"skipped") {
                "skipped"
            } else {
                "failed"
            },
        ),
    ];
    assert_eq!(ends, expected.into());
    assert_eq!(exit, Some(1));
    let reason = |name: &str| {
        let test = tests
            .iter()
            .find(|test| text(test, "id").ends_with(name))
            .expect("a test");
        text(test, "reason").to_owned()
    };
    assert!(reason("leaks").contains("sleep 1000"), "{}", reason("leaks"));
    assert!(
        reason("crashes_its_daemon").contains("daemon"),
        "{}",
        reason("crashes_its_daemon")
    );
}

/// Runs the command to its end: its status, and all that it said.
fn said(records: &Path, words: &[&str]) -> (Option<i32>, String) {
    let done = command(records, words).output().expect("the command starts");
    let text = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (done.status.code(), text.concat())
}

/// Whether the embedded stack runs here; else it is said why not.
fn runs_here() -> bool {
    let (_, result) = run(&["sample-tests", "showcase::passes"]);
    let test = &result["tests"][0];
    let runs = text(test, "status") == "passed";
    if !runs {
        println!(
            "SKIP: the embedded stack does not run here: {}",
            text(test, "reason")
        );
        assert_eq!(text(test, "status"), "skipped");
    }
    runs
}

#[test]
fn what_happened_in_the_showcase_can_be_looked_at_in_every_way() {
    if !runs_here() {
        return;
    }
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let records = dir.path();
    let (_, text) = said(
        records,
        &[
            "run",
            "sample-tests/showcase",
            "--retries",
            "1",
            "--durations",
            "3",
        ],
    );
    assert!(text.contains("\nslowest 3\n"), "{text}");
    let capsule = records.join("run.capsule");
    let capsule = capsule.to_str().expect("utf-8");
    let look = "with-client ls $MNT; with-client mkdir $MNT/more && with-client ls $MNT";
    for (words, status, parts) in [
        (
            &["show", "showcase::fails"][..],
            0,
            &["made a second time", "mkdir(pathname=mnt/dir"][..],
        ),
        (
            &["logs", "showcase::fails", "--source", "daemon"],
            0,
            &["Sending output err '17'"],
        ),
        (
            &["diff", "showcase::flakes"],
            1,
            &["attempt-2\n+++ ", "the first attempt fails"],
        ),
        (
            &["shell", "showcase::fails", "-c", look],
            0,
            &["dir\ndir\nmore\n"],
        ),
        (&["history", "showcase::flakes"], 0, &["flaky"]),
        (&["pack", "--failed", "-o", capsule], 0, &["run.capsule: run "]),
        (
            &["show", "showcase::fails", "--run", capsule],
            0,
            &["made a second time"],
        ),
        (
            &["logs", "showcase::fails", "--run", capsule],
            0,
            &["Sending output err '17'"],
        ),
    ] {
        let (exit, text) = said(records, words);
        assert_eq!(exit, Some(status), "{words:?}: {text}");
        for part in parts {
            assert!(text.contains(part), "{words:?}: no {part} in {text}");
        }
    }
}

#[test]
fn a_failure_of_the_showcase_is_held_and_its_file_system_looked_at() {
    // What has to be built takes its time, and is not what is waited for below.
    if !runs_here() {
        return;
    }
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let records = dir.path();
    let mut run = command(records, &["run", "sample-tests", "showcase::fails", "--hold"]);
    let mut run = run
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let events = records.join("runs/last/events.jsonl");
    let has = |kind: &str| std::fs::read_to_string(&events).is_ok_and(|text| text.contains(kind));
    let began = Instant::now();
    while !has("\"attempt_held\"") && run.try_wait().expect("a child").is_none() {
        assert!(began.elapsed() < DEADLINE, "it is neither held nor over");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(has("\"attempt_held\""), "it is over, and was not held");
    let (exit, text) = said(
        records,
        &["shell", "showcase::fails", "-c", "with-client ls $MNT"],
    );
    assert_eq!((exit, text.as_str()), (Some(0), "dir\n"));
    let (exit, text) = said(records, &["continue", "showcase::fails"]);
    assert_eq!((exit, text.as_str()), (Some(0), "showcase::fails goes on\n"));
    assert_eq!(run.wait().expect("a child").code(), Some(1));
}

#[test]
fn the_daemon_that_the_showcase_crashes_is_told_of_first() {
    if !crate::cases::crash::tells_stacks() {
        return;
    }
    const HEADING: &str = "✗ failed showcase::crashes_its_daemon in ";
    let done = output(&["sample-tests", "showcase::crashes_its_daemon"]);
    let [out, err] = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let (_, story) = out
        .split_once(HEADING)
        .unwrap_or_else(|| panic!("no such failure in:\n{out}{err}"));
    let lines: Vec<&str> = story.lines().skip(1).collect();
    assert!(
        lines[0].contains("crash daemon 0 was ended by SIGABRT (6)")
            && lines[1].trim_start().starts_with("#0"),
        "{out}"
    );
    assert!(out.contains("core: cores/gkfs_daemon."), "{out}");
}
