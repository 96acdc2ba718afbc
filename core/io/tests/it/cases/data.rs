//! Reading and writing, against the kernel.

use std::path::PathBuf;

use gkfs_io::op::*;
use gkfs_io::reply::{CompareReply, StatusReply};
use tempfile::TempDir;

use crate::support::run;

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

fn content(path: &PathBuf) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn ok(retval: i64) -> StatusReply {
    StatusReply { errno: 0, retval }
}

fn failed(errno: i32) -> StatusReply {
    StatusReply { errno, retval: -1 }
}

#[test]
fn reads_fill_the_buffer_with_zeros() {
    let (_directory, path) = file(b"hello");
    let whole = run(Read::new(&path, 7));
    assert_eq!((whole.retval, whole.errno), (5, 0));
    assert_eq!(whole.buf.as_deref(), Some(&b"hello\0\0"[..]));
    assert_eq!(whole.data(), b"hello");
    assert_eq!(run(Pread::new(&path, 3, 1)).data(), b"ell");
    let nothing = run(Pread::new(&path, 3, 100));
    assert_eq!(
        (nothing.retval, nothing.buf, nothing.errno),
        (0, Some(vec![0; 3]), 0)
    );
    assert_eq!(run(Read::new(&path, 0)).buf, None);
}

#[test]
fn failed_reads_have_no_buffer() {
    let (directory, path) = file(b"hello");
    let missing = run(Read::new(directory.path().join("no"), 7));
    assert_eq!(
        (missing.retval, missing.errno, missing.buf),
        (-1, libc::ENOENT, None)
    );
    let negative = run(Pread::new(&path, 3, -1));
    assert_eq!(
        (negative.retval, negative.errno, negative.buf),
        (-1, libc::EINVAL, None)
    );
    let directory = run(Read::new(directory.path(), 7));
    assert_eq!((directory.retval, directory.errno), (-1, libc::EISDIR));
    let senseless = run(Read::new(&path, u64::MAX));
    assert_eq!((senseless.retval, senseless.errno), (-1, libc::ENOMEM));
}

#[test]
fn vectors_are_filled_in_turn() {
    let (_directory, path) = file(b"onetwo");
    let both = run(Readv::new(&path, 4, 4));
    assert_eq!((both.retval, both.errno), (6, 0));
    assert_eq!(
        (both.buf_0.as_deref(), both.buf_1.as_deref()),
        (Some(&b"onet"[..]), Some(&b"wo\0\0"[..]))
    );
    let from = run(Preadv::new(&path, 2, 1, 3));
    assert_eq!(
        (from.buf_0.as_deref(), from.buf_1.as_deref()),
        (Some(&b"tw"[..]), Some(&b"o"[..]))
    );
    let missing = run(Readv::new("/nonexistent", 4, 4));
    assert_eq!(
        (missing.retval, missing.errno, missing.buf_0, missing.buf_1),
        (-1, libc::ENOENT, None, None)
    );
}

#[test]
fn writes_overwrite_or_append() {
    let (_directory, path) = file(b"hello");
    assert_eq!(run(Write::new(&path, "HEY", 2, None)), ok(2));
    assert_eq!(content(&path), b"HEllo");
    assert_eq!(run(Write::new(&path, "!", 1, true)), ok(1));
    assert_eq!(run(Pwrite::new(&path, b"\xff\0", 2, 1)), ok(2));
    assert_eq!(content(&path), b"H\xff\0lo!");
    assert_eq!(
        run(Write::new(&path, "ab", 4, None)),
        ok(4),
        "zeros behind the data"
    );
    assert_eq!(content(&path), b"ab\0\0o!");
    assert_eq!(
        run(Write::new("/nonexistent", "ab", 2, None)),
        failed(libc::ENOENT)
    );
}

#[test]
fn vectors_are_written_in_turn() {
    let (_directory, path) = file(b"");
    assert_eq!(run(Writev::new(&path, "one", "two", 2)), ok(6));
    assert_eq!(run(Pwritev::new(&path, "X", "Y", 1, 3)), ok(1), "only the first");
    assert_eq!(content(&path), b"oneXwo");
    assert_eq!(run(Writev::new(&path, "a", "b", 5)), ok(2), "empty ones behind");
    assert_eq!(run(Writev::new(&path, "a", "b", u64::MAX)), failed(libc::EINVAL));
}

