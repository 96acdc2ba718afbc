//! Attributes and entries in few words, with gVisor's values where a test says nothing.

use std::time::Duration;

use crate::abi;

/// gVisor's times: 2020-07-20T16:31:29.134150844Z.
const SECONDS: u64 = 1_595_436_289;
const NANOSECONDS: u32 = 134_150_844;

/// A node's attributes, to be changed and turned into replies.
///
/// What is not said is as in gVisor's `DefaultFuseAttr`: four blocks, two links, uid 1234, gid 4321, blocks of 4096.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr(pub abi::Attr);

impl Attr {
    /// gVisor's `DefaultFuseAttr(mode, ino, size)`.
    pub const fn new(mode: u32, ino: u64, size: u64) -> Self {
        Self(abi::Attr {
            ino,
            size,
            blocks: 4,
            atime: SECONDS,
            mtime: SECONDS,
            ctime: SECONDS,
            atimensec: NANOSECONDS,
            mtimensec: NANOSECONDS,
            ctimensec: NANOSECONDS,
            mode,
            nlink: 2,
            uid: 1234,
            gid: 4321,
            rdev: 12,
            blksize: 4096,
            flags: 0,
        })
    }

    /// A regular file with these permissions, numbered 2 and empty.
    pub const fn file(permissions: u32) -> Self {
        Self::new(libc::S_IFREG | permissions, 2, 0)
    }

    /// A directory with these permissions, numbered 1.
    pub const fn dir(permissions: u32) -> Self {
        Self::new(libc::S_IFDIR | permissions, abi::ROOT, 4096)
    }

    /// A symbolic link, numbered 2.
    pub const fn symlink() -> Self {
        Self::new(libc::S_IFLNK | 0o777, 2, 0)
    }

    /// With another number.
    pub const fn ino(mut self, ino: u64) -> Self {
        self.0.ino = ino;
        self
    }

    /// With another size.
    pub const fn size(mut self, size: u64) -> Self {
        self.0.size = size;
        self
    }

    /// With another number of names.
    pub const fn nlink(mut self, nlink: u32) -> Self {
        self.0.nlink = nlink;
        self
    }

    /// With another owner.
    pub const fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.0.uid = uid;
        self.0.gid = gid;
        self
    }

    /// As an entry of a node of the same number, which holds for no time at all: gVisor's `DefaultEntryOut`.
    pub const fn entry(self) -> Entry {
        Entry(abi::EntryOut {
            nodeid: self.0.ino,
            generation: 0,
            entry_valid: 0,
            attr_valid: 0,
            entry_valid_nsec: 0,
            attr_valid_nsec: 0,
            attr: self.0,
        })
    }
}

/// A name's node, to be changed and turned into replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(pub abi::EntryOut);

impl Entry {
    /// Of another node.
    pub const fn node(mut self, node: u64) -> Self {
        self.0.nodeid = node;
        self
    }

    /// Name and attributes may be kept for this long.
    pub const fn valid(self, time: Duration) -> Self {
        self.name_valid(time).attr_valid(time)
    }

    /// The name may be kept for this long.
    pub const fn name_valid(mut self, time: Duration) -> Self {
        self.0.entry_valid = time.as_secs();
        self.0.entry_valid_nsec = time.subsec_nanos();
        self
    }

    /// The attributes may be kept for this long.
    pub const fn attr_valid(mut self, time: Duration) -> Self {
        self.0.attr_valid = time.as_secs();
        self.0.attr_valid_nsec = time.subsec_nanos();
        self
    }
}

/// The same attributes as `statx` has them.
pub(crate) fn statx_of(out: &abi::AttrOut) -> abi::StatxOut {
    let time = |seconds: u64, nanoseconds: u32| abi::SxTime {
        tv_sec: seconds as i64,
        tv_nsec: nanoseconds,
        reserved: 0,
    };
    let attr = &out.attr;
    abi::StatxOut {
        attr_valid: out.attr_valid,
        attr_valid_nsec: out.attr_valid_nsec,
        flags: 0,
        spare: [0; 2],
        stat: abi::Statx {
            mask: libc::STATX_BASIC_STATS,
            blksize: attr.blksize,
            nlink: attr.nlink,
            uid: attr.uid,
            gid: attr.gid,
            mode: attr.mode as u16,
            ino: attr.ino,
            size: attr.size,
            blocks: attr.blocks,
            atime: time(attr.atime, attr.atimensec),
            ctime: time(attr.ctime, attr.ctimensec),
            mtime: time(attr.mtime, attr.mtimensec),
            rdev_major: libc::major(attr.rdev.into()),
            rdev_minor: libc::minor(attr.rdev.into()),
            ..abi::Statx::default()
        },
    }
}
