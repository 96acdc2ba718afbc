//! The structures, field by field as in the kernel's header; `type` is called `kind`, and what has no fixed length is
//! left to the codec.

#![expect(
    missing_docs,
    reason = "the fields are the header's, whose names say what there is to say"
)]

use serde::Serialize;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A structure of the protocol that can be read from bytes and written to them.
pub trait Plain: FromBytes + IntoBytes + Immutable + KnownLayout + Copy + Default {}

macro_rules! structures {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout, Serialize)]
            #[repr(C)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            impl Default for $name {
                fn default() -> Self {
                    zerocopy::FromZeros::new_zeroed()
                }
            }

            impl Plain for $name {}
        )*
    };
}

structures! {
    /// A node's attributes.
    Attr {
        ino: u64, size: u64, blocks: u64, atime: u64, mtime: u64, ctime: u64, atimensec: u32,
        mtimensec: u32, ctimensec: u32, mode: u32, nlink: u32, uid: u32, gid: u32, rdev: u32,
        blksize: u32, flags: u32,
    }
    /// A time as statx has it.
    SxTime { tv_sec: i64, tv_nsec: u32, #[serde(skip)] reserved: i32 }
    /// A node's attributes as statx has them.
    Statx {
        mask: u32, blksize: u32, attributes: u64, nlink: u32, uid: u32, gid: u32, mode: u16,
        #[serde(skip)] spare0: [u16; 1], ino: u64, size: u64, blocks: u64, attributes_mask: u64,
        atime: SxTime, btime: SxTime, ctime: SxTime, mtime: SxTime, rdev_major: u32, rdev_minor: u32,
        dev_major: u32, dev_minor: u32, #[serde(skip)] spare2: [u64; 14],
    }
    /// The file system's sizes.
    Kstatfs {
        blocks: u64, bfree: u64, bavail: u64, files: u64, ffree: u64, bsize: u32, namelen: u32,
        frsize: u32, #[serde(skip)] padding: u32, #[serde(skip)] spare: [u32; 6],
    }
    /// A range of a file that is locked.
    FileLock { start: u64, end: u64, kind: u32, pid: u32 }
    /// A name's node, with attributes, and how long both hold.
    EntryOut {
        nodeid: u64, generation: u64, entry_valid: u64, attr_valid: u64, entry_valid_nsec: u32,
        attr_valid_nsec: u32, attr: Attr,
    }
    /// How many references are dropped.
    ForgetIn { nlookup: u64 }
    /// How many references to which node are dropped.
    ForgetOne { nodeid: u64, nlookup: u64 }
    /// How many nodes are forgotten.
    BatchForgetIn { count: u32, #[serde(skip)] dummy: u32 }
    /// Whose attributes are asked for.
    GetattrIn { getattr_flags: u32, #[serde(skip)] dummy: u32, fh: u64 }
    /// Attributes, and how long they hold.
    AttrOut { attr_valid: u64, attr_valid_nsec: u32, #[serde(skip)] dummy: u32, attr: Attr }
    /// Which attributes are asked for.
    StatxIn { getattr_flags: u32, #[serde(skip)] reserved: u32, fh: u64, sx_flags: u32, sx_mask: u32 }
    /// Attributes as statx has them, and how long they hold.
    StatxOut {
        attr_valid: u64, attr_valid_nsec: u32, flags: u32, #[serde(skip)] spare: [u64; 2], stat: Statx,
    }
    /// What kind of node is made.
    MknodIn { mode: u32, rdev: u32, umask: u32, #[serde(skip)] padding: u32 }
    /// With what permissions a directory is made.
    MkdirIn { mode: u32, umask: u32 }
    /// Where something is renamed to.
    RenameIn { newdir: u64 }
    /// The same, with flags.
    Rename2In { newdir: u64, flags: u32, #[serde(skip)] padding: u32 }
    /// What is linked.
    LinkIn { oldnodeid: u64 }
    /// Which attributes change, and to what.
    SetattrIn {
        valid: u32, #[serde(skip)] padding: u32, fh: u64, size: u64, lock_owner: u64, atime: u64,
        mtime: u64, ctime: u64, atimensec: u32, mtimensec: u32, ctimensec: u32, mode: u32,
        #[serde(skip)] unused4: u32, uid: u32, gid: u32, #[serde(skip)] unused5: u32,
    }
    /// How something is opened.
    OpenIn { flags: u32, open_flags: u32 }
    /// How a file is made and opened.
    CreateIn { flags: u32, mode: u32, umask: u32, open_flags: u32 }
    /// A handle, and how it behaves.
    OpenOut { fh: u64, open_flags: u32, backing_id: i32 }
    /// Which handle is given back.
    ReleaseIn { fh: u64, flags: u32, release_flags: u32, lock_owner: u64 }
    /// Which handle a closed descriptor had.
    FlushIn { fh: u64, #[serde(skip)] unused: u32, #[serde(skip)] padding: u32, lock_owner: u64 }
    /// What is read, or which part of a listing.
    ReadIn {
        fh: u64, offset: u64, size: u32, read_flags: u32, lock_owner: u64, flags: u32,
        #[serde(skip)] padding: u32,
    }
    /// Where it is written to.
    WriteIn {
        fh: u64, offset: u64, size: u32, write_flags: u32, lock_owner: u64, flags: u32,
        #[serde(skip)] padding: u32,
    }
    /// How much was written.
    WriteOut { size: u32, #[serde(skip)] padding: u32 }
    /// What is made durable.
    FsyncIn { fh: u64, fsync_flags: u32, #[serde(skip)] padding: u32 }
    /// How an extended attribute is set.
    SetxattrIn { size: u32, flags: u32, setxattr_flags: u32, #[serde(skip)] padding: u32 }
    /// How much room there is for an answer.
    GetxattrIn { size: u32, #[serde(skip)] padding: u32 }
    /// How much room the answer needs.
    GetxattrOut { size: u32, #[serde(skip)] padding: u32 }
    /// Which lock is meant.
    LkIn { fh: u64, owner: u64, lk: FileLock, lk_flags: u32, #[serde(skip)] padding: u32 }
    /// The lock in the way.
    LkOut { lk: FileLock }
    /// Which permissions are asked for.
    AccessIn { mask: u32, #[serde(skip)] padding: u32 }
    /// What the kernel speaks and can do.
    InitIn {
        major: u32, minor: u32, max_readahead: u32, flags: u32, flags2: u32,
        #[serde(skip)] unused: [u32; 11],
    }
    /// What the server speaks and wants.
    InitOut {
        major: u32, minor: u32, max_readahead: u32, flags: u32, max_background: u16,
        congestion_threshold: u16, max_write: u32, time_gran: u32, max_pages: u16, map_alignment: u16,
        flags2: u32, max_stack_depth: u32, request_timeout: u16, #[serde(skip)] unused: [u16; 11],
    }
    /// The same for a character device.
    CuseInitIn { major: u32, minor: u32, #[serde(skip)] unused: u32, flags: u32 }
    /// And its answer.
    CuseInitOut {
        major: u32, minor: u32, #[serde(skip)] unused: u32, flags: u32, max_read: u32, max_write: u32,
        dev_major: u32, dev_minor: u32, #[serde(skip)] spare: [u32; 10],
    }
    /// Which request's caller got a signal.
    InterruptIn { unique: u64 }
    /// Which block is meant.
    BmapIn { block: u64, blocksize: u32, #[serde(skip)] padding: u32 }
    /// Where it lies.
    BmapOut { block: u64 }
    /// Which ioctl is done.
    IoctlIn { fh: u64, flags: u32, cmd: u32, arg: u64, in_size: u32, out_size: u32 }
    /// Memory of the caller that an ioctl needs.
    IoctlIovec { base: u64, len: u64 }
    /// What came of it.
    IoctlOut { result: i32, flags: u32, in_iovs: u32, out_iovs: u32 }
    /// What is waited for.
    PollIn { fh: u64, kh: u64, flags: u32, events: u32 }
    /// What is ready.
    PollOut { revents: u32, #[serde(skip)] padding: u32 }
    /// Which poll is woken.
    NotifyPollWakeupOut { kh: u64 }
    /// Which space is allocated.
    FallocateIn { fh: u64, offset: u64, length: u64, mode: u32, #[serde(skip)] padding: u32 }
    /// What every request begins with.
    InHeader {
        len: u32, opcode: u32, unique: u64, nodeid: u64, uid: u32, gid: u32, pid: u32, total_extlen: u16,
        #[serde(skip)] padding: u16,
    }
    /// What every reply begins with.
    OutHeader { len: u32, error: i32, unique: u64 }
    /// An entry of a listing, before its name.
    Dirent { ino: u64, off: u64, namelen: u32, kind: u32 }
    /// The same with attributes.
    Direntplus { entry_out: EntryOut, dirent: Dirent }
    /// Which part of a node is out of date; negative: all.
    NotifyInvalInodeOut { ino: u64, off: i64, len: i64 }
    /// Which name is out of date, before it.
    NotifyInvalEntryOut { parent: u64, namelen: u32, flags: u32 }
    /// Which name was removed, before it.
    NotifyDeleteOut { parent: u64, child: u64, namelen: u32, #[serde(skip)] padding: u32 }
    /// Where data goes, before it.
    NotifyStoreOut { nodeid: u64, offset: u64, size: u32, #[serde(skip)] padding: u32 }
    /// Which data is wanted.
    NotifyRetrieveOut {
        notify_unique: u64, nodeid: u64, offset: u64, size: u32, #[serde(skip)] padding: u32,
    }
    /// Which data comes, before it.
    NotifyRetrieveIn {
        #[serde(skip)] dummy1: u64, offset: u64, size: u32, #[serde(skip)] dummy2: u32,
        #[serde(skip)] dummy3: u64, #[serde(skip)] dummy4: u64,
    }
    /// How many nodes follow.
    NotifyPruneOut { count: u32, #[serde(skip)] padding: u32, #[serde(skip)] spare: u64 }
    /// Which file stands behind a handle.
    BackingMap { fd: i32, flags: u32, #[serde(skip)] padding: u64 }
    /// Where data or a hole is looked for.
    LseekIn { fh: u64, offset: u64, whence: u32, #[serde(skip)] padding: u32 }
    /// Where it begins.
    LseekOut { offset: u64 }
    /// What is copied where.
    CopyFileRangeIn {
        fh_in: u64, off_in: u64, nodeid_out: u64, fh_out: u64, off_out: u64, len: u64, flags: u64,
    }
    /// How much was copied.
    CopyFileRangeOut { bytes_copied: u64 }
    /// What is mapped into the window.
    SetupmappingIn { fh: u64, foffset: u64, len: u64, flags: u64, moffset: u64 }
    /// How many mappings follow.
    RemovemappingIn { count: u32 }
    /// Which mapping ends.
    RemovemappingOne { moffset: u64, len: u64 }
    /// Nothing yet.
    SyncfsIn { #[serde(skip)] padding: u64 }
    /// A security context, before its name and label.
    Secctx { size: u32, #[serde(skip)] padding: u32 }
    /// How many security contexts follow.
    SecctxHeader { size: u32, nr_secctx: u32 }
    /// An extension's size and kind.
    ExtHeader { size: u32, kind: u32 }
    /// How many groups follow.
    SuppGroups { nr_groups: u32 }
    /// What belongs to an entry of a ring.
    UringEntInOut {
        flags: u64, commit_id: u64, payload_sz: u32, #[serde(skip)] padding: u32,
        #[serde(skip)] reserved: u64,
    }
    /// The headers of a request in a ring.
    UringReqHeader {
        #[serde(skip)] in_out: [u8; 128], #[serde(skip)] op_in: [u8; 128], ring_ent_in_out: UringEntInOut,
    }
    /// A command of a ring.
    UringCmdReq { flags: u64, commit_id: u64, qid: u16, #[serde(skip)] padding: [u8; 6] }
}
