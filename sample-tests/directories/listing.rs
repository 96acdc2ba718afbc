//! `readdir`, `opendir`, `getdents`.

use gkfs_harness::prelude::*;
use sample_tests::{create, names};

/// What was created is listed, each name once.
#[gkfs_harness::test(tags("metadata"))]
fn readdir(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("dir"), 0o755);
    create(client, mount.join("file"));
    create(client, mount.join("dir/inner"));

    assert_eq!(names(&client.readdir(mount)), ["dir", "file"]);
    assert_eq!(names(&client.readdir(mount.join("dir"))), ["inner"]);
}

/// An empty directory lists nothing, and that is no error.
#[gkfs_harness::test(tags("metadata"))]
fn readdir_empty(daemon: &Daemon, client: &Client) {
    let reply = client.readdir(daemon.mountdir());
    assert_eq!(reply.errno, 0);
    assert!(names(&reply).is_empty());
}

/// A missing directory cannot be listed.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn readdir_missing(daemon: &Daemon, client: &Client) {
    let reply = client.readdir(daemon.mountdir().join("missing"));
    assert_eq!((reply.dirents.len(), reply.errno), (0, libc::ENOENT));
}

/// An entry tells whether it is a file or a directory.
#[gkfs_harness::test(tags("metadata"))]
fn entry_types(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("dir"), 0o755);
    create(client, mount.join("file"));

    let listing = client.readdir(mount);
    let kind = |name: &str| {
        listing
            .dirents
            .iter()
            .find(|entry| entry.d_name == name)
            .map(|entry| entry.d_type)
    };
    assert_eq!(kind("dir"), Some(libc::DT_DIR));
    assert_eq!(kind("file"), Some(libc::DT_REG));
}

/// `opendir` of a directory gives a stream, of anything else an errno.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn opendir(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    create(client, mount.join("file"));

    assert!(client.opendir(mount).dirp.is_some());
    let missing = client.opendir(mount.join("missing"));
    assert_eq!((missing.dirp, missing.errno), (None, libc::ENOENT));
    let file = client.opendir(mount.join("file"));
    assert_eq!((file.dirp, file.errno), (None, libc::ENOTDIR));
}

/// Some hundred entries come back complete, whatever the size of one answer.
#[gkfs_harness::test(tags("metadata"), params(count = [1, 64, 500]))]
fn many_entries(count: usize, daemon: &Daemon, session: &Session) {
    let wanted: Vec<String> = (0..count).map(|number| format!("entry-{number:04}")).collect();
    for name in &wanted {
        assert_eq!(session.mkdir(daemon.mountdir().join(name), 0o755).retval, 0);
    }
    assert_eq!(names(&session.readdir(daemon.mountdir())), wanted);
}

/// `gkfs.io` makes the files, lists them, and counts as many.
#[gkfs_harness::test(tags("metadata"))]
fn directory_validate(daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    let before = client.readdir(&dir).dirents.len() as i64;
    assert_eq!(client.directory_validate(&dir, 50).retval, before + 50);
}
