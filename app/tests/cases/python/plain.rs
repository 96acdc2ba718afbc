//! Under plain pytest: the samples, and what each test ends as.

use serde_json::Value;

use super::Suite;

#[test]
fn the_documentations_examples_pass_word_for_word() {
    let Some(suite) = Suite::of("sample-tests/python/documentation") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success(), "{text}");
    for test in [
        "test_mkdir",
        "test_foobar",
        "test_cp",
        "test_shell_if_e",
        "test_shell_stat_script",
    ] {
        let passed = format!("::{test}[gkfs_daemon_rocksdb] PASSED");
        assert!(text.contains(&passed), "{test}: {text}");
    }
    assert!(!text.contains("SKIPPED") && !text.contains("warning"), "{text}");
}

#[test]
fn tests_that_know_nothing_of_us_pass_beside_it() {
    let Some(suite) = Suite::of("sample-tests/python/plain") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success(), "{text}");
    assert!(text.contains("7 passed, 1 skipped, 1 xfailed"), "{text}");
}

#[test]
fn each_test_ends_as_it_should() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert_eq!(done.status.code(), Some(1), "{text}");
    assert!(
        text.contains("1 failed, 12 passed, 1 xfailed, 1 warning, 1 error"),
        "{text}"
    );
    // Its own error, though the next test ran while it was found out.
    assert!(
        text.contains("ERROR test_outcomes.py::test_daemon_dies[gkfs_daemon_rocksdb]"),
        "{text}"
    );
    assert!(
        text.contains("the daemon died, though nobody asked it to"),
        "{text}"
    );
    assert!(
        text.contains("FAILED test_outcomes.py::test_fails[gkfs_daemon_rocksdb]"),
        "{text}"
    );
    assert!(text.contains("as it did in a session"), "{text}");
    let other =
        "OtherVerdict: passed with a process for each operation, but failed in a session: assert 1 == 2";
    assert!(text.contains(other), "{text}");
    let via = |run| -> Vec<String> {
        let steps = suite.steps("test_differs", run);
        let via = steps.iter().filter_map(|step| step["via"].as_str());
        via.map(str::to_owned).collect()
    };
    assert_eq!(via(0), ["session"]);
    assert_eq!(via(1), ["process"]);
    let words = suite.steps("test_passes", 0);
    let words: Vec<_> = words.iter().filter(|step| step["kind"] == "log").collect();
    assert_eq!(words[0]["text"], "made top");
}

#[test]
fn the_next_tests_daemon_is_started_meanwhile() {
    let Some(suite) = Suite::of("app/tests/data/python/ahead") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success() && text.contains("4 passed"), "{text}");
    let time = |steps: &[Value], kind: &str, phase: &str| {
        let step = steps
            .iter()
            .find(|step| step["kind"] == kind && step["ph"] == phase);
        step.and_then(|step| step["ts"].as_i64()).expect("the step")
    };
    let (first, second) = (suite.steps("test_first", 0), suite.steps("test_second", 0));
    assert!(time(&second, "daemon", "b") < time(&first, "log", "i"));
    assert!(time(&second, "op", "b") > time(&first, "log", "i"));
    // Two: one for the environment that was expected, one for that which came.
    assert!(!suite.steps("test_third", 1).is_empty());
    assert!(suite.temp().read_dir().expect("tests").flatten().count() >= 5);
}

#[test]
fn operations_have_a_process_each_on_request() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let (done, text) = suite.run(&["--ops", "process", "-k", "test_passes or test_differs"]);
    assert_eq!(
        done.status.code(),
        Some(1),
        "nobody gives a second opinion: {text}"
    );
    assert!(
        text.contains("1 failed, 1 passed") && text.contains("operations by process"),
        "{text}"
    );
    let steps = suite.steps("test_passes", 0);
    let via: Vec<_> = steps.iter().filter_map(|step| step["via"].as_str()).collect();
    assert!(
        via.len() > 4 && via.iter().all(|via| *via == "process"),
        "{via:?}"
    );
}

#[test]
fn fixtures_of_ones_own_are_made_from_the_classes() {
    let Some(suite) = Suite::of("app/tests/data/python/own_conftest") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success() && text.contains("2 passed"), "{text}");
}
