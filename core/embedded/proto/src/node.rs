//! Nodes: what a path names, by number.

use crate::message;

/// Node number. The upper 16 bits are the number of the daemon that keeps the node (its *home*), so a client
/// that holds an open file needs no path to find it; the lower 48 bits are unique on that daemon.
pub type Ino = u64;

/// Node number of the mount's root directory, kept by the first daemon.
pub const ROOT_INO: Ino = 1;

/// The daemon that keeps a node: its line in the hosts file, from 0.
pub fn home(ino: Ino) -> usize {
    (ino >> 48) as usize
}

/// The number of the `counter`-th node of daemon `home`.
pub fn number(home: usize, counter: u64) -> Ino {
    ((home as u64) << 48) | (counter & 0xffff_ffff_ffff)
}

message! {
    /// Attributes of a node, as `stat` reports them; times in nanoseconds since the epoch.
    pub struct Attr {
        /// Node number.
        ino: u64,
        /// File type and permission bits (`st_mode`).
        mode: u32,
        /// Hard links.
        nlink: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// Bytes.
        size: u64,
        /// Blocks of 512 bytes in use.
        blocks: u64,
        /// Device number of a special file.
        rdev: u64,
        /// Last access.
        atime: i64,
        /// Last change of the content.
        mtime: i64,
        /// Last change of the node.
        ctime: i64,
        /// Creation.
        btime: i64,
    }
}

message! {
    /// A node as a path operation answers it.
    pub struct Node<'a> {
        /// Its attributes.
        attr: Attr,
        /// Name of its chunk directories, the same on every daemon; empty unless a regular file.
        key: &'a [u8],
    }
}

/// Longest [`Node::key`], in bytes: it names a directory.
pub const KEY_MAX: usize = 255;

/// Prefix of the name given to the memory file behind an open file: `gkfs:` and the node number in
/// hexadecimal. `/proc/PID/fd` shows it, and so the daemon can tell whether an unlinked file is still open.
pub const OPEN_FILE_PREFIX: &str = "gkfs:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_number_tells_its_home() {
        assert_eq!(home(number(3, 41)), 3);
        assert_eq!(home(ROOT_INO), 0);
    }
}
