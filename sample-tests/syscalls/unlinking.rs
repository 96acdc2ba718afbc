//! `unlink`.

use gkfs_harness::prelude::*;
use sample_tests::{create_with, names};

/// The file is gone, for good.
#[gkfs_harness::test(tags("metadata"))]
fn unlink(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "content");
    let reply = client.unlink(&file);
    assert_eq!((reply.retval, reply.errno), (0, 0));
    assert_eq!(client.stat(&file).errno, libc::ENOENT);
    assert_eq!(client.open(&file, libc::O_RDONLY, None).errno, libc::ENOENT);
    assert!(names(&client.readdir(daemon.mountdir())).is_empty());
}

/// What is not there cannot be removed.
#[gkfs_harness::test(tags("errno"))]
fn missing(daemon: &Daemon, client: &Client) {
    let reply = client.unlink(daemon.mountdir().join("missing"));
    assert_eq!((reply.retval, reply.errno), (-1, libc::ENOENT));
}

/// An open file outlives its name.
#[gkfs_harness::test(tags("data", "posix"))]
fn while_open(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.write(fd, "still here", 10, None).retval, 10);
    assert_eq!(session.unlink(&file).retval, 0);
    assert_eq!(session.stat(&file).errno, libc::ENOENT);
    if session.fstat(fd).errno == libc::ENOENT {
        skip!("the stack forgets an open file with its last name");
    }
    assert_eq!(session.pread(fd, 10, 0).data(), b"still here");
}
