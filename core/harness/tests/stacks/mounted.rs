//! File systems that a command mounts: here directories that are bound to the mount point, which needs root.

use std::process::Command;
use std::time::Duration;

use gkfs_harness::prelude::*;
use gkfs_harness::stack::{Kind, Mounting};
use gkfs_harness::{Bench, Stack};

use crate::bed;

/// A bench on a stack that `start` mounts, or nothing, with the reason, where nobody may mount.
fn bench(start: &str, ready: Option<&str>, stop: Option<&str>) -> Option<Bench> {
    let plain = bed::plain();
    let dir = plain.workspace().tmpdir();
    let try_out = format!("mount --bind {0} {0} && umount {0}", dir.display());
    if !Command::new("sh")
        .args(["-c", &try_out])
        .output()
        .is_ok_and(|done| done.status.success())
    {
        println!("SKIP: mounting is not allowed here (it needs root)");
        return None;
    }
    let mounting = Mounting {
        start: start.into(),
        ready: ready.map(Into::into),
        stop: stop.map(Into::into),
        dir: plain.workspace().path().to_owned(),
    };
    let stack = Stack {
        mounting: Some(mounting),
        exe: plain.stack().exe.clone(),
        ..Stack::new("mine", Kind::Command)
    };
    Some(Bench::at(plain.workspace().clone(), stack).unwrap())
}

/// Mounts and stays, as a server does; unmounts when it is told to end.
const SERVER: &str = "mount --bind {root} {mnt} && echo serving {mnt}; \
                      trap 'umount {mnt}; kill $!; exit 0' TERM; sleep 1000 & wait";

fn mounts_at(bench: &Bench) -> usize {
    let at = format!(" {} ", bench.workspace().mountdir().display());
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    table.lines().filter(|line| line.contains(&at)).count()
}

/// An operation, a session's, and a command's, all of which see the same file system without a library.
fn work(bench: &Bench, daemon: &Daemon) {
    let dir = daemon.mountdir().join("dir");
    assert_eq!(Client::new(bench).mkdir(&dir, 0o755).retval, 0);
    let session = Session::new(bench);
    assert_eq!(session.mkdir(&dir, 0o755).errno, libc::EEXIST);
    session.finish().unwrap();
    let shell = Shell::new(bench);
    assert!(
        !shell
            .environ()
            .unwrap()
            .contains_key(std::ffi::OsStr::new("LD_PRELOAD"))
    );
    shell.run("rmdir", [&dir]).assert_success();
}

#[test]
fn a_server_that_stays_is_used_and_told_to_end() {
    let Some(bench) = bench(SERVER, None, None) else {
        return;
    };
    let daemon = Daemon::start(&bench).unwrap();
    assert!(daemon.is_running() && daemon.pid().is_some());
    assert_eq!(mounts_at(&bench), 1);
    work(&bench, &daemon);
    let log = std::fs::read_to_string(daemon.log_file()).unwrap();
    assert!(log.starts_with("serving "), "{log}");
    daemon.restart().unwrap();
    work(&bench, &daemon);
    daemon.shutdown().unwrap();
    assert_eq!(mounts_at(&bench), 0);
    let steps = bed::steps(&bench, "daemon");
    let outcomes: Vec<_> = steps.iter().filter_map(|step| step["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["stopped", "stopped"]);
}

#[test]
fn one_that_went_to_the_background_is_unmounted() {
    let Some(bench) = bench("mount --bind {root} {mnt}", None, None) else {
        return;
    };
    let daemon = Daemon::start(&bench).unwrap();
    assert!(daemon.is_running());
    // The command ends a moment after it has mounted.
    while daemon.pid().is_some() {
        std::thread::yield_now();
    }
    assert!(daemon.is_running());
    work(&bench, &daemon);
    daemon.shutdown().unwrap();
    assert_eq!(mounts_at(&bench), 0);
}

#[test]
fn a_pattern_in_its_log_is_waited_for() {
    let start = "mount --bind {root} {mnt}; echo 'ready at 17' >> {logs}/own.log; exec sleep 1000";
    let Some(bench) = bench(start, Some(r"ready at \d+$"), Some("umount {mnt}")) else {
        return;
    };
    let daemon = Daemon::start(&bench).unwrap();
    let pid = daemon.pid().unwrap().to_string();
    // Its `stop` unmounts; the process is told, then.
    daemon.shutdown().unwrap();
    bed::wait_for_death(&pid);
}

#[test]
fn one_that_never_mounts_or_dies_is_one_clear_error() {
    let short = || DaemonOptions::default().ready_within(Duration::from_millis(300));
    for (start, ready, part) in [
        (
            "exec sleep 1000",
            None,
            "the command of the stack `mine` has mounted nothing at ",
        ),
        (
            "echo hello; exec sleep 1000",
            Some("hello"),
            "says that it is ready, but after 0.3 s nothing is mounted at ",
        ),
        (
            "mount --bind {root} {mnt}; exec sleep 1000",
            Some("never said"),
            "matches its `ready`, `never said`",
        ),
        (
            "echo 'no such device'; exit 3",
            None,
            "ended and nothing is mounted at ",
        ),
        ("true", None, "ended and nothing is mounted at "),
        ("mount --bind {root} {mnt}; exit 4", None, "status: exit status 4"),
    ] {
        let Some(bench) = bench(start, ready, None) else {
            return;
        };
        // One that fails after it has mounted may do so unnoticed, at first.
        let started = Daemon::start_with(&bench, short()).and_then(|daemon| {
            while daemon.is_running() {
                std::thread::yield_now();
            }
            daemon.shutdown()
        });
        let error = started.unwrap_err().to_string();
        assert!(error.contains(part), "{start}: {error}");
        assert!(error.contains("command: cd "), "{error}");
        assert!(
            !start.contains("no such device") || error.contains("log") && error.contains("no such device")
        );
        assert_eq!(mounts_at(&bench), 0, "{start}");
    }
}

/// Its mount is seen before it has ended, so that a short test may be over by then.
#[test]
fn a_command_that_has_yet_to_end_when_its_test_does_is_no_server() {
    let Some(bench) = bench(
        "mount --bind {root} {mnt}; until [ -e {root}/go ]; do :; done",
        None,
        None,
    ) else {
        return;
    };
    let daemon = Daemon::start(&bench).unwrap();
    std::fs::write(bench.workspace().rootdir().join("go"), "").unwrap();
    daemon.shutdown().unwrap();
    assert_eq!(mounts_at(&bench), 0);
}

#[test]
fn one_that_dies_in_the_middle_or_leaves_its_mount_fails_the_test() {
    let Some(bench) = bench("mount --bind {root} {mnt}; exec sleep 1000", None, None) else {
        return;
    };
    let daemon = Daemon::start(&bench).unwrap();
    let error = daemon.shutdown().unwrap_err().to_string();
    assert!(
        error.contains("the stack `mine` left its mount at ") && error.contains("give [stack.mine] a `stop`"),
        "{error}"
    );
    assert_eq!(mounts_at(&bench), 0);

    let daemon = Daemon::start(&bench).unwrap();
    let pid = daemon.pid().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-KILL", &pid])
            .status()
            .unwrap()
            .success()
    );
    bed::wait_for_death(&pid);
    let error = daemon.shutdown().unwrap_err().to_string();
    assert!(error.contains("ended, though nobody asked it to"), "{error}");
    assert_eq!(mounts_at(&bench), 0);
}
