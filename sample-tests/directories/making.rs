//! `mkdir`.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// A new directory is there, with the mode asked for.
#[gkfs_harness::test(tags("metadata"))]
fn mkdir(daemon: &Daemon, client: &Client) {
    let top = daemon.mountdir().join("top");
    let reply = client.mkdir(&top, 0o777);
    assert_eq!((reply.retval, reply.errno), (0, 0));

    let stat = client.stat(&top);
    assert_eq!(stat.retval, 0);
    assert!(stat.statbuf.is_dir());
}

/// A directory that exists is not made again.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn mkdir_existing(daemon: &Daemon, client: &Client) {
    let top = daemon.mountdir().join("top");
    client.mkdir(&top, 0o777);
    let reply = client.mkdir(&top, 0o777);
    assert_eq!((reply.retval, reply.errno), (-1, libc::EEXIST));
}

/// A file's name is taken, too.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn mkdir_over_a_file(daemon: &Daemon, client: &Client) {
    let name = daemon.mountdir().join("name");
    create(client, &name);
    let reply = client.mkdir(&name, 0o777);
    assert_eq!((reply.retval, reply.errno), (-1, libc::EEXIST));
}

/// The parent must be there.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn mkdir_without_parent(daemon: &Daemon, client: &Client) {
    let reply = client.mkdir(daemon.mountdir().join("missing/child"), 0o777);
    assert_eq!((reply.retval, reply.errno), (-1, libc::ENOENT));
}

/// The parent must be a directory.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn mkdir_below_a_file(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    let reply = client.mkdir(file.join("child"), 0o777);
    assert_eq!((reply.retval, reply.errno), (-1, libc::ENOTDIR));
}

/// Ten levels deep is as good as one.
#[gkfs_harness::test(tags("metadata"))]
fn nested(daemon: &Daemon, client: &Client) {
    let mut path = daemon.mountdir().to_path_buf();
    for level in 0..10 {
        path.push(format!("level{level}"));
        assert_eq!(client.mkdir(&path, 0o755).retval, 0, "{}", path.display());
    }
    create(client, path.join("leaf"));
    assert!(client.stat(path.join("leaf")).statbuf.is_file());
}
