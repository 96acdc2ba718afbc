//! A daemon that is gone.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// One chunk of GekkoFS, in bytes.
const CHUNK: i64 = 512 * 1024;

/// With one daemon killed, just the reads of its chunks fail.
#[gkfs_harness::test(tags("cluster", "data"))]
fn exactly_its_reads(cluster: &ClusterOf<4>, session: &Session) -> TestResult {
    let file = cluster.mountdir().join("file");
    create(session, &file);
    let fd = session.open(&file, libc::O_RDWR, None).fd();
    for chunk in 0..8 {
        assert_eq!(session.pwrite(fd, "chunk", 5, chunk * CHUNK).retval, 5);
    }

    // The victim must not be the one that knows the file's size: without it nothing can be read.
    let home = (session.fstat(fd).statbuf.st_ino >> 48) as usize;
    let victim = (home + 1) % cluster.len();
    let lost = super::chunks_of(cluster.daemon(victim), "file")?;
    assert!(!lost.is_empty() && lost.len() < 8, "{lost:?}");
    cluster.kill(victim)?;

    for chunk in 0..8 {
        let reply = session.pread(fd, 5, chunk * CHUNK);
        let expected = if lost.contains(&(chunk as u64)) { -1 } else { 5 };
        assert_eq!(reply.retval, expected, "chunk {chunk}, lost {lost:?}");
    }
    Ok(())
}

/// A daemon that is stopped and started again on its root has what it had.
#[gkfs_harness::test(tags("cluster", "data"))]
fn restarted(cluster: &ClusterOf<2>, client: &Client) -> TestResult {
    let file = cluster.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.write_random(&file, 4 * CHUNK as u64).retval, 4 * CHUNK);
    let before = client.pread(&file, 64, 3 * CHUNK);

    for index in 0..cluster.len() {
        cluster.restart(index)?;
    }
    assert_eq!(client.stat(&file).statbuf.st_size, 4 * CHUNK);
    assert_eq!(client.pread(&file, 64, 3 * CHUNK).data(), before.data());
    Ok(())
}

/// So has one that is killed, unless it writes its metadata behind.
#[gkfs_harness::test(tags("cluster", "data", "posix"))]
fn restarted_after_a_kill(cluster: &ClusterOf<2>, client: &Client) -> TestResult {
    let file = cluster.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.write_random(&file, 4 * CHUNK as u64).retval, 4 * CHUNK);
    let before = client.pread(&file, 64, 3 * CHUNK);

    for index in 0..cluster.len() {
        cluster.kill(index)?;
        cluster.restart(index)?;
    }
    let found = client.stat(&file);
    if found.errno == libc::ENOENT || found.statbuf.st_size == 0 {
        skip!("the stack's daemons lose their latest metadata when they are killed");
    }
    assert_eq!(found.statbuf.st_size, 4 * CHUNK);
    assert_eq!(client.pread(&file, 64, 3 * CHUNK).data(), before.data());
    Ok(())
}
