//! What is answered where a [`Node`](crate::node::Node) or plain data does not say it.

use crate::message;

message! {
    /// Reply to [`Hello`](super::Hello).
    pub struct Welcome<'a> {
        /// This daemon's line in the hosts file, from 0.
        index: u32,
        /// Where the file system is mounted.
        mountdir: &'a [u8],
        /// Where this daemon keeps its data.
        rootdir: &'a [u8],
    }
}

message! {
    /// Reply to a write.
    pub struct Written {
        /// Where the bytes went.
        offset: u64,
        /// The file's size now.
        size: u64,
    }
}

message! {
    /// Head of a reply to [`Readdir`](super::Readdir).
    pub struct Listing {
        /// Entries that follow.
        count: u32,
        /// Whether they are the last.
        end: bool,
    }
}

message! {
    /// One directory entry.
    pub struct Entry<'a> {
        /// Its node.
        ino: u64,
        /// Where the entry after it starts.
        cookie: u64,
        /// `DT_*` of `dirent.h`.
        kind: u8,
        /// Its name.
        name: &'a [u8],
    }
}

message! {
    /// Totals of the file system, in the units of `statfs`.
    pub struct Totals {
        /// Bytes in a block.
        block_size: u64,
        /// Blocks.
        blocks: u64,
        /// Blocks not in use.
        free: u64,
        /// Blocks not in use that anybody may take.
        available: u64,
        /// Nodes in use.
        files: u64,
    }
}
