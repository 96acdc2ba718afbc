//! Writing replies.

use gkfs_proto::{
    node::{self, Attr},
    wire::{Encode, Writer},
};
use rustix::io::Errno;

use super::fail::Fail;
use crate::store::inode::{FILE, Inode};

/// More than the longest message without file content takes.
const LONGEST: usize = 72 * 1024;
/// What nearly every message fits into.
const USUAL: usize = 512;

/// Appends a message.
pub(crate) fn put(out: &mut Vec<u8>, message: &impl Encode) -> Result<(), Fail> {
    let start = out.len();
    for room in [USUAL, LONGEST] {
        out.resize(start + room, 0);
        let mut writer = Writer::new(&mut out[start..]);
        if message.encode(&mut writer).is_ok() {
            let end = start + writer.len();
            out.truncate(end);
            return Ok(());
        }
    }
    out.truncate(start);
    Err(Errno::OVERFLOW.into())
}

/// Appends a node as path operations answer it.
pub(crate) fn put_node(out: &mut Vec<u8>, inode: &Inode) -> Result<(), Fail> {
    put(
        out,
        &node::Node {
            attr: attr(inode),
            key: &inode.key,
        },
    )
}

/// What `stat` reports.
///
/// Blocks are counted as if no file had holes, in pages, so that no request has to look at all chunks.
fn attr(inode: &Inode) -> Attr {
    const PAGE: u64 = 4096;
    let blocks = match inode.kind() {
        FILE => inode.attr.size.div_ceil(PAGE) * (PAGE / 512),
        _ => 0,
    };
    Attr { blocks, ..inode.attr }
}
