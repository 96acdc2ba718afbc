//! `read`, `pread`, `readv`, `preadv`.

use gkfs_harness::prelude::*;
use sample_tests::{create, create_with};

/// `read` starts at the beginning and stops at the end.
#[gkfs_harness::test(tags("data"))]
fn read(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "hello world");
    let part = client.read(&file, 5);
    assert_eq!((part.retval, part.data()), (5, &b"hello"[..]));
    let all = client.read(&file, 100);
    assert_eq!((all.retval, all.data()), (11, &b"hello world"[..]));
}

/// An empty file and the end of any other give 0 bytes, not an error.
#[gkfs_harness::test(tags("data"))]
fn read_at_the_end(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    let empty = client.read(&file, 10);
    assert_eq!((empty.retval, empty.errno), (0, 0));
    assert_eq!(client.write(&file, "abc", 3, None).retval, 3);
    assert_eq!(client.pread(&file, 10, 3).retval, 0);
    assert_eq!(client.pread(&file, 10, 1000).retval, 0);
}

/// `pread` takes its bytes from where it is told.
#[gkfs_harness::test(tags("data"))]
fn pread(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    assert_eq!(client.pread(&file, 3, 4).data(), b"456");
    assert_eq!(client.pread(&file, 10, 8).data(), b"89");
}

/// `readv` fills one buffer after the other.
#[gkfs_harness::test(tags("data"))]
fn readv(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "onetwo");
    let reply = client.readv(&file, 3, 3);
    assert_eq!(reply.retval, 6);
    assert_eq!(reply.buf_0.as_deref(), Some(&b"one"[..]));
    assert_eq!(reply.buf_1.as_deref(), Some(&b"two"[..]));
}

/// `preadv` does so from an offset.
#[gkfs_harness::test(tags("data"))]
fn preadv(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "..onetwo");
    let reply = client.preadv(&file, 3, 3, 2);
    assert_eq!(reply.retval, 6);
    assert_eq!(reply.buf_0.as_deref(), Some(&b"one"[..]));
    assert_eq!(reply.buf_1.as_deref(), Some(&b"two"[..]));
}

/// `pread` leaves the position alone, `read` moves it.
#[gkfs_harness::test(tags("data"))]
fn pread_does_not_move(daemon: &Daemon, client: &Client, session: &Session) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    let fd = session.open(&file, libc::O_RDONLY, None).fd();
    assert_eq!(session.read(fd, 2).data(), b"01");
    assert_eq!(session.pread(fd, 2, 7).data(), b"78");
    assert_eq!(session.read(fd, 2).data(), b"23");
}

/// A missing file and a directory cannot be read.
#[gkfs_harness::test(tags("data", "errno"))]
fn refused(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    assert_eq!(client.read(mount.join("missing"), 1).errno, libc::ENOENT);
    client.mkdir(mount.join("dir"), 0o755);
    assert_eq!(client.read(mount.join("dir"), 1).errno, libc::EISDIR);
}

/// Nor can a file open for writing only, nor what is before its beginning.
#[gkfs_harness::test(tags("data", "errno", "posix"))]
fn refused_by_descriptor(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::DescriptorMode);
    let file = daemon.mountdir().join("file");
    create(session, &file);
    let fd = session.open(&file, libc::O_WRONLY, None).fd();
    assert_eq!(session.read(fd, 1).errno, libc::EBADF);
    assert_eq!(session.pread(&file, 1, -1).errno, libc::EINVAL);
}
