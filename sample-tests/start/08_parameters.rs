//! One function, several tests: a test for each value, each with a daemon and an id of its own.

use gkfs_harness::prelude::*;

/// Directories keep the permissions they are made with.
#[gkfs_harness::test(params(mode = [0o700, 0o750, 0o755]))]
fn parameters(mode: u32, daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    assert_eq!(client.mkdir(&dir, mode).retval, 0);
    assert_eq!(client.stat(&dir).statbuf.permissions(), mode);
}
