//! A first test: `gkfs-bench run` runs it, `cargo test` does as well.

use gkfs_harness::prelude::*;

/// What is written can be read back.
#[gkfs_harness::test]
fn hello(daemon: &Daemon, session: &Session) {
    // The daemon is this test's own; operations are done by a client process under the file system's library.
    let file = daemon.mountdir().join("greeting");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.write(fd, "hello", 5, None).retval, 5);
    assert_eq!(session.pread(fd, 100, 0).data(), b"hello");
}
