//! Files.

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with, names};

/// The new name has the content, the old one is gone.
#[gkfs_harness::test(tags("rename"))]
fn rename(daemon: &Daemon, client: &Client) {
    let (old, new) = (daemon.mountdir().join("old"), daemon.mountdir().join("new"));
    create_with(client, &old, "content");
    let reply = client.rename(&old, &new);
    assert_eq!((reply.retval, reply.errno), (0, 0));

    assert_eq!(client.stat(&old).errno, libc::ENOENT);
    assert_eq!(content(client, &new), "content");
    assert_eq!(names(&client.readdir(daemon.mountdir())), ["new"]);
}

/// What stood at the new name is replaced.
#[gkfs_harness::test(tags("rename", "posix"))]
fn over_an_existing_file(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameReplace);
    let (old, new) = (daemon.mountdir().join("old"), daemon.mountdir().join("new"));
    create_with(client, &old, "short");
    create_with(client, &new, "much longer than the other");
    assert_eq!(client.rename(&old, &new).retval, 0);
    assert_eq!(content(client, &new), "short");
    assert_eq!(names(&client.readdir(daemon.mountdir())), ["new"]);
}

/// Renamed again and again, and back to the first name.
#[gkfs_harness::test(tags("rename", "posix"))]
fn chain_and_back(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameReplace);
    let name = |letter: &str| daemon.mountdir().join(letter);
    create_with(client, name("a"), "content");
    for (old, new) in [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")] {
        assert_eq!(client.rename(name(old), name(new)).retval, 0, "{old} to {new}");
        assert_eq!(client.stat(name(old)).errno, libc::ENOENT);
    }
    assert_eq!(content(client, name("a")), "content");
}

/// The old name can be used again, and the two files have nothing to do with each other.
#[gkfs_harness::test(tags("rename", "posix", "data"))]
fn old_name_used_again(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameReplace);
    let (old, new) = (daemon.mountdir().join("old"), daemon.mountdir().join("new"));
    create_with(client, &old, "first");
    assert_eq!(client.rename(&old, &new).retval, 0);
    create_with(client, &old, "second");
    assert_eq!(content(client, &new), "first");
    assert_eq!(content(client, &old), "second");

    assert_eq!(client.unlink(&new).retval, 0);
    assert_eq!(content(client, &old), "second");
}

/// Into another directory.
#[gkfs_harness::test(tags("rename"))]
fn into_another_directory(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("from"), 0o755);
    client.mkdir(mount.join("to"), 0o755);
    create_with(client, mount.join("from/file"), "content");
    assert_eq!(
        client
            .rename(mount.join("from/file"), mount.join("to/file"))
            .retval,
        0
    );
    assert!(names(&client.readdir(mount.join("from"))).is_empty());
    assert_eq!(content(client, mount.join("to/file")), "content");
}

/// A missing source, a missing target directory: nothing happens.
#[gkfs_harness::test(tags("rename", "errno", "posix"))]
fn refused(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameChecked);
    let mount = &daemon.mountdir();
    assert_eq!(
        client.rename(mount.join("missing"), mount.join("new")).errno,
        libc::ENOENT
    );
    create_with(client, mount.join("file"), "content");
    assert_eq!(
        client.rename(mount.join("file"), mount.join("none/new")).errno,
        libc::ENOENT
    );
    assert_eq!(content(client, mount.join("file")), "content");
}