#[test]
fn sizes_change() {
    let (_directory, path) = file(b"hello");
    assert_eq!(run(Truncate::new(&path, 2)), ok(0));
    assert_eq!(content(&path), b"he");
    assert_eq!(run(Ftruncate::new(&path, 4)), ok(0));
    assert_eq!(content(&path), b"he\0\0");
    assert_eq!(run(Truncate::new(&path, -1)), failed(libc::EINVAL));
    assert_eq!(run(Fallocate::new(&path, 0, 2, 10)), ok(0));
    assert_eq!(content(&path).len(), 12);
    assert_eq!(run(Fallocate::new(&path, 0, 0, 0)), failed(libc::EINVAL));
    assert_eq!(run(Fsync::new(&path)), ok(0));
    assert_eq!(run(Fdatasync::new(&path)), ok(0));
}

#[test]
fn ranges_are_copied_between_files() {
    let (directory, path) = file(b"0123456789");
    let copy = directory.path().join("copy");
    std::fs::write(&copy, "abcdef").unwrap();
    assert_eq!(run(CopyFileRange::new(&path, &copy, 3, 5, 1, None)), ok(3));
    assert_eq!(content(&copy), b"a567ef");
    assert_eq!(
        run(CopyFileRange::new(&path, &copy, 100, None, None, None)),
        ok(10)
    );
    assert_eq!(content(&copy), b"0123456789");
    assert_eq!(
        run(CopyFileRange::new("/nonexistent", &copy, 1, None, None, None)),
        failed(libc::ENOENT)
    );
}

#[test]
fn mappings_read_and_write_at_any_offset() {
    let (_directory, path) = file(&[b'x'; 10_000]);
    assert_eq!(run(MmapWrite::new(&path, "mapped", 5_001)), ok(6));
    let read = run(MmapRead::new(&path, 8, 5_000));
    assert_eq!((read.retval, read.data()), (8, &b"xmappedx"[..]));
    assert_eq!(&content(&path)[4_999..5_009], b"xxmappedxx");
    assert_eq!(
        run(MmapRead::new(&path, 4, 9_998)).data(),
        b"xx\0\0",
        "the rest of the last page is zeros"
    );
}

#[test]
fn mappings_behind_the_file_are_an_error_and_no_signal() {
    let (_directory, path) = file(b"short");
    let read = run(MmapRead::new(&path, 4, 1 << 20));
    assert_eq!((read.retval, read.errno, read.buf), (-1, libc::EFAULT, None));
    assert_eq!(run(MmapWrite::new(&path, "data", 1 << 20)), failed(libc::EFAULT));
    assert_eq!(run(MmapRead::new(&path, 4, -1)).errno, libc::EINVAL);
    assert_eq!(
        run(MmapRead::new(&path, 0, 0)).errno,
        libc::EINVAL,
        "mmap() maps no 0 bytes"
    );
}

#[test]
fn validation_writes_and_reads_back() {
    let (_directory, path) = file(b"");
    assert_eq!(run(WriteValidate::new(&path, 23)), ok(1));
    assert_eq!(content(&path), b"01234567890123456789012");
    assert_eq!(run(WriteValidate::new("/nonexistent", 23)), failed(libc::ENOENT));
}

/// As g++ 12's library gives them for upstream's generator and seed.
#[test]
fn random_data_is_upstreams() {
    let (_directory, path) = file(b"");
    assert_eq!(run(WriteRandom::new(&path, 2000)), ok(2000));
    let data = content(&path);
    assert_eq!(
        data[..12],
        [101, 142, 184, 246, 105, 216, 112, 199, 25, 200, 255, 6]
    );
    let sum = data
        .iter()
        .fold(0u32, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    assert_eq!(sum, 3_597_716_268);
}

#[test]
fn files_are_compared_up_to_a_length() {
    let (directory, path) = file(b"hello world");
    let other = directory.path().join("other");
    std::fs::write(&other, "hello there").unwrap();
    let reply = |retval, errno| CompareReply { errno, retval };
    assert_eq!(run(FileCompare::new(&path, &other, 6)), reply(0, 0));
    assert_eq!(run(FileCompare::new(&path, &other, 7)), reply(1, 0));
    std::fs::write(&other, "hello").unwrap();
    assert_eq!(
        run(FileCompare::new(&path, &other, 11)),
        reply(1, 0),
        "a shorter file differs"
    );
    assert_eq!(
        run(FileCompare::new(&path, "/nonexistent", 1)),
        reply(-1, libc::ENOENT)
    );
}
