//! Directories, which GekkoFS's own client does not rename.

use gkfs_harness::prelude::*;
use sample_tests::{content, create, create_with, names};

/// A directory takes along what lies in it.
#[gkfs_harness::test(tags("rename", "posix"))]
fn with_its_content(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameDir);
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("old"), 0o755);
    client.mkdir(mount.join("old/sub"), 0o755);
    create_with(client, mount.join("old/sub/file"), "content");
    assert_eq!(client.rename(mount.join("old"), mount.join("new")).retval, 0);
    assert_eq!(client.stat(mount.join("old")).errno, libc::ENOENT);
    assert_eq!(content(client, mount.join("new/sub/file")), "content");
    assert_eq!(names(&client.readdir(mount.join("new"))), ["sub"]);
}

/// Only an empty directory is replaced.
#[gkfs_harness::test(tags("rename", "posix", "errno"))]
fn onto_a_directory(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameDir);
    let mount = &daemon.mountdir();
    for dir in ["source", "full", "empty"] {
        client.mkdir(mount.join(dir), 0o755);
    }
    create(client, mount.join("full/file"));
    assert_eq!(
        client.rename(mount.join("source"), mount.join("full")).errno,
        libc::ENOTEMPTY
    );
    assert_eq!(client.rename(mount.join("source"), mount.join("empty")).retval, 0);
    assert_eq!(names(&client.readdir(mount)), ["empty", "full"]);
}

/// A file does not replace a directory, nor a directory a file, nor goes a directory into itself.
#[gkfs_harness::test(tags("rename", "posix", "errno"))]
fn refused(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::RenameDir);
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("dir"), 0o755);
    create(client, mount.join("file"));
    assert_eq!(
        client.rename(mount.join("file"), mount.join("dir")).errno,
        libc::EISDIR
    );
    assert_eq!(
        client.rename(mount.join("dir"), mount.join("file")).errno,
        libc::ENOTDIR
    );
    assert_eq!(
        client.rename(mount.join("dir"), mount.join("dir/inner")).errno,
        libc::EINVAL
    );
}
