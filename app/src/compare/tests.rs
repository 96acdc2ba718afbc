//! Attempts in, differences out.

use std::fs;

use super::*;

/// Two attempts with these outputs.
fn pair(left: &str, right: &str) -> (tempfile::TempDir, Comparison) {
    pair_within(left, right, Limits::default())
}

fn pair_within(left: &str, right: &str, limits: Limits) -> (tempfile::TempDir, Comparison) {
    let dir = tempfile::tempdir().expect("temporary directory");
    for (name, text) in [("a", left), ("b", right)] {
        let logs = dir.path().join(name).join("workspace/logs");
        fs::create_dir_all(&logs).expect("directories");
        fs::write(logs.join("gkfs_daemon.log"), text).expect("write");
    }
    let comparison = attempts(&dir.path().join("a"), &dir.path().join("b"), limits);
    (dir, comparison)
}

fn told(log: &LogDiff) -> Vec<String> {
    let side = |line: &Option<Line>| line.as_ref().map_or("-".to_owned(), |line| line.text.clone());
    log.rows
        .iter()
        .map(|row| match row {
            Row::Same(line, other) => format!("{}={other} {}", line.number, line.text),
            Row::Differ(left, right) => format!("{} | {}", side(left), side(right)),
            Row::Skipped(lines) => format!("… {lines}"),
        })
        .collect()
}

#[test]
fn only_what_differs_in_kind_is_a_difference() {
    let log = |time: &str, pid: u32, last: &str| {
        let lines: Vec<String> = (0..10)
            .map(|line| format!("[{time}] {pid} [I][main] line {line}"))
            .collect();
        format!("{}\n[{time}] {pid} {last}\nend\n", lines.join("\n"))
    };
    let left = log("26-11-22 03:05:47.251574", 6320, "ok");
    let right = log("26-11-22 04:06:48.300000", 7111, "failed");
    let (_dir, comparison) = pair(&left, &right);
    let [log, tree] = comparison.logs.as_slice() else {
        panic!("a log and the workspace: {comparison:?}");
    };
    assert_eq!((tree.name.as_str(), tree.first), ("workspace", None));
    let rows = told(log);
    assert_eq!(rows[0], "… 7");
    assert_eq!(rows[4], "<time> <pid> ok | <time> <pid> failed");
    assert_eq!(rows[5], "12=12 end");
    assert_eq!((log.first, comparison.first()), (Some(4), Some(0)));
    let (_dir, same) = pair(&left, &left.replace("6320", "9"));
    assert_eq!(
        (same.first(), told(&same.logs[0])),
        (None, vec!["… 12".to_owned()])
    );
}

#[test]
fn lines_that_only_one_has_stand_alone() {
    let (_dir, comparison) = pair("a\nb\nc\n", "a\nc\nd\n");
    assert_eq!(told(&comparison.logs[0]), ["1=1 a", "b | -", "3=2 c", "- | d"]);
}

#[test]
fn a_log_that_one_does_not_have_is_told() {
    let dir = tempfile::tempdir().expect("temporary directory");
    for name in ["a", "b"] {
        fs::create_dir(dir.path().join(name)).expect("a directory");
    }
    fs::write(dir.path().join("a/stdout.log"), "x\n").expect("write");
    let comparison = attempts(&dir.path().join("a"), &dir.path().join("b"), Limits::default());
    let [log] = comparison.logs.as_slice() else {
        panic!("one log: {comparison:?}");
    };
    assert_eq!(
        (log.name.as_str(), told(log)),
        ("stdout.log", vec!["x | -".to_owned()])
    );
    assert_eq!(log.limits, ["right: there is no such log"]);
}

#[test]
fn of_a_long_log_only_the_beginning_is_compared_and_that_is_told() {
    let text = "0123456789\n".repeat(1000);
    let limits = Limits {
        bytes: 1005,
        ..Limits::default()
    };
    let (_dir, comparison) = pair_within(&text, &format!("{text}more\n"), limits);
    let log = &comparison.logs[0];
    assert_eq!(told(log), ["… 91"]);
    assert_eq!(
        log.limits,
        [
            "left: the first 0.0 MiB of 0.0",
            "right: the first 0.0 MiB of 0.0"
        ]
    );
}

