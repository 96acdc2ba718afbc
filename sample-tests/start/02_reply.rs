//! Every operation answers with a typed reply: what the call returned, its errno if it failed, and what it
//! filled in. A failing call is a reply like any other; the test decides what it thinks of it.

use gkfs_harness::prelude::*;

/// A missing file has no status, a new directory has one.
#[gkfs_harness::test]
fn reply(daemon: &Daemon, client: &Client) {
    let path = daemon.mountdir().join("dir");

    let missing = client.stat(&path);
    assert_eq!((missing.retval, missing.errno), (-1, libc::ENOENT));

    client.mkdir(&path, 0o750);
    let stat = client.stat(&path).statbuf;
    assert!(stat.is_dir());
    assert_eq!(stat.permissions(), 0o750);
}
