//! A `Session` is one process that does many operations. It starts once, and what it opens stays open:
//! an operation takes a descriptor wherever it takes a path.

use gkfs_harness::prelude::*;

/// Write, seek back, read, all through one descriptor.
#[gkfs_harness::test]
fn session(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();

    assert_eq!(session.write(fd, "hello", 5, None).retval, 5);
    assert_eq!(session.lseek(fd, 1, libc::SEEK_SET).retval, 1);
    assert_eq!(session.read(fd, 4).data(), b"ello");
}