#[test]
fn a_pipe_in_the_place_of_a_log_is_not_waited_for() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let logs = dir.path().join("workspace/logs");
    fs::create_dir_all(&logs).expect("directories");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        logs.join("gkfs_client.log"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .expect("a pipe");
    let names: Vec<String> = attempts(dir.path(), dir.path(), Limits::default())
        .logs
        .into_iter()
        .map(|log| log.name)
        .collect();
    // What files there are is looked at without opening any.
    assert_eq!(names, ["workspace"]);
}

#[test]
fn a_pass_is_compared_with_a_failure() {
    let attempt = |dir: &str, passed: bool| (PathBuf::from(dir), passed);
    let all = [
        attempt("1", false),
        attempt("2", true),
        attempt("3", true),
        attempt("4", false),
    ];
    assert_eq!(telling(&all), Some(("2".into(), "1".into())));
    assert_eq!(telling(&all[1..3]), None);
}

#[test]
fn files_that_only_one_attempt_has_are_a_difference() {
    let dir = tempfile::tempdir().expect("temporary directory");
    for (name, bytes) in [("a", 3), ("b", 5)] {
        let chunk = dir.path().join(name).join("workspace/root/chunks/top:f");
        fs::create_dir_all(&chunk).expect("directories");
        fs::write(chunk.join("0"), vec![0; bytes]).expect("write");
        fs::write(chunk.join(name), "x").expect("write");
    }
    let comparison = attempts(&dir.path().join("a"), &dir.path().join("b"), Limits::default());
    let tree = comparison.logs.last().expect("the workspace");
    let rows = told(tree).join("\n");
    assert!(
        rows.contains("root/chunks/top:f/0  3 bytes | root/chunks/top:f/0  5 bytes"),
        "{rows}"
    );
    assert!(
        rows.contains("root/chunks/top:f/a  1 bytes | -")
            && rows.contains("- | root/chunks/top:f/b  1 bytes"),
        "{rows}"
    );
}

/// Two attempts at a test that makes a directory; the second one fails an assertion, and differs in what is given.
fn failing(reply: &str, daemon: &str) -> Comparison {
    let dir = tempfile::tempdir().expect("temporary directory");
    for (name, reply, daemon, assert) in [("a", "0", "created", ""), ("b", reply, daemon, "assert")] {
        let attempt = dir.path().join(name);
        fs::create_dir_all(attempt.join("workspace/logs")).expect("directories");
        let mut steps = format!(
            "{{\"v\":1,\"n\":\"1.1\",\"ph\":\"i\",\"ts\":1,\"mono\":1,\"kind\":\"op\",\"op\":\"mkdir\",\"reply\":{{\"retval\":{reply}}}}}\n"
        );
        if !assert.is_empty() {
            steps.push_str(
                "{\"v\":1,\"n\":\"1.2\",\"ph\":\"i\",\"ts\":2,\"mono\":2,\"kind\":\"assert\",\"ok\":false,\"message\":\"no\"}\n",
            );
            fs::write(attempt.join("stderr.log"), "panicked at no\n").expect("write");
        }
        fs::write(attempt.join("steps.jsonl"), steps).expect("write");
        fs::write(
            attempt.join("workspace/logs/gkfs_daemon.log"),
            format!("ready\n{daemon}\n"),
        )
        .expect("write");
    }
    attempts(&dir.path().join("a"), &dir.path().join("b"), Limits::default())
}

#[test]
fn the_verdict_is_no_cause_and_what_was_done_goes_before_what_was_logged() {
    let first = |reply: &str, daemon: &str| {
        let comparison = failing(reply, daemon);
        comparison.first().map(|at| comparison.logs[at].name.clone())
    };
    assert_eq!(
        first("0", "created").as_deref(),
        Some("steps.jsonl"),
        "there is only the assertion"
    );
    assert_eq!(
        first("0", "stale").as_deref(),
        Some("workspace/logs/gkfs_daemon.log")
    );
    assert_eq!(first("-1", "stale").as_deref(), Some("steps.jsonl"));
}
