//! A process for each operation.

use std::time::Duration;

use gkfs_harness::prelude::*;
use gkfs_harness::{Error, op};

use crate::bed;

/// The same on every stack: that is what the plain one is for.
fn make_and_read(bench: &Bench) {
    let daemon = Daemon::start(bench).unwrap();
    let client = Client::new(bench);
    let dir = daemon.mountdir().join("dir");
    assert_eq!(client.mkdir(&dir, 0o755).retval, 0);
    let again = client.mkdir(&dir, 0o755);
    assert_eq!((again.retval, again.errno), (-1, libc::EEXIST));
    let file = dir.join("file");
    assert!(client.open(&file, libc::O_CREAT | libc::O_WRONLY, 0o644).retval >= 0);
    assert_eq!(client.write(&file, "hello", 5, None).retval, 5);
    let read = client.read(&file, 10);
    assert_eq!((read.retval, read.data()), (5, &b"hello"[..]));
    let names: Vec<_> = client
        .readdir(&dir)
        .dirents
        .into_iter()
        .map(|entry| entry.d_name)
        .collect();
    assert!(names.contains(&"file".into()), "{names:?}");
    daemon.shutdown().unwrap();
}

#[test]
fn operations_are_typed_on_the_embedded_stack() {
    let bench = bed::embedded();
    make_and_read(&bench);
    let ops = bed::steps(&bench, "op");
    assert_eq!(ops.len(), 12, "begin and end of six operations");
    assert_eq!(ops[0]["args"]["mode"], 0o755);
    assert_eq!((&ops[0]["via"], &ops[1]["ok"]), (&"process".into(), &true.into()));
    assert_eq!(
        (&ops[3]["errno"], &ops[3]["exit"]),
        (&libc::EEXIST.into(), &0.into())
    );
    assert!(
        !bench.workspace().mountdir().join("dir").exists(),
        "the test itself sees the bare directory"
    );
}

#[test]
fn operations_are_typed_on_a_bare_directory() {
    let bench = bed::plain();
    make_and_read(&bench);
    assert!(bench.workspace().mountdir().join("dir/file").is_file());
}

#[test]
fn an_unknown_operation_is_a_clear_error() {
    let error = Client::new(&bed::plain()).call("mkdri", &["/d"]).unwrap_err();
    assert!(matches!(error, Error::UnknownOperation { .. }), "{error}");
}

#[test]
fn an_operation_of_the_stacks_own_is_reached_by_name() {
    let bench = bed::scripts(&[(
        "gkfs.io",
        "echo \"{ \\\"retval\\\": 0, \\\"errnum\\\": 0, \\\"said\\\": \\\"$2\\\" }\"",
    )]);
    assert_eq!(
        Client::new(&bench).call("mine", &["words"]).unwrap()["said"],
        "words"
    );
}

#[test]
fn a_descriptor_needs_a_session() {
    let error = Client::new(&bed::plain())
        .try_call(op::Fstat::new(Fd(7)))
        .unwrap_err()
        .to_string();
    assert!(error.contains("descriptor"), "{error}");
}

#[test]
fn a_client_that_hangs_is_killed() {
    let bench = bed::scripts(&[("gkfs.io", "exec sleep 1000")]);
    let client = Client::new(&bench).timeout(Duration::from_millis(200));
    let error = client.try_call(op::Rmdir::new("/d")).unwrap_err().to_string();
    assert!(error.starts_with("no end after 0.2 s: killed"), "{error}");
    assert!(error.contains("gkfs.io rmdir /d"), "{error}");
}

#[test]
fn a_client_that_says_half_of_it_is_shown() {
    for (script, part) in [
        ("echo '{ \"retval\": '", "only the beginning of a reply"),
        ("kill -SEGV $$", "killed by signal 11"),
        ("echo words; echo more >&2; exit 1", "what is not JSON"),
    ] {
        let bench = bed::scripts(&[("gkfs.io", script)]);
        let error = Client::new(&bench)
            .try_call(op::Rmdir::new("/d"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{part}: {error}");
    }
}
