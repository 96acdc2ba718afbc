//! What a run leaves on the disk, and what becomes of it when there is no room.

use std::fs;
use std::path::Path;
use std::process::Command;

use gkfs_runner::record::{LogFile, has_log};
use gkfs_runner::{EventKind, RunSettings};

use crate::bed::{Bed, Ended};

/// Writes a large log, a small one and something into `root`.
const WRITES: &str = "W=$GKFS_BENCH_ATTEMPT_DIR/workspace; mkdir -p $W/logs $W/root/chunks; echo x > $W/root/chunks/0\n\
                      seq 300000 > $W/logs/gkfs_client.log; echo small > $W/logs/gkfs_daemon.log; seq 300000";

fn attempt(ended: &Ended, id: &str) -> std::path::PathBuf {
    let test = ended.record.test(id).expect("a test");
    ended.record.dir.join(&test.attempts[0].dir)
}

fn seq() -> Vec<u8> {
    (1..=300_000)
        .flat_map(|n| format!("{n}\n").into_bytes())
        .collect()
}

#[tokio::test]
async fn large_logs_are_compressed_and_read_as_before() {
    let bed = Bed::with(WRITES);
    bed.script("fails", &format!("{WRITES}; exit 1"));
    let ended = bed.run().await;
    for id in ["g::t", "g::fails"] {
        let dir = attempt(&ended, id);
        for log in ["workspace/logs/gkfs_client.log", "stdout.log"] {
            let log = dir.join(log);
            assert!(!log.exists() && has_log(&log), "{}", log.display());
            assert_eq!(
                LogFile::open(&log)
                    .expect("a log")
                    .read_from(0, u64::MAX)
                    .expect("its text"),
                seq()
            );
        }
        assert!(dir.join("workspace/logs/gkfs_daemon.log").is_file());
        assert!(dir.join("stderr.log").is_file());
        assert_eq!(dir.join("workspace/root").exists(), id == "g::fails");
    }
}

#[tokio::test]
async fn the_roots_of_tests_that_passed_stay_where_that_is_asked() {
    let bed = Bed::with(WRITES);
    let settings = RunSettings {
        passed_roots: true,
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    assert!(attempt(&ended, "t").join("workspace/root/chunks/0").is_file());
}

#[tokio::test]
async fn with_little_room_only_failures_are_recorded_and_that_is_said_once() {
    let bed = Bed::with("echo fine");
    bed.script("u", "echo fine, too");
    bed.script("fails", "echo wrong; exit 1");
    let settings = RunSettings {
        low_space: u64::MAX,
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    let notices: Vec<&String> = ended
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Notice { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(
        notices[0].contains("MiB are free at") && notices[0].contains("--base-temp"),
        "{notices:?}"
    );
    for (id, stays) in [("g::t", false), ("g::u", false), ("g::fails", true)] {
        assert_eq!(attempt(&ended, id).join("stdout.log").exists(), stays, "{id}");
    }
    assert_eq!(
        (ended.outcome.summary.passed, ended.outcome.summary.failed),
        (2, 1)
    );
}

#[tokio::test]
async fn cores_stay_as_long_as_there_is_room_for_them_in_the_run() {
    let crashes = |name: &str, kib: u32| {
        format!(
            "C=$GKFS_BENCH_ATTEMPT_DIR/workspace/cores; mkdir -p $C; head -c {kib}K /dev/urandom > $C/{name}; exit 1"
        )
    };
    let bed = Bed::with(&crashes("small", 64));
    bed.script(
        "u",
        &format!("({}); {}", crashes("large", 4096), crashes("other", 64)),
    );
    bed.script("v", &crashes("late", 2048));
    let settings = RunSettings {
        cores: 1 << 20,
        ..bed.settings()
    };
    let ended = bed.run_with(settings).await;
    for (id, core, stays) in [
        ("g::t", "small", true),
        ("g::u", "other", true),
        ("g::u", "large", false),
        ("g::v", "late", false),
    ] {
        let core = attempt(&ended, id).join("workspace/cores").join(core);
        assert_eq!(core.exists(), stays, "{}", core.display());
    }
    let notices: Vec<&str> = ended
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Notice { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(notices.len(), 1, "it is said once: {notices:?}");
    let told = notices[0].starts_with("the core of g::u (4 MiB) is not kept")
        && notices[0].contains("of a run may take 1 MiB; ")
        && !notices[0].contains("  ");
    assert!(told, "{notices:?}");
}

fn run(program: &str, args: &[&Path]) -> bool {
    Command::new(program)
        .args(args)
        .output()
        .is_ok_and(|done| done.status.success())
}

#[tokio::test]
async fn a_disk_that_fills_in_the_middle_ends_no_run() {
    let bed = Bed::with("head -c 4M /dev/zero || exit 3");
    bed.script("u", "true");
    let base = bed.base();
    fs::create_dir(&base).expect("a directory");
    let words = ["-t", "tmpfs", "-o", "size=1m", "none"].map(Path::new);
    if !run("mount", &[&words[..], &[&*base]].concat()) {
        println!("SKIP: mounting is not allowed here (it needs root)");
        return;
    }
    let ended = bed.run().await;
    let verdicts = (ended.outcome.summary.total, ended.outcome.exit_code);
    let first = ended.events.iter().find_map(|event| match &event.kind {
        EventKind::AttemptFinished(end) if end.id == "g::t" => Some(end.clone()),
        _ => None,
    });
    let notices = ended
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Notice { .. }))
        .count();
    let finished = ended
        .events
        .iter()
        .any(|event| matches!(event.kind, EventKind::RunFinished { .. }));
    let unmounted = run("umount", &[&base]);
    assert_eq!(verdicts, (2, 1));
    assert_eq!(first.and_then(|end| end.exit), Some(3));
    // Whoever watches hears of it, and of the end.
    assert!(notices >= 1 && finished);
    assert!(unmounted);
}
