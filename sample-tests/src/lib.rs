//! What the sample groups have in common: how a file comes to be, and how a directory reads.
//!
//! Each folder beside this one is a group of tests; `start/` is the place to begin reading.

use std::path::Path;

use gkfs_harness::prelude::*;
use gkfs_harness::reply::ReaddirReply;

/// Creates an empty file: the writing operations of `gkfs.io` open without `O_CREAT`.
///
/// # Panics
/// If the file cannot be created.
#[track_caller]
pub fn create(ops: &impl Operations, path: impl AsRef<Path>) {
    let reply = ops.open(path.as_ref(), libc::O_CREAT | libc::O_WRONLY, 0o644);
    assert_eq!(reply.errno, 0, "create {}", path.as_ref().display());
}

/// Creates a file with this content.
///
/// # Panics
/// If that cannot be done.
#[track_caller]
pub fn create_with(ops: &impl Operations, path: impl AsRef<Path>, content: &str) {
    let path = path.as_ref();
    create(ops, path);
    let reply = ops.write(path, content, content.len() as u64, None);
    assert_eq!(
        (reply.retval, reply.errno),
        (content.len() as i64, 0),
        "write {}",
        path.display()
    );
}

/// The content of a small file, as text.
///
/// # Panics
/// If it cannot be read.
#[track_caller]
pub fn content(ops: &impl Operations, path: impl AsRef<Path>) -> String {
    let reply = ops.read(path.as_ref(), 4096);
    assert_eq!(reply.errno, 0, "read {}", path.as_ref().display());
    String::from_utf8_lossy(reply.data()).into_owned()
}

/// The names in a directory, sorted, without `.` and `..`, which GekkoFS does not list.
pub fn names(listing: &ReaddirReply) -> Vec<String> {
    let mut names: Vec<String> = listing
        .dirents
        .iter()
        .map(|entry| entry.d_name.to_string())
        .filter(|name| name != "." && name != "..")
        .collect();
    names.sort();
    names
}
