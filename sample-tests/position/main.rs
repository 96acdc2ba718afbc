//! `lseek`: where the next byte comes from.

use gkfs_harness::prelude::*;
use sample_tests::create_with;

/// From the beginning, from here, from the end.
#[gkfs_harness::test(tags("data"), params(whence = [libc::SEEK_SET, libc::SEEK_CUR, libc::SEEK_END]))]
fn whence(whence: i32, daemon: &Daemon, client: &Client, session: &Session) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    let fd = session.open(&file, libc::O_RDONLY, None).fd();
    assert_eq!(session.read(fd, 2).retval, 2);

    let expected = match whence {
        libc::SEEK_SET => 3,
        libc::SEEK_CUR => 5,
        _ => 13,
    };
    assert_eq!(session.lseek(fd, 3, whence).retval, expected);
    assert_eq!(session.lseek(fd, 0, libc::SEEK_CUR).retval, expected);
}

/// One process that opens, seeks and ends, as `gkfs.io` does it.
#[gkfs_harness::test(tags("data"))]
fn of_a_path(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    assert_eq!(client.lseek(&file, 4, libc::SEEK_SET).retval, 4);
    assert_eq!(client.lseek(&file, 0, libc::SEEK_END).retval, 10);
    assert_eq!(client.lseek(&file, -3, libc::SEEK_END).retval, 7);
}

/// A position before the beginning, and a direction that does not exist.
#[gkfs_harness::test(tags("data", "errno"))]
fn refused(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123");
    assert_eq!(client.lseek(&file, -1, libc::SEEK_SET).errno, libc::EINVAL);
    assert_eq!(client.lseek(&file, -5, libc::SEEK_END).errno, libc::EINVAL);
    assert_eq!(client.lseek(&file, 0, 99).errno, libc::EINVAL);
    assert_eq!(
        client.lseek(daemon.mountdir().join("missing"), 0, 0).errno,
        libc::ENOENT
    );
}

/// Seeking behind the end changes nothing until something is written there.
#[gkfs_harness::test(tags("data"))]
fn behind_the_end(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.lseek(fd, 100, libc::SEEK_SET).retval, 100);
    assert_eq!(session.fstat(fd).statbuf.st_size, 0);
    assert_eq!(session.write(fd, "x", 1, None).retval, 1);
    assert_eq!(session.fstat(fd).statbuf.st_size, 101);
    assert_eq!(session.pread(fd, 2, 99).data(), b"\0x");
}

/// Two descriptors of one file have a position each; a copy by `dup` shares it.
#[gkfs_harness::test(tags("data"))]
fn own_and_shared(daemon: &Daemon, client: &Client, session: &Session) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    let one = session.open(&file, libc::O_RDONLY, None).fd();
    let two = session.open(&file, libc::O_RDONLY, None).fd();
    let copy = session.dup(one).fd();
    assert_eq!(session.read(one, 4).data(), b"0123");
    assert_eq!(session.read(two, 2).data(), b"01");
    assert_eq!(session.read(copy, 2).data(), b"45");
}
