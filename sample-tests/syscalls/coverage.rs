//! Operations of `gkfs.io` that make several calls and judge them themselves.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// `dup`, `dup2` and `dup3` give valid descriptors.
#[gkfs_harness::test(tags("descriptors"))]
fn dup_validate(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.dup_validate(&file).retval, 0);
}

/// A row of rarer calls, none of which surprises.
#[gkfs_harness::test(tags("descriptors"))]
fn syscall_coverage(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    let reply = client.syscall_coverage(&file);
    assert_eq!((reply.syscall.to_string().as_str(), reply.retval), ("ALLOK", 0));
}

/// Flushing an open file is allowed, a wrong descriptor is not.
#[gkfs_harness::test(tags("errno"))]
fn fsync(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.fsync(fd).retval, 0);
    assert_eq!(session.close(fd).retval, 0);
    assert_eq!(session.fsync(fd).errno, libc::EBADF);
}
