//! Ending a run early, gently and not.

use gkfs_runner::record::Shown;
use gkfs_runner::{CancelKind, EventKind, RunHandle};

use crate::bed::{Bed, end, eventually, is_alive, pid_in};

/// A first test that says its pid and hangs, and a second one behind it.
async fn hanging(code: &str) -> (Bed, RunHandle, u32) {
    let bed = Bed::new();
    bed.script("a", &format!("echo $$ > $HERE/pid; {code}"));
    bed.script("b", "true");
    let handle = bed.start(bed.settings()).await;
    let pid = pid_in(&bed.path("pid")).await;
    (bed, handle, pid)
}

#[tokio::test]
async fn stopping_asks_the_running_tests_and_starts_no_other() {
    let (_bed, handle, pid) = hanging("exec sleep 300").await;
    handle.cancel(CancelKind::Stop, "interrupted");
    let ended = end(handle).await;
    assert!(!is_alive(pid));
    let outcome = &ended.outcome;
    assert_eq!(
        (
            outcome.summary.total,
            outcome.not_run,
            outcome.exit_code,
            outcome.cancelled
        ),
        (0, 2, 2, true)
    );
    assert_eq!(ended.record.shown(), Shown::Interrupted);
    let cancelled = |kind: &EventKind| matches!(kind, EventKind::Cancel { why } if why == "interrupted");
    assert_eq!(ended.count(cancelled), 1);
}

#[tokio::test]
async fn killing_does_not_wait_for_the_grace() {
    let (bed, handle, pid) = hanging("trap '' TERM; while :; do sleep 1; done").await;
    drop(handle);
    // Dropping the handle ends nothing.
    assert!(is_alive(pid));
    let mut settings = bed.settings();
    settings.grace = std::time::Duration::from_secs(3600);
    std::fs::remove_file(bed.path("pid")).unwrap();
    let handle = bed.start(settings).await;
    let second = pid_in(&bed.path("pid")).await;
    handle.cancel(CancelKind::Stop, "once");
    handle.cancel(CancelKind::Kill, "twice");
    let ended = end(handle).await;
    assert!(!is_alive(second));
    assert_eq!(ended.count(|kind| matches!(kind, EventKind::Cancel { .. })), 2);
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid as i32).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    eventually("the first run's test is reaped", || !is_alive(pid)).await;
}

#[tokio::test]
async fn draining_lets_the_running_tests_finish() {
    let (bed, handle, _) = hanging("while ! [ -e $HERE/go ]; do sleep 0.01; done").await;
    handle.cancel(CancelKind::Drain, "enough");
    std::fs::write(bed.path("go"), "").unwrap();
    let ended = end(handle).await;
    assert_eq!(
        (
            ended.outcome.summary.passed,
            ended.outcome.not_run,
            ended.outcome.exit_code
        ),
        (1, 1, 2)
    );
}

#[tokio::test]
async fn one_test_can_be_stopped_while_the_others_go_on() {
    let bed = Bed::new();
    bed.script("a", "echo $$ > $HERE/pid; exec sleep 300");
    bed.script("b", "while ! [ -e $HERE/go ]; do sleep 0.01; done");
    bed.script("c", "true");
    bed.script("d", "true");
    let mut settings = bed.settings();
    settings.jobs = std::num::NonZeroUsize::new(2).unwrap();
    settings.retries = 3;
    let handle = bed.start(settings).await;
    let pid = pid_in(&bed.path("pid")).await;
    // One runs, one waits; nobody knows the third.
    for id in ["g::a", "g::d", "g::nobody"] {
        handle.cancel_test(id, "asked to stop it");
    }
    eventually("the first test has ended", || !is_alive(pid)).await;
    std::fs::write(bed.path("go"), "").unwrap();
    let ended = end(handle).await;
    let outcome = &ended.outcome;
    assert_eq!(
        (outcome.summary.passed, outcome.summary.total, outcome.not_run),
        (2, 2, 2)
    );
    assert_eq!((outcome.exit_code, outcome.cancelled), (2, false));
    for id in ["g::a", "g::d"] {
        let said = |kind: &EventKind| matches!(kind, EventKind::TestCancelled { id: its, .. } if its == id);
        assert_eq!(ended.count(said), 1, "{id}");
    }
    assert_eq!(
        ended.count(|kind| matches!(kind, EventKind::AttemptStarted { id, .. } if id == "g::d")),
        0
    );
    assert_eq!(ended.count(|kind| matches!(kind, EventKind::Cancel { .. })), 0);
}

#[tokio::test]
async fn a_test_told_twice_to_stop_is_killed() {
    let (bed, first, _) = hanging("exec sleep 300").await;
    first.cancel(CancelKind::Kill, "enough");
    end(first).await;
    std::fs::remove_file(bed.path("pid")).unwrap();
    bed.script(
        "a",
        "echo $$ > $HERE/pid; trap '' TERM; while :; do sleep 1; done",
    );
    let mut settings = bed.settings();
    settings.grace = std::time::Duration::from_secs(3600);
    let handle = bed.start(settings).await;
    let pid = pid_in(&bed.path("pid")).await;
    handle.cancel_test("g::a", "once");
    handle.cancel_test("g::a", "twice");
    let ended = end(handle).await;
    assert!(!is_alive(pid));
    assert_eq!((ended.outcome.summary.passed, ended.outcome.not_run), (1, 1));
}
