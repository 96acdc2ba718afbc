//! How a test ends, and what that is called.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use gkfs_runner::event::SourceKind;
use gkfs_runner::{EventKind, RunSettings};

use crate::bed::Bed;

async fn verdict(code: &str) -> (&'static str, String) {
    Bed::with(code).run().await.verdict()
}

/// What a harness writes, from a shell.
fn step(json: &str) -> String {
    format!("printf '%s\\n' '{json}' >> \"$GKFS_BENCH_ATTEMPT_DIR/steps.jsonl\"\n")
}

#[tokio::test]
async fn exit_status_0_passes_and_outputs_are_files() {
    let ended = Bed::with("echo out; echo err >&2; cat").run().await;
    assert_eq!(ended.verdict(), ("passed", String::new()));
    assert_eq!(
        (ended.file(1, "stdout.log"), ended.file(1, "stderr.log")),
        ("out\n".into(), "err\n".into())
    );
    assert_eq!(
        (
            ended.outcome.exit_code,
            ended.outcome.summary.passed,
            ended.outcome.summary.total
        ),
        (0, 1, 1)
    );
}

#[tokio::test]
async fn another_exit_status_fails_with_the_last_words() {
    let ended = Bed::with("echo too bad >&2; exit 3").run().await;
    assert_eq!(ended.verdict(), ("failed", "too bad".into()));
    assert_eq!(ended.test().attempts[0].end.as_ref().unwrap().exit, Some(3));
    assert_eq!(ended.outcome.exit_code, 1);
    assert_eq!(verdict("exit 3").await, ("failed", "exit status 3".into()));
}

#[tokio::test]
async fn a_crash_names_its_signal() {
    let ended = Bed::with("ulimit -c 0; kill -SEGV $$").run().await;
    assert_eq!(ended.verdict(), ("failed", "killed by SIGSEGV (11)".into()));
    assert_eq!(ended.test().attempts[0].end.as_ref().unwrap().signal, Some(11));
}

#[tokio::test]
async fn a_skip_step_skips_with_its_reason() {
    let code = step(r#"{"kind":"skip","ph":"i","reason":"no overlay here"}"#);
    assert_eq!(verdict(&code).await, ("skipped", "no overlay here".into()));
    assert_eq!(verdict(&(code + "exit 1")).await.0, "failed");
}

#[tokio::test]
async fn a_failed_fixture_is_an_error() {
    let begin = step(r#"{"kind":"fixture","ph":"b","n":"1.1","name":"daemon","phase":"setup"}"#);
    let end = step(r#"{"kind":"fixture","ph":"e","n":"1.1","ok":true}"#);
    assert_eq!(
        verdict(&format!("{begin}exit 1")).await,
        ("error", "setup of fixture `daemon` failed".into())
    );
    assert_eq!(
        verdict(&format!("{begin}{end}exit 1")).await,
        ("failed", "exit status 1".into())
    );
}

#[tokio::test]
async fn a_daemon_that_died_fails_what_exited_0() {
    let code = step(r#"{"kind":"daemon","ph":"b","n":"1.1","index":0}"#)
        + &step(r#"{"kind":"daemon","ph":"e","n":"1.1","outcome":"died","signal":6}"#);
    assert_eq!(
        verdict(&code).await,
        ("failed", "daemon 0 died unbidden by SIGABRT (6)".into())
    );
}

#[tokio::test]
async fn a_test_is_told_who_it_is_and_has_no_terminal() {
    let code =
        "test -z \"$LD_PRELOAD\" || exit 9\nenv | grep ^GKFS_BENCH_ | sort\nread line && exit 8\nexit 0";
    let ended = Bed::with(code).run().await;
    assert_eq!(ended.verdict(), ("passed", String::new()));
    let said = ended.file(1, "stdout.log");
    let value = |name: &str| {
        said.lines()
            .find_map(|line| line.strip_prefix(&format!("GKFS_BENCH_{name}=")))
            .unwrap()
    };
    assert_eq!(
        (value("PROTOCOL"), value("TEST"), value("ATTEMPT"), value("STACK")),
        ("1", "g::t", "1", "plain")
    );
    assert_eq!(value("RUN"), ended.record.file.id);
    assert_eq!(value("COOKIE"), format!("{}.1", ended.record.file.cookie));
    assert_eq!(
        value("ATTEMPT_DIR"),
        ended.record.dir.join("tests/g/t/attempt-1").to_str().unwrap()
    );
    assert!(value("DEADLINE_TS").parse::<i64>().unwrap() > ended.record.file.started_ts);
}

#[tokio::test]
async fn a_test_at_its_deadline_is_ended_and_says_where_it_hung() {
    let bed = Bed::with(&(step(r#"{"kind":"op","ph":"b","n":"1.1","op":"read"}"#) + "exec sleep 300"));
    let settings = RunSettings {
        timeout: Duration::from_millis(300),
        slow: Duration::from_millis(100),
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    assert_eq!(
        ended.verdict(),
        ("timeout", "still running after 0.3 s, in op `read`".into())
    );
    assert_eq!(ended.test().attempts[0].end.as_ref().unwrap().signal, Some(15));
    assert_eq!(ended.count(|kind| matches!(kind, EventKind::Slow { .. })), 1);
}

#[tokio::test]
async fn term_is_no_way_out() {
    let bed = Bed::with("trap '' TERM; echo deaf; while :; do sleep 1; done");
    let settings = RunSettings {
        timeout: Duration::from_millis(300),
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    assert_eq!(ended.verdict().0, "timeout");
    assert_eq!(ended.test().attempts[0].end.as_ref().unwrap().signal, Some(9));
}

#[tokio::test]
async fn a_program_that_cannot_start_is_an_error_and_others_go_on() {
    let bed = Bed::with("true");
    bed.script("gone", "true");
    let mut discovery = bed.discover().await;
    discovery.tests[0].command.argv = vec!["/nonexistent/program".into()];
    let plan = gkfs_runner::Selection::default().apply(discovery).unwrap();
    let ended = crate::bed::end(crate::bed::RUNNER.start(plan, bed.settings()).unwrap()).await;
    let tests = ended.record.tests().unwrap();
    let reason = tests[0].reason.clone().unwrap();
    assert_eq!(
        (
            tests[0].status.unwrap().as_str(),
            tests[1].status.unwrap().as_str()
        ),
        ("error", "passed")
    );
    assert!(
        reason.starts_with("cannot start `/nonexistent/program` in "),
        "{reason}"
    );
}

#[tokio::test]
async fn half_a_binary_is_an_error_too() {
    let bed = Bed::with("true");
    let half = bed.path("half");
    fs::write(&half, b"\x7fELF\x02\x01\x01").unwrap();
    fs::set_permissions(&half, Permissions::from_mode(0o755)).unwrap();
    let mut discovery = bed.discover().await;
    discovery.groups[0].source = SourceKind::Rust;
    discovery.tests[0].command.argv = vec![half.into()];
    let plan = gkfs_runner::Selection::default().apply(discovery).unwrap();
    let ended = crate::bed::end(crate::bed::RUNNER.start(plan, bed.settings()).unwrap()).await;
    let (status, reason) = ended.verdict();
    assert!(
        status == "error" && reason.starts_with("the test binary is no program"),
        "{status}: {reason}"
    );
}

#[tokio::test]
async fn a_script_need_not_be_executable() {
    let bed = Bed::with("echo fine");
    fs::set_permissions(bed.path("g/t.sh"), Permissions::from_mode(0o644)).unwrap();
    assert_eq!(bed.run().await.verdict().0, "passed");
}
