//! The sample suite, run as its users run it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Runs part of the sample suite with the records elsewhere; returns exit status and JSON result.
fn run(words: &[&str]) -> (Option<i32>, Value) {
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("app lies in the workspace");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkfs-bench"));
    command
        .current_dir(root)
        .args(["run", "--base-temp"])
        .arg(records.path())
        .args(words);
    // Cargo needs this machine's environment; a stack or a runner around these tests is none of theirs.
    for (name, _) in std::env::vars_os() {
        if ["GKFS_", "LIBGKFS_"]
            .iter()
            .any(|ours| name.to_string_lossy().starts_with(ours))
        {
            command.env_remove(name);
        }
    }
    command.output().expect("the command starts")
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
