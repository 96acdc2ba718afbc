//! `rmdir`, and what must not go with it.

use gkfs_harness::prelude::*;
use sample_tests::{create, names};

/// A removed directory is gone, from `stat` and from its parent.
#[gkfs_harness::test(tags("metadata"))]
fn rmdir(daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    let reply = client.rmdir(&dir);
    assert_eq!((reply.retval, reply.errno), (0, 0));

    assert_eq!(client.stat(&dir).errno, libc::ENOENT);
    assert!(names(&client.readdir(daemon.mountdir())).is_empty());
}

/// A directory with an entry stays, and so does the entry.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn rmdir_not_empty(daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    create(client, dir.join("file"));
    let reply = client.rmdir(&dir);
    assert_eq!((reply.retval, reply.errno), (-1, libc::ENOTEMPTY));
    assert!(client.stat(dir.join("file")).statbuf.is_file());
}

/// `rmdir` is for directories that exist.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn rmdir_of_what_is_none(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    create(client, mount.join("file"));
    assert_eq!(client.rmdir(mount.join("file")).errno, libc::ENOTDIR);
    assert_eq!(client.rmdir(mount.join("missing")).errno, libc::ENOENT);
}

/// `unlink` leaves directories alone.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn unlink_of_a_directory(daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    let reply = client.unlink(&dir);
    assert_eq!((reply.retval, reply.errno), (-1, libc::EISDIR));
    assert!(client.stat(&dir).statbuf.is_dir());
}

/// A name can be used again at once, for something else.
#[gkfs_harness::test(tags("metadata"))]
fn reuse_of_a_name(daemon: &Daemon, client: &Client) {
    let name = daemon.mountdir().join("name");
    client.mkdir(&name, 0o755);
    client.rmdir(&name);
    create(client, &name);
    assert!(client.stat(&name).statbuf.is_file());
    client.unlink(&name);
    client.mkdir(&name, 0o755);
    assert!(client.stat(&name).statbuf.is_dir());
}
