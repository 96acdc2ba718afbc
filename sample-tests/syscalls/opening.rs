//! `open`.

use gkfs_harness::prelude::*;
use sample_tests::{create, create_with};

/// A missing file is not opened unless it may be created.
#[gkfs_harness::test(tags("errno"))]
fn missing(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    let reply = client.open(&file, libc::O_RDONLY, None);
    assert_eq!((reply.retval, reply.errno), (-1, libc::ENOENT));
    assert!(client.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).retval >= 0);
    assert!(client.open(&file, libc::O_RDONLY, None).retval >= 0);
}

/// `O_EXCL` wants to be the one that creates.
#[gkfs_harness::test(tags("errno"))]
fn exclusive(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    let flags = libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY;
    assert!(client.open(&file, flags, 0o644).retval >= 0);
    let again = client.open(&file, flags, 0o644);
    assert_eq!((again.retval, again.errno), (-1, libc::EEXIST));
}

/// `O_CREAT` leaves the content of an existing file alone.
#[gkfs_harness::test(tags("data"))]
fn create_keeps_content(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "content");
    assert!(client.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).retval >= 0);
    assert_eq!(client.stat(&file).statbuf.st_size, 7);
}

/// Directories are not opened for writing, files not as directories, and nothing below a file.
#[gkfs_harness::test(tags("errno", "posix"))]
fn wrong_kind(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::DirectoryKind);
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("dir"), 0o755);
    create(client, mount.join("file"));
    assert_eq!(
        client.open(mount.join("dir"), libc::O_WRONLY, None).errno,
        libc::EISDIR
    );
    assert_eq!(
        client.open(mount.join("file"), libc::O_DIRECTORY, None).errno,
        libc::ENOTDIR
    );
    assert_eq!(
        client.open(mount.join("file/below"), libc::O_RDONLY, None).errno,
        libc::ENOTDIR
    );
}

/// Whoever lacks the permission cannot open a file.
#[gkfs_harness::test(tags("errno", "posix"))]
fn permission(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Chmod);
    let file = daemon.mountdir().join("file");
    create(session, &file);
    assert_eq!(session.chmod(&file, 0o200).retval, 0);
    if session.access(&file, libc::R_OK).retval == 0 {
        skip!("this user is root, who may open everything");
    }
    let reply = session.open(&file, libc::O_RDONLY, None);
    assert_eq!((reply.retval, reply.errno), (-1, libc::EACCES));
    assert!(session.open(&file, libc::O_WRONLY, None).retval >= 0);
}

/// A closed descriptor is no longer one. Some GekkoFS clients end the process when it is closed again.
#[gkfs_harness::test(tags("errno", "posix"))]
fn close(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::DescriptorMode);
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.close(fd).retval, 0);
    assert_eq!(session.read(fd, 1).errno, libc::EBADF);
    assert_eq!(session.close(fd).errno, libc::EBADF);
}
