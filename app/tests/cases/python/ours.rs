//! Under our runner, by the suite file and by the command line.

use std::fs;

use serde_json::Value;

use super::Suite;

impl Suite {
    /// The suite run by our own runner: its result as JSON.
    fn run_by_us(&self, words: &[&str]) -> Value {
        let mut command = self.bed.command(&["run", "--format", "json", "--base-temp"]);
        command.arg(self.temp()).args(words).arg(&self.dir);
        let done = command.output().expect("the command starts");
        let result = serde_json::from_slice(&done.stdout);
        result.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&done.stderr)))
    }
}

/// What a test ended as, by a part of its id.
fn status<'a>(result: &'a Value, part: &str) -> &'a str {
    let tests = result["tests"].as_array().expect("tests");
    let is_it = |test: &&Value| test["id"].as_str().is_some_and(|id| id.contains(part));
    let test = tests.iter().find(is_it);
    test.and_then(|test| test["status"].as_str())
        .unwrap_or("not there")
}

#[test]
fn the_suite_file_says_whose_fixtures_a_group_gets() {
    let Some(suite) = Suite::of("sample-tests/python") else {
        return;
    };
    let result = suite.run_by_us(&["--stack", "embedded"]);
    let count = |what: &str| result["summary"][what].as_u64().expect("a number");
    assert_eq!(count("passed") + count("skipped"), count("total"), "{result:#}");
    // Those that need a view of the whole file system, or a FUSE mount, skip where there is none, with the reason.
    let has_views = !result.to_string().contains("no permission to mount");
    let has_fuse = status(&result, "test_fake_fuse.py::test_other_programs") == "passed";
    if has_views && has_fuse {
        assert_eq!(count("skipped"), 2, "{result:#}");
    }
    assert!(count("passed") >= 16, "{result:#}");
    assert_eq!(
        status(&result, "documentation::test_directories.py::test_mkdir"),
        "passed"
    );
}

#[test]
fn so_does_the_command_line_and_each_test_ends_as_it_should() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let result = suite.run_by_us(&["--stack", "embedded", "--harness", "ours"]);
    for (part, expected) in [
        ("test_passes", "passed"),
        ("test_daemon_dies", "failed"),
        ("test_after_it", "passed"),
        ("test_differs", "passed"),
        ("test_fails", "failed"),
        ("test_is_expected_to_fail", "skipped"),
        ("test_uses_what_has_ended", "passed"),
    ] {
        assert_eq!(status(&result, part), expected, "{part}: {result:#}");
    }
    assert_eq!(
        result["summary"]["failed"], 2,
        "nothing was left behind: {result:#}"
    );
    let runs = suite.temp().join("runs/last/tests/outcomes");
    let tests = fs::read_dir(runs).expect("the record").flatten();
    let mut dirs = tests.map(|entry| entry.path().join("attempt-1"));
    let differs = dirs.find(|dir| dir.to_string_lossy().contains("test_differs"));
    let differs = differs.expect("its attempt");
    for workspace in ["workspace", "workspace-session"] {
        assert!(
            differs.join(workspace).join("logs/gkfs_client.log").exists(),
            "{workspace}"
        );
    }
    let steps = fs::read_to_string(differs.join("steps.jsonl")).expect("steps");
    assert!(
        steps.contains("run again with a process for each operation"),
        "{steps}"
    );
    let output = fs::read_to_string(differs.join("stderr.log")).expect("output");
    assert!(
        output.contains("passed with a process for each operation, but failed in a session"),
        "{output}"
    );
}
