//! Reads and writes that meet the edges of chunks.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// One chunk of GekkoFS, in bytes.
const CHUNK: i64 = 512 * 1024;

/// A write across an edge reads back whole, from either side.
#[gkfs_harness::test(tags("data"), params(edge = [CHUNK, 2 * CHUNK, 5 * CHUNK]))]
fn write_across_an_edge(edge: i64, daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.pwrite(&file, "left|right", 10, edge - 5).retval, 10);

    assert_eq!(client.pread(&file, 10, edge - 5).data(), b"left|right");
    assert_eq!(client.pread(&file, 5, edge).data(), b"right");
    assert_eq!(client.pread(&file, 5, edge - 5).data(), b"left|");
    assert_eq!(client.stat(&file).statbuf.st_size, edge + 5);
}

/// What was never written reads as zeros.
#[gkfs_harness::test(tags("data", "posix"))]
fn hole(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::ChunkHoles);
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.pwrite(&file, "end", 3, 3 * CHUNK).retval, 3);

    let gap = client.pread(&file, 32, CHUNK + 100);
    assert_eq!(gap.data(), [0; 32]);
    let edge = client.pread(&file, 8, 3 * CHUNK - 5);
    assert_eq!(edge.data(), b"\0\0\0\0\0end");
}

/// Writing into the middle changes just those bytes.
#[gkfs_harness::test(tags("data"))]
fn overwrite_in_the_middle(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.write(&file, "aaaaaaaaaa", 10, None).retval, 10);
    assert_eq!(client.pwrite(&file, "bbb", 3, 4).retval, 3);
    assert_eq!(client.read(&file, 10).data(), b"aaaabbbaaa");
    assert_eq!(client.stat(&file).statbuf.st_size, 10);
}

/// A file written back to front, chunk by chunk, is in order.
#[gkfs_harness::test(tags("data"))]
fn chunks_in_reverse(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    for chunk in (0..5).rev() {
        assert_eq!(
            session
                .pwrite(fd, format!("chunk {chunk}"), 7, chunk * CHUNK)
                .retval,
            7
        );
    }
    for chunk in 0..5 {
        assert_eq!(
            session.pread(fd, 7, chunk * CHUNK).data(),
            format!("chunk {chunk}").as_bytes()
        );
    }
    assert_eq!(session.fstat(fd).statbuf.st_size, 4 * CHUNK + 7);
}

/// Removing a file and creating it again brings nothing of it back.
#[gkfs_harness::test(tags("data"))]
fn no_old_data_in_a_new_file(daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.write_random(&file, 2 * CHUNK as u64).retval, 2 * CHUNK);
    assert_eq!(client.unlink(&file).retval, 0);
    create(client, &file);
    assert_eq!(client.truncate(&file, 2 * CHUNK).retval, 0);
    assert_eq!(client.pread(&file, 16, 10).data(), [0; 16]);
    assert_eq!(client.pread(&file, 16, CHUNK + 10).data(), [0; 16]);
}
