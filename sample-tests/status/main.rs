//! `stat`, `statx`, `statfs`: what a file says of itself.

use gkfs_harness::prelude::*;
use sample_tests::{create, create_with};

/// Type, permissions and size of a file.
#[gkfs_harness::test(tags("metadata"))]
fn of_a_file(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    assert_eq!(client.open(&file, libc::O_CREAT | libc::O_WRONLY, 0o640).errno, 0);
    assert_eq!(client.write(&file, "12345", 5, None).retval, 5);

    let stat = client.stat(&file).statbuf;
    assert!(stat.is_file());
    assert_eq!(stat.permissions(), 0o640);
    assert_eq!(stat.st_size, 5);
}

/// A missing file has none.
#[gkfs_harness::test(tags("metadata", "errno"))]
fn of_nothing(daemon: &Daemon, client: &Client) {
    let reply = client.stat(daemon.mountdir().join("missing"));
    assert_eq!((reply.retval, reply.errno), (-1, libc::ENOENT));
}

/// The root of the mount is a directory.
#[gkfs_harness::test(tags("metadata"))]
fn of_the_mount(daemon: &Daemon, client: &Client) {
    assert!(client.stat(daemon.mountdir()).statbuf.is_dir());
}

/// `statx` agrees with `stat`.
#[gkfs_harness::test(tags("metadata"))]
fn statx(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "1234567");
    let stat = client.stat(&file).statbuf;
    let reply = client.statx(libc::AT_FDCWD, &file, 0, libc::STATX_BASIC_STATS);
    assert_eq!((reply.retval, reply.errno), (0, 0));
    let statx = reply.statbuf;
    assert_eq!(statx.stx_size, 7);
    assert_eq!(u32::from(statx.stx_mode), stat.st_mode);
    assert_eq!(statx.stx_ino, stat.st_ino);
    assert_eq!(statx.stx_mtime.tv_sec, stat.st_mtim.tv_sec);
}

/// A node keeps its number, and two nodes have two.
#[gkfs_harness::test(tags("metadata"))]
fn node_numbers(daemon: &Daemon, client: &Client) {
    let (one, two) = (daemon.mountdir().join("one"), daemon.mountdir().join("two"));
    create(client, &one);
    create(client, &two);
    let number = |path| client.stat(path).statbuf.st_ino;
    assert_eq!(number(&one), number(&one));
    assert_ne!(number(&one), number(&two));
}

/// Writing changes the time of the last change, reading does not.
#[gkfs_harness::test(tags("metadata", "posix"))]
fn modification_time(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Utimens);
    let file = daemon.mountdir().join("file");
    create_with(session, &file, "old");
    let long_ago = 1_000_000_000;
    assert_eq!(
        session.utimensat(&file, long_ago, 0, long_ago, 500, None).retval,
        0
    );
    let before = session.stat(&file).statbuf.st_mtim;
    assert_eq!((before.tv_sec, before.tv_nsec), (long_ago, 500));

    session.read(&file, 3);
    assert_eq!(session.stat(&file).statbuf.st_mtim, before);
    assert_eq!(session.pwrite(&file, "new", 3, 0).retval, 3);
    assert!(session.stat(&file).statbuf.st_mtim.tv_sec > long_ago);
}

/// A hard link is the same node under a second name.
#[gkfs_harness::test(tags("metadata", "posix"))]
fn link_count(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::HardLink);
    let (one, two) = (daemon.mountdir().join("one"), daemon.mountdir().join("two"));
    create_with(session, &one, "content");
    assert_eq!(session.link(&one, &two).retval, 0);
    let (first, second) = (session.stat(&one).statbuf, session.stat(&two).statbuf);
    assert_eq!((first.st_nlink, first.st_ino), (2, second.st_ino));
    assert_eq!(session.unlink(&one).retval, 0);
    assert_eq!(session.stat(&two).statbuf.st_nlink, 1);
    assert_eq!(session.read(&two, 7).data(), b"content");
}

/// `chmod` changes the permission bits and nothing else.
#[gkfs_harness::test(tags("metadata", "posix"))]
fn chmod(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Chmod);
    let file = daemon.mountdir().join("file");
    create_with(session, &file, "content");
    assert_eq!(session.chmod(&file, 0o600).retval, 0);
    let stat = session.stat(&file).statbuf;
    assert_eq!((stat.permissions(), stat.st_size), (0o600, 7));
    assert!(stat.is_file());
}

/// An open file answers as its path does.
#[gkfs_harness::test(tags("metadata"))]
fn fstat(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.write(fd, "12345678", 8, None).retval, 8);
    let (open, named) = (session.fstat(fd).statbuf, session.stat(&file).statbuf);
    assert_eq!(
        (open.st_size, open.st_mode, open.st_ino),
        (8, named.st_mode, named.st_ino)
    );
}

/// The file system has a size, and some of it is free.
#[gkfs_harness::test(tags("metadata"))]
fn statfs(daemon: &Daemon, client: &Client) {
    let reply = client.statfs(daemon.mountdir());
    assert_eq!((reply.retval, reply.errno), (0, 0));
    let totals = reply.statfsbuf;
    assert!(totals.f_bsize > 0 && totals.f_blocks > 0);
    assert!(totals.f_bfree <= totals.f_blocks);
}
