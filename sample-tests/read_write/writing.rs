//! `write`, `pwrite`, `writev`, `pwritev`.

use gkfs_harness::prelude::*;
use sample_tests::{content, create, create_with};

/// `write` says how much it wrote, and that much is there.
#[gkfs_harness::test(tags("data"))]
fn write(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    let reply = client.write(&file, "hello world", 5, None);
    assert_eq!((reply.retval, reply.errno), (5, 0));
    assert_eq!(content(client, &file), "hello");
}

/// `pwrite` puts its bytes where it is told and leaves the rest.
#[gkfs_harness::test(tags("data"))]
fn pwrite(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    assert_eq!(client.pwrite(&file, "ab", 2, 4).retval, 2);
    assert_eq!(content(client, &file), "0123ab6789");
}

/// `writev` writes one buffer behind the other.
#[gkfs_harness::test(tags("data"))]
fn writev(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.writev(&file, "one", "two", 2).retval, 6);
    assert_eq!(content(client, &file), "onetwo");
}

/// `pwritev` does so at an offset.
#[gkfs_harness::test(tags("data"))]
fn pwritev(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.pwritev(&file, "one", "two", 2, 2).retval, 6);
    assert_eq!(content(client, &file), "\0\0onetwo");
}

/// A missing file is not created.
#[gkfs_harness::test(tags("data", "errno"))]
fn refused(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    assert_eq!(client.write(&file, "x", 1, None).errno, libc::ENOENT);
    assert_eq!(client.stat(&file).errno, libc::ENOENT);
}

/// A file open for reading is not written.
#[gkfs_harness::test(tags("data", "errno", "posix"))]
fn refused_by_descriptor(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::DescriptorMode);
    let file = daemon.mountdir().join("file");
    create(session, &file);
    let fd = session.open(&file, libc::O_RDONLY, None).fd();
    assert_eq!(session.write(fd, "x", 1, None).errno, libc::EBADF);
    assert_eq!(session.fstat(fd).statbuf.st_size, 0);
}
