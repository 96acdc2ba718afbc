//! What a test leaves behind is found, named and ended, wherever it moved.

use std::time::Duration;

use gkfs_runner::{BuildEnd, RunSettings};
use tokio_util::sync::CancellationToken;

use crate::bed::{Bed, RUNNER, eventually, is_alive, is_reaped, pid_in};

#[tokio::test]
async fn a_daemon_that_moved_to_its_own_session_is_found() {
    let bed = Bed::with(
        "(setsid sh -c 'echo $$ > \"$0/pid\"; exec sleep 300' \"$HERE\" &)\nwhile ! [ -s $HERE/pid ]; do sleep 0.01; done",
    );
    let ended = bed.run().await;
    let pid = pid_in(&bed.path("pid")).await;
    let (status, reason) = ended.verdict();
    assert_eq!(
        (status, reason.as_str()),
        ("failed", format!("leaked `sleep 300` (pid {pid})").as_str())
    );
    assert!(is_reaped(pid));
    let leaked = &ended.test().attempts[0].end.clone().unwrap().leaked;
    assert_eq!((leaked.len(), leaked[0].pid), (1, pid));
}

#[tokio::test]
async fn one_that_cleared_its_environment_is_found_by_its_session() {
    let bed = Bed::with("env -i sleep 300 &\necho $! > $HERE/pid");
    let ended = bed.run().await;
    let pid = pid_in(&bed.path("pid")).await;
    assert_eq!(
        ended.verdict(),
        ("failed", format!("leaked `sleep 300` (pid {pid})"))
    );
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn one_that_goes_at_once_is_no_leak() {
    let bed = Bed::with("(sleep 0.2) &\nexit 0");
    let settings = RunSettings {
        leak_grace: Duration::from_secs(30),
        ..bed.settings()
    };
    assert_eq!(bed.run_with(settings).await.verdict(), ("passed", String::new()));
}

#[tokio::test]
async fn a_test_at_its_deadline_takes_its_heirs_along() {
    let bed = Bed::with(
        "setsid sh -c 'trap \"\" TERM; echo $$ > \"$0/pid\"; while :; do sleep 1; done' \"$HERE\" &\nwait",
    );
    let settings = RunSettings {
        timeout: Duration::from_millis(800),
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    let pid = pid_in(&bed.path("pid")).await;
    assert_eq!(ended.verdict().0, "timeout");
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn what_may_outlive_a_test_ends_with_the_run() {
    let bed = Bed::new();
    // Carries the run's cookie and a word: shared by the tests of a group.
    bed.script(
        "a",
        "GKFS_BENCH_COOKIE=${GKFS_BENCH_COOKIE%.*}.shared setsid sleep 300 &\necho $! > $HERE/pid",
    );
    bed.script("b", "kill -0 $(cat $HERE/pid)");
    let ended = bed.run().await;
    let pid = pid_in(&bed.path("pid")).await;
    assert_eq!(
        ended.outcome.summary.passed,
        2,
        "{:?}",
        ended.record.tests().unwrap()
    );
    assert!(is_reaped(pid));
}

#[tokio::test]
async fn one_that_ended_unseen_in_its_own_session_is_reaped() {
    // Another test's end may reap it before it is seen here: it has ended then, too.
    let ended = "S=/proc/$(cat $HERE/pid)/stat; ! [ -e $S ] || grep -q ') Z' $S";
    let bed = Bed::with(&format!(
        "setsid -f sh -c 'echo $$ > \"$0/pid\"' \"$HERE\"\nuntil [ -s $HERE/pid ] && {{ {ended}; }}; do sleep 0.01; done"
    ));
    assert_eq!(bed.run().await.verdict(), ("passed", String::new()));
    assert!(is_reaped(pid_in(&bed.path("pid")).await));
}

#[tokio::test]
async fn what_somebody_else_has_started_here_is_left_to_him() {
    // As a program does that has children on terminals of their own: each leads a session.
    let mut child = std::process::Command::new("setsid")
        .args(["sh", "-c", "exit 7"])
        .spawn()
        .expect("a child");
    let pid = child.id();
    eventually("it has ended", || !is_alive(pid)).await;
    let never = CancellationToken::new();
    let bed = Bed::with("exit 0");
    assert_eq!(bed.run().await.verdict(), ("passed", String::new()));
    let built = RUNNER.build(&bed.build("true"), &never).await;
    assert_eq!(built.expect("a build"), BuildEnd::Ok);
    let status = child.wait().expect("it was reaped by somebody else");
    assert_eq!(status.code(), Some(7));
}

/// Whether this machine lets us mount; where not, that is said.
fn can_mount() -> bool {
    let dir = tempfile::tempdir().expect("a directory");
    let mount = |program: &str, args: &[&str]| {
        let mut command = std::process::Command::new(program);
        command.args(args).arg(dir.path());
        command.output().is_ok_and(|done| done.status.success())
    };
    let can = mount("mount", &["--bind", "/usr"]) && mount("umount", &[]);
    if !can {
        println!("SKIP: mounting is not allowed here (it needs root)");
    }
    can
}

#[tokio::test]
async fn a_mount_is_unmounted_and_said() {
    if !can_mount() {
        return;
    }
    let bed = Bed::with(
        "mkdir $GKFS_BENCH_ATTEMPT_DIR/m $HERE/d; mount --bind $HERE/d $GKFS_BENCH_ATTEMPT_DIR/m; touch $HERE/d/kept",
    );
    let ended = bed.run().await;
    let (status, reason) = ended.verdict();
    assert_eq!(status, "failed");
    assert!(
        reason.starts_with("left a mount at ") && reason.ends_with("/attempt-1/m, which was unmounted"),
        "{reason}"
    );
    let table = std::fs::read_to_string("/proc/self/mountinfo").expect("a table");
    assert!(!table.contains("/attempt-1/m "), "{table}");
    assert!(bed.path("d/kept").exists());
}

#[tokio::test]
async fn what_is_mounted_in_an_old_run_is_never_emptied() {
    if !can_mount() {
        return;
    }
    let bed = Bed::with("exit 0");
    let ended = bed.run().await;
    let (point, other) = (ended.record.dir.join("m"), bed.path("other"));
    for dir in [&point, &other] {
        std::fs::create_dir(dir).expect("a directory");
    }
    std::fs::write(other.join("precious"), "x").expect("a file");
    let run = |program: &str, args: &[&std::ffi::OsStr]| {
        let done = std::process::Command::new(program).args(args).status();
        assert!(done.expect("it starts").success(), "{program}");
    };
    run("mount", &["--bind".as_ref(), other.as_ref(), point.as_ref()]);
    let none = gkfs_runner::record::Retention { runs: 0, bytes: 0 };
    let removed = bed.runs().retain(none, false);
    let kept = other.join("precious").exists();
    run("umount", &[point.as_ref()]);
    let error = removed.expect_err("something is mounted").to_string();
    assert!(error.contains("something is mounted there"), "{error}");
    assert!(kept);
}
