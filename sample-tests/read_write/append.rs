//! `O_APPEND`.

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// An appending write goes to the end, wherever it began.
#[gkfs_harness::test(tags("data"))]
fn append(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "one ");
    assert_eq!(client.write(&file, "two ", 4, true).retval, 4);
    assert_eq!(client.write(&file, "three", 5, true).retval, 5);
    assert_eq!(content(client, &file), "one two three");
    assert_eq!(client.stat(&file).statbuf.st_size, 13);
}

/// Without it, each open starts over at the beginning.
#[gkfs_harness::test(tags("data"))]
fn without_append(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "one two");
    assert_eq!(client.write(&file, "ONE", 3, false).retval, 3);
    assert_eq!(content(client, &file), "ONE two");
}

/// Two descriptors that append do not overwrite each other.
#[gkfs_harness::test(tags("data"))]
fn two_appenders(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("log");
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_APPEND;
    let (one, two) = (
        session.open(&file, flags, 0o644).fd(),
        session.open(&file, flags, 0o644).fd(),
    );
    for round in 0..5 {
        assert_eq!(session.write(one, format!("1{round}"), 2, None).retval, 2);
        assert_eq!(session.write(two, format!("2{round}"), 2, None).retval, 2);
    }
    assert_eq!(session.read(&file, 100).data(), b"10201121122213231424");
}
