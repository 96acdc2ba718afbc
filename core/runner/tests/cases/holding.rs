//! A test that fails is kept as it is until it may go on.

use std::path::PathBuf;
use std::time::Duration;

use gkfs_runner::{CancelKind, EventKind, RunHandle, RunSettings};

use crate::bed::{Bed, end, eventually, is_alive, pid_in};

/// A test that is held as the harness holds one, and fails after that.
const HELD: &str = r#"
echo '{"v":1,"n":"1.1","ph":"b","ts":1,"mono":1,"pid":1,"tid":1,"kind":"hold","reason":"1 is not 2"}' >> $GKFS_BENCH_ATTEMPT_DIR/steps.jsonl
echo $$ > $HERE/pid
while ! [ -e $GKFS_BENCH_HOLD ]; do sleep 0.01; done
echo '{"v":1,"n":"1.1","ph":"e","ts":2,"mono":2,"pid":1,"tid":1,"kind":"hold","ok":true}' >> $GKFS_BENCH_ATTEMPT_DIR/steps.jsonl
exit 1
"#;

async fn held(bed: &Bed, settings: RunSettings) -> (RunHandle, String, PathBuf) {
    let mut handle = bed
        .start(RunSettings {
            hold: true,
            ..settings
        })
        .await;
    while let Some(event) = handle.events.recv().await {
        if let EventKind::AttemptHeld { id, attempt, reason } = event.kind {
            assert_eq!((id.as_str(), attempt), ("g::t", 1));
            let dir = handle.dir.join("tests/g/t/attempt-1");
            return (handle, reason, dir);
        }
    }
    panic!("it is never held");
}

#[tokio::test]
async fn no_deadline_ends_it_and_a_file_lets_it_go_on() {
    let bed = Bed::with(HELD);
    let timeout = Duration::from_secs(2);
    let (handle, reason, dir) = held(
        &bed,
        RunSettings {
            timeout,
            ..bed.settings()
        },
    )
    .await;
    assert_eq!(reason, "1 is not 2");
    let pid = pid_in(&bed.path("pid")).await;
    // That it still lives after its deadline is what is to be seen.
    tokio::time::sleep(timeout * 2).await;
    assert!(is_alive(pid));
    gkfs_runner::release(&dir).unwrap();
    let ended = end(handle).await;
    assert_eq!(ended.verdict().0, "failed");
    assert!(ended.count(|kind| matches!(kind, EventKind::AttemptReleased { .. })) == 1);
    // For how long it was held is not the test's time.
    assert!(ended.test().duration_us < timeout.as_micros() as u64 * 2);
}

