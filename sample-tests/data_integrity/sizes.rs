//! Files of every awkward size.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// One chunk of GekkoFS, in bytes.
const CHUNK: u64 = 512 * 1024;

/// `gkfs.io` writes a buffer, reads it back and compares.
#[gkfs_harness::test(tags("data"), params(size = [1, 511, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]))]
fn write_validate(size: u64, daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.write_validate(&file, size).retval, 1);
    assert_eq!(client.stat(&file).statbuf.st_size, size as i64);
}

/// The same bytes, written twice, compare equal; a longer file does not become equal by its head.
#[gkfs_harness::test(tags("data"))]
fn file_compare(daemon: &Daemon, client: &Client) {
    let (one, two) = (daemon.mountdir().join("one"), daemon.mountdir().join("two"));
    for file in [&one, &two] {
        create(client, file);
        assert_eq!(
            client.write_random(file, 2 * CHUNK + 7).retval,
            2 * CHUNK as i64 + 7
        );
    }
    assert_eq!(client.file_compare(&one, &two, 2 * CHUNK + 7).retval, 0);
    assert_eq!(client.pwrite(&two, "changed", 7, CHUNK as i64).retval, 7);
    assert_ne!(client.file_compare(&one, &two, 2 * CHUNK + 7).retval, 0);
}

/// A file copied in keeps its checksum.
#[gkfs_harness::test(tags("data", "shell"), params(size = ["0", "1c", "100K", "512K", "3MB"]))]
fn checksum_survives(size: &str, daemon: &Daemon, files: &FileFactory, shell: &Shell) -> TestResult {
    let original = files.create("original", size)?;
    let copy = daemon.mountdir().join("copy");
    shell.cp([original.path(), &copy]).assert_success();
    let sum = shell.md5sum([&copy]);
    assert_eq!(sum.stdout().split_whitespace().next(), Some(original.md5()));
    Ok(())
}
