//! `truncate`: what goes, what stays, what appears.

use gkfs_harness::prelude::*;
use sample_tests::{content, create, create_with};

/// One chunk of GekkoFS, in bytes.
const CHUNK: i64 = 512 * 1024;

/// A shorter file keeps its head and loses its tail.
#[gkfs_harness::test(tags("data"))]
fn shrink(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "0123456789");
    let reply = client.truncate(&file, 4);
    assert_eq!((reply.retval, reply.errno), (0, 0));
    assert_eq!(client.stat(&file).statbuf.st_size, 4);
    assert_eq!(content(client, &file), "0123");
}

/// A longer file reads zeros where nothing was written.
#[gkfs_harness::test(tags("data"))]
fn grow(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "ab");
    assert_eq!(client.truncate(&file, 5).retval, 0);
    assert_eq!(content(client, &file), "ab\0\0\0");
}

/// What was cut off does not come back when the file grows again.
#[gkfs_harness::test(tags("data"))]
fn shrink_then_grow(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "secret");
    assert_eq!(client.truncate(&file, 1).retval, 0);
    assert_eq!(client.truncate(&file, 6).retval, 0);
    assert_eq!(content(client, &file), "s\0\0\0\0\0");
}

/// Cutting at, before and behind the edge of a chunk gives exactly that size, and the head survives.
#[gkfs_harness::test(tags("data"), params(size = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK]))]
fn around_chunk_edges(size: i64, daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    let whole = 3 * CHUNK as u64;
    assert_eq!(client.write_random(&file, whole).retval, whole as i64);
    let head = client.pread(&file, 64, 0);

    assert_eq!(client.truncate(&file, size).retval, 0);
    assert_eq!(client.stat(&file).statbuf.st_size, size);
    let kept = client.pread(&file, 64, 0);
    assert_eq!(kept.retval, size.min(64));
    assert_eq!(kept.data(), &head.data()[..size.min(64) as usize]);
}

/// The same calls that the kernel refuses are refused.
#[gkfs_harness::test(tags("data", "errno"))]
fn refused(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    create(client, mount.join("file"));
    assert_eq!(client.truncate(mount.join("missing"), 0).errno, libc::ENOENT);
    assert_eq!(client.truncate(mount.join("file"), -1).errno, libc::EINVAL);
}

/// A directory has no size to change.
#[gkfs_harness::test(tags("errno", "posix"))]
fn of_a_directory(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::DirectoryKind);
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    assert_eq!(client.truncate(&dir, 0).errno, libc::EISDIR);
}

/// `O_TRUNC` empties a file as it opens it.
#[gkfs_harness::test(tags("data"))]
fn open_with_trunc(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "old");
    assert_eq!(client.open(&file, libc::O_WRONLY | libc::O_TRUNC, None).errno, 0);
    assert_eq!(client.stat(&file).statbuf.st_size, 0);
}

/// An open file follows what happens to its size.
#[gkfs_harness::test(tags("data"))]
fn of_an_open_file(daemon: &Daemon, session: &Session) -> TestResult {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.write(fd, "0123456789", 10, None).retval, 10);
    assert_eq!(session.ftruncate(fd, 3).retval, 0);
    assert_eq!(session.fstat(fd).statbuf.st_size, 3);
    assert_eq!(session.lseek(fd, 0, libc::SEEK_END).retval, 3);
    Ok(())
}
