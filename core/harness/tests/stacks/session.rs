//! One process for many operations.

use std::time::Duration;

use gkfs_harness::op;
use gkfs_harness::prelude::*;

use crate::bed;

fn position_is_kept(bench: &Bench) {
    let daemon = Daemon::start(bench).unwrap();
    let session = Session::new(bench);
    let file = daemon.mountdir().join("f");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.write(fd, "hello", 5, None).retval, 5);
    assert_eq!(session.lseek(fd, 0, libc::SEEK_CUR).retval, 5);
    assert_eq!(session.pread(fd, 3, 1).data(), b"ell");
    assert_eq!(session.stat(&file).statbuf.st_size, 5);
    assert_eq!(session.close(fd).retval, 0);
    session.finish().unwrap();
    daemon.shutdown().unwrap();
}

#[test]
fn descriptors_stay_open_on_the_embedded_stack() {
    let bench = bed::embedded();
    position_is_kept(&bench);
    let ops = bed::steps(&bench, "op");
    let pids: Vec<_> = ops
        .iter()
        .filter(|step| step["ph"] == "b")
        .map(|step| &step["child_pid"])
        .collect();
    assert!(
        pids.windows(2).all(|pair| pair[0] == pair[1]),
        "one process: {pids:?}"
    );
    assert_eq!(ops[0]["via"], "session");
}

#[test]
fn descriptors_stay_open_on_a_bare_directory() {
    position_is_kept(&bed::plain());
}

#[test]
fn an_imitating_session_forgets_like_processes_do() {
    let bench = bed::plain();
    let session = Session::imitating_processes(&bench);
    let file = bench.workspace().mountdir().join("f");
    let first = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644);
    let second = session.open(&file, libc::O_RDWR, None);
    assert!(first.retval >= 0);
    assert_eq!(first.retval, second.retval, "the first was closed");
    session.finish().unwrap();
}

#[test]
fn a_session_that_dies_says_so_and_the_next_operation_has_another() {
    let bench = bed::plain();
    let session = Session::new(&bench);
    session.getcwd(None);
    let pid = bed::steps(&bench, "op")[0]["child_pid"].as_u64().unwrap();
    assert!(
        std::process::Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
    let error = session.try_call(op::Getcwd::new(None)).unwrap_err().to_string();
    assert!(
        error.contains("ended before it answered") && error.contains("killed by signal 9"),
        "{error}"
    );
    assert_eq!(session.getcwd(None).retval, 0);
    session.finish().unwrap();
}

#[test]
fn a_session_that_hangs_is_killed_at_its_deadline() {
    let bench = bed::scripts(&[("gkfs.io", "exec sleep 1000")]);
    let session = Session::new(&bench).timeout(Duration::from_millis(200));
    // More than a pipe holds: the request itself must not hang.
    let error = session
        .try_call(op::Write::new("/f", vec![b'x'; 1 << 20], 1 << 20, None))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("no end after 0.2 s"), "{error}");
}

#[test]
fn a_gkfs_io_that_knows_no_sessions_is_recognised() {
    let bench = bed::scripts(&[(
        "gkfs.io",
        "echo 'The following argument was not expected: session'; exit 109",
    )]);
    let error = Session::new(&bench)
        .try_call(op::Getcwd::new(None))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is this gkfs.io one of gkfs-bench?") && error.contains("not expected"),
        "{error}"
    );
}
