//! A test names what it needs by type. `Daemon` starts the file system's server for this test alone,
//! `Client` runs each operation as a process of its own under the file system's client library.

use gkfs_harness::prelude::*;

/// Create a new directory in the file system's root.
#[gkfs_harness::test]
fn mkdir(daemon: &Daemon, client: &Client) {
    let reply = client.mkdir(daemon.mountdir().join("top"), 0o777);
    assert_eq!((reply.retval, reply.errno), (0, 0));
}
