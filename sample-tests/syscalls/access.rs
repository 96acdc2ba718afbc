//! `access`.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// A file that exists can be seen, read and written; a missing one cannot.
#[gkfs_harness::test(tags("errno"))]
fn access(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    let missing = client.access(&file, libc::F_OK);
    assert_eq!((missing.retval, missing.errno), (-1, libc::ENOENT));
    create(client, &file);
    for mask in [libc::F_OK, libc::R_OK, libc::W_OK, libc::R_OK | libc::W_OK] {
        assert_eq!(client.access(&file, mask).retval, 0, "mask {mask}");
    }
}

/// Not even root executes a file without an x bit.
#[gkfs_harness::test(tags("errno", "posix"))]
fn execute(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Chmod);
    let file = daemon.mountdir().join("file");
    create(session, &file);
    assert_eq!(session.access(&file, libc::X_OK).errno, libc::EACCES);
    assert_eq!(session.chmod(&file, 0o755).retval, 0);
    assert_eq!(session.access(&file, libc::X_OK).retval, 0);
}