#[tokio::test]
async fn one_that_hangs_is_held_at_its_deadline() {
    let bed = Bed::with("echo $$ > $HERE/pid; exec sleep 300");
    let timeout = Duration::from_millis(100);
    let (handle, reason, dir) = held(
        &bed,
        RunSettings {
            timeout,
            ..bed.settings()
        },
    )
    .await;
    assert_eq!(reason, "still running after 100ms");
    let pid = pid_in(&bed.path("pid")).await;
    assert!(is_alive(pid));
    gkfs_runner::release(&dir).unwrap();
    let ended = end(handle).await;
    assert_eq!(ended.verdict().0, "timeout");
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn what_a_program_left_that_knows_nothing_of_it_is_kept() {
    // It is told by its name, which it has once it is no shell any more.
    let named = "until grep -aq ^sleep /proc/$!/cmdline; do :; done";
    let bed = Bed::with(&format!(
        "sleep 300 & echo $! > $HERE/pid; {named}; echo wrong >&2; exit 3"
    ));
    let (handle, reason, dir) = held(&bed, bed.settings()).await;
    let pid = pid_in(&bed.path("pid")).await;
    let told = format!("wrong; its program has ended and left `sleep 300` (pid {pid})");
    assert_eq!(reason, told);
    assert!(is_alive(pid));
    gkfs_runner::release(&dir).unwrap();
    let ended = end(handle).await;
    assert_eq!(ended.verdict(), ("failed", "wrong".to_owned()));
    assert_eq!(ended.test().attempts[0].end.as_ref().unwrap().exit, Some(3));
    assert_eq!(
        ended.count(|kind| matches!(kind, EventKind::AttemptReleased { .. })),
        1
    );
    assert!(!is_alive(pid));
}

/// Nobody knew before its process had ended that it would not pass, be it one that could have held itself or not.
#[tokio::test]
async fn a_leak_is_held_before_it_is_ended() {
    let known = "touch $GKFS_BENCH_ATTEMPT_DIR/steps.jsonl; ";
    for knows in ["", known] {
        let named = "until grep -aq ^sleep /proc/$!/cmdline; do :; done";
        let bed = Bed::with(&format!("{knows}setsid sleep 300 & echo $! > $HERE/pid; {named}"));
        let (handle, reason, dir) = held(&bed, bed.settings()).await;
        let pid = pid_in(&bed.path("pid")).await;
        assert_eq!(reason, format!("it has ended and left `sleep 300` (pid {pid})"));
        assert!(is_alive(pid));
        gkfs_runner::release(&dir).unwrap();
        let ended = end(handle).await;
        assert_eq!(
            ended.verdict(),
            ("failed", format!("leaked `sleep 300` (pid {pid})"))
        );
        assert!(!is_alive(pid));
    }
}

#[tokio::test]
async fn so_is_a_mount_that_was_left() {
    let bed = Bed::with(
        "mkdir -p $GKFS_BENCH_ATTEMPT_DIR/m; mount -t tmpfs none $GKFS_BENCH_ATTEMPT_DIR/m || exit 0\n\
         echo hello > $GKFS_BENCH_ATTEMPT_DIR/m/f",
    );
    let settings = RunSettings {
        hold: true,
        ..bed.settings()
    };
    let mut handle = bed.start(settings).await;
    let mut held = None;
    while let Some(event) = handle.events.recv().await {
        if let EventKind::AttemptHeld { reason, .. } = event.kind {
            let dir = handle.dir.join("tests/g/t/attempt-1");
            held = Some((reason, std::fs::read_to_string(dir.join("m/f"))));
            gkfs_runner::release(&dir).unwrap();
        }
    }
    let ended = end(handle).await;
    let Some((reason, found)) = held else {
        assert_eq!(ended.verdict().0, "passed");
        return println!(
            "SKIP: nothing can be mounted here: {}",
            ended.file(1, "stderr.log")
        );
    };
    assert!(
        reason.starts_with("it has ended and left a mount at /") && reason.ends_with("/m"),
        "{reason}"
    );
    assert_eq!(found.expect("a file in the mount"), "hello\n");
    assert!(
        ended.verdict().1.starts_with("left a mount at "),
        "{:?}",
        ended.verdict()
    );
}

#[tokio::test]
async fn one_that_was_ended_by_a_signal_is_kept_until_the_run_is_stopped() {
    let bed = Bed::with("sleep 300 & echo $! > $HERE/pid; kill -ABRT $$");
    let (handle, reason, _) = held(&bed, bed.settings()).await;
    assert!(reason.starts_with("killed by SIGABRT"), "{reason}");
    let pid = pid_in(&bed.path("pid")).await;
    assert!(is_alive(pid));
    handle.cancel(CancelKind::Stop, "interrupted");
    assert_eq!(end(handle).await.outcome.exit_code, 2);
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn stopping_the_run_ends_what_is_held() {
    let bed = Bed::with(&HELD.replace("echo $$", "(exec sleep 300) & echo $!"));
    let (handle, ..) = held(&bed, bed.settings()).await;
    let pid = pid_in(&bed.path("pid")).await;
    handle.cancel(CancelKind::Stop, "interrupted");
    let ended = end(handle).await;
    assert_eq!(ended.outcome.exit_code, 2);
    eventually("what it had started has ended", || !is_alive(pid)).await;
}

#[tokio::test]
async fn what_passes_is_not_held() {
    let bed = Bed::with("test -n \"$GKFS_BENCH_HOLD\"");
    let settings = RunSettings {
        hold: true,
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    assert_eq!(ended.verdict().0, "passed");
    assert_eq!(
        ended.count(|kind| matches!(kind, EventKind::AttemptHeld { .. })),
        0
    );
}
