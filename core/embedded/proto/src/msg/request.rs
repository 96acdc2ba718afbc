//! What a client, or another daemon, asks.

use crate::{
    frame::{Ask, Op},
    message,
};

macro_rules! requests {
    ($($(#[$meta:meta])* $name:ident $(<$life:lifetime>)? {
        $($(#[$field_meta:meta])* $field:ident: $ty:ty,)*
    })*) => {$(
        message! {
            $(#[$meta])*
            pub struct $name $(<$life>)? { $($(#[$field_meta])* $field: $ty,)* }
        }
        impl $(<$life>)? Ask for $name $(<$life>)? {
            const OP: Op = Op::$name;
        }
    )*};
}

requests! {
    /// Introduces a client. Reply: [`Welcome`](super::Welcome).
    Hello<'a> {
        /// [`VERSION`](crate::VERSION) of the sender.
        version: u32,
        /// Its process.
        pid: u32,
        /// Its effective user.
        uid: u32,
        /// Its effective group.
        gid: u32,
        /// Its supplementary groups, four little-endian bytes each.
        groups: &'a [u8],
    }

    /// This process is about to fork. Reply: nothing.
    Forking {}

    /// What does `path` name? Reply: [`Node`](crate::node::Node).
    Stat<'a> {
        /// Path within the mount.
        path: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
    }

    /// What is this node like? Sent to its home. Reply: [`Node`](crate::node::Node).
    StatNode {
        /// The node.
        ino: u64,
    }

    /// Opens a path. Reply: [`Node`](crate::node::Node). `O_CREAT`, `O_EXCL`, `O_TRUNC`, `O_NOFOLLOW`,
    /// `O_DIRECTORY` and the access mode are the daemon's to obey; permissions are checked against `Hello`.
    Open<'a> {
        /// Path within the mount.
        path: &'a [u8],
        /// Linux `O_*` flags.
        flags: u32,
        /// Permission bits of a file created, the umask applied already.
        mode: u32,
    }

    /// Makes a directory, FIFO, socket or device. Reply: [`Node`](crate::node::Node).
    Make<'a> {
        /// Path within the mount.
        path: &'a [u8],
        /// File type and permission bits, the umask applied already.
        mode: u32,
        /// Device number of a special file.
        rdev: u64,
    }

    /// Makes a symbolic link. Reply: [`Node`](crate::node::Node).
    Symlink<'a> {
        /// Path of the link.
        path: &'a [u8],
        /// What it holds, unchanged.
        target: &'a [u8],
    }

    /// Reads a symbolic link. Reply: its bytes as data.
    Readlink<'a> {
        /// Path of the link.
        path: &'a [u8],
    }

    /// Gives a node a second name. Reply: [`Node`](crate::node::Node).
    Link<'a> {
        /// Where it is.
        old: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
        /// The name to add.
        new: &'a [u8],
    }

    /// Removes a name. Reply: nothing.
    Unlink<'a> {
        /// Path within the mount.
        path: &'a [u8],
        /// Remove an empty directory instead of a file.
        dir: bool,
    }

    /// Renames. Reply: nothing. Sent to the owner of `old`.
    Rename<'a> {
        /// Where it is.
        old: &'a [u8],
        /// Where it goes.
        new: &'a [u8],
        /// `RENAME_NOREPLACE` (1), `RENAME_EXCHANGE` (2) of `renameat2`.
        flags: u32,
    }

    /// Changes attributes. Reply: [`Node`](crate::node::Node). `ino` 0 means by path.
    SetAttr<'a> {
        /// The node, or 0.
        ino: u64,
        /// Path within the mount, where `ino` is 0.
        path: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
        /// Which of the following count: [`set`].
        mask: u32,
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// Last access, nanoseconds since the epoch.
        atime: i64,
        /// Last change, nanoseconds since the epoch.
        mtime: i64,
    }

    /// Changes a file's size. Reply: [`Node`](crate::node::Node). `ino` 0 means by path, links followed.
    Truncate<'a> {
        /// The node, or 0.
        ino: u64,
        /// Path within the mount, where `ino` is 0.
        path: &'a [u8],
        /// New size in bytes.
        size: u64,
    }

    /// Lists a directory, in a stable order. Sent to the node's home. Reply: [`Listing`](super::Listing), then packed
    /// [`Entry`](super::Entry) messages as data; `.` and `..` come first.
    Readdir {
        /// The directory.
        ino: u64,
        /// Where to go on: 0, or the cookie of the last entry seen.
        cookie: u64,
        /// Most bytes of entries in the reply.
        max: u32,
    }

    /// The path a node has now. Sent to its home. Reply: the path as data; `ENOENT` once it was removed.
    PathOf {
        /// The node.
        ino: u64,
    }

    /// Totals. Reply: [`Totals`](super::Totals).
    Statfs {}

    /// Reads an extended attribute. Reply: its value as data. `ino` 0 means by path.
    GetXattr<'a> {
        /// The node, or 0.
        ino: u64,
        /// Path within the mount, where `ino` is 0.
        path: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
        /// Its name.
        name: &'a [u8],
    }

    /// Writes an extended attribute. Reply: nothing. `ino` 0 means by path.
    SetXattr<'a> {
        /// The node, or 0.
        ino: u64,
        /// Path within the mount, where `ino` is 0.
        path: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
        /// Its name.
        name: &'a [u8],
        /// Its value.
        value: &'a [u8],
        /// `XATTR_CREATE` (1), `XATTR_REPLACE` (2).
        flags: u32,
    }

    /// Lists extended attributes. Reply: NUL-terminated names as data. `ino` 0 means by path.
    ListXattr<'a> {
        /// The node, or 0.
        ino: u64,
        /// Path within the mount, where `ino` is 0.
        path: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
    }

    /// Removes an extended attribute. Reply: nothing. `ino` 0 means by path.
    RemoveXattr<'a> {
        /// The node, or 0.
        ino: u64,
        /// Path within the mount, where `ino` is 0.
        path: &'a [u8],
        /// Whether a symbolic link at its end is followed.
        follow: bool,
        /// Its name.
        name: &'a [u8],
    }

    /// Reads content where there is one daemon. Reply: the bytes as data, fewer at the end of the file.
    Read {
        /// The file.
        ino: u64,
        /// Where to start, in bytes.
        offset: u64,
        /// Most bytes wanted, up to [`MAX_IO`](crate::MAX_IO).
        len: u32,
    }

    /// Writes content where there is one daemon; the bytes follow as data. Reply: [`Written`](super::Written).
    Write {
        /// The file.
        ino: u64,
        /// Where to start, in bytes; not used where `append`.
        offset: u64,
        /// Whether to write at the end, atomically.
        append: bool,
    }

    /// Reads a part of one chunk from its owner. Reply: the bytes as data, fewer where the chunk is shorter:
    /// what is missing within the file reads as zeros.
    ReadChunk<'a> {
        /// [`Node::key`](crate::node::Node::key).
        key: &'a [u8],
        /// Number of the chunk, from 0.
        chunk: u64,
        /// Where to start within it, in bytes.
        offset: u32,
        /// Bytes wanted.
        len: u32,
    }

    /// Writes a part of one chunk to its owner; the bytes follow as data. Reply: nothing.
    WriteChunk<'a> {
        /// [`Node::key`](crate::node::Node::key).
        key: &'a [u8],
        /// Number of the chunk, from 0.
        chunk: u64,
        /// Where to start within it, in bytes.
        offset: u32,
    }

    /// Extends a file to at least `end` bytes and marks it changed. Sent to its home. Reply: [`Written`](super::Written).
    Grow {
        /// The file.
        ino: u64,
        /// Where the chunks written end.
        end: u64,
    }

    /// Extends a file by `len` bytes. Sent to its home. Reply: [`Written`](super::Written), whose offset is where they start.
    Reserve {
        /// The file.
        ino: u64,
        /// Bytes wanted.
        len: u64,
    }

    /// `fallocate`. Sent to the file's home. Reply: nothing.
    Allocate {
        /// The file.
        ino: u64,
        /// Linux `FALLOC_FL_*` flags.
        mode: u32,
        /// Where the range starts.
        offset: u64,
        /// Its length.
        len: u64,
    }
}

/// Bits of [`SetAttr::mask`].
pub mod set {
    /// `mode` counts.
    pub const MODE: u32 = 1;
    /// `uid` counts.
    pub const UID: u32 = 2;
    /// `gid` counts.
    pub const GID: u32 = 4;
    /// `atime` counts.
    pub const ATIME: u32 = 8;
    /// `mtime` counts.
    pub const MTIME: u32 = 16;
    /// The daemon's clock is the last access.
    pub const ATIME_NOW: u32 = 32;
    /// The daemon's clock is the last change.
    pub const MTIME_NOW: u32 = 64;
}
