//! What is missing, and what is left when Python is killed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Suite, said};

#[test]
fn a_plain_stack_skips_what_needs_a_daemon() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let (done, text) = said(
        suite
            .pytest(&["-k", "restarted"])
            .env("GKFS_BENCH_STACK", "plain"),
    );
    assert!(done.status.success() && text.contains("1 skipped"), "{text}");
    assert!(text.contains("the plain stack has no daemon to kill"), "{text}");
}

#[test]
fn without_the_program_the_way_out_is_named() {
    let Some(suite) = Suite::of("sample-tests/python/documentation") else {
        return;
    };
    let mut pytest = suite.pytest(&["-k", "test_mkdir"]);
    // Python itself must be found still, whoever else lies beside it.
    let (done, text) = said(pytest.env_remove("GKFS_BENCH_EXE").env("PATH", "/nowhere"));
    assert_eq!(done.status.code(), Some(1), "{text}");
    assert!(text.contains("there is no gkfs-bench on PATH"), "{text}");
    assert!(
        text.contains("hint: install it, or run the tests with `gkfs-bench run`"),
        "{text}"
    );
    let (_, text) = said(
        suite
            .pytest(&["-k", "test_mkdir"])
            .env("GKFS_BENCH_EXE", "/bin/false"),
    );
    assert!(text.contains("`gkfs-bench channel` has died"), "{text}");
}

/// One that has ended may stay a zombie for as long as the machine's first process does not reap it.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    // The name before the state, in parentheses, may hold anything.
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn nothing_outlives_a_python_that_is_killed() {
    let Some(suite) = Suite::of("app/tests/data/python/hangs") else {
        return;
    };
    let note = suite.bed.root().join("note");
    let mut python = suite.pytest(&[]);
    python
        .env("NOTE", &note)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut python = python.spawn().expect("pytest starts");
    let deadline = Instant::now() + Duration::from_secs(120);
    while !note.exists() {
        assert!(Instant::now() < deadline, "the test does not come to its end");
        std::thread::sleep(Duration::from_millis(10));
    }
    python.kill().expect("it runs");
    python.wait().expect("it was ours");
    let started = fs::read_to_string(note).expect("a note");
    let pids: Vec<&str> = started.split_whitespace().collect();
    assert_eq!(
        pids.len(),
        2,
        "a daemon, and what a script left in the background: {started}"
    );
    for pid in pids {
        while is_alive(pid) {
            assert!(Instant::now() < deadline, "{pid} lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
