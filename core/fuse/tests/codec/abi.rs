//! Every size and offset, held against a crate that was generated from the kernel's header.

use std::mem::offset_of;

use gkfs_fuse::abi;

macro_rules! same {
    ($($ours:ident: $theirs:ident { $($field:ident $(= $other:ident)?),* $(,)? })*) => {
        $(
            assert_eq!(size_of::<abi::$ours>(), size_of::<fuse_abi::linux::$theirs>(), stringify!($ours));
            $(
                same!(@field $ours $theirs $field $($other)?);
            )*
        )*
    };
    (@field $ours:ident $theirs:ident $field:ident) => {
        same!(@field $ours $theirs $field $field);
    };
    (@field $ours:ident $theirs:ident $field:ident $other:ident) => {
        let at = (offset_of!(abi::$ours, $field), offset_of!(fuse_abi::linux::$theirs, $other));
        assert_eq!(at.0, at.1, "{}.{}", stringify!($ours), stringify!($field));
    };
}

/// Theirs is of version 7.40: what a reserved field has become since is ours alone.
#[test]
fn structures_lie_in_memory_as_theirs_do() {
    same! {
        Attr: fuse_attr {
            ino, size, blocks, atime, mtime, ctime, atimensec, mtimensec, ctimensec, mode, nlink, uid, gid,
            rdev, blksize, flags,
        }
        SxTime: fuse_sx_time { tv_sec, tv_nsec, reserved = __reserved }
        Statx: fuse_statx {
            mask, blksize, attributes, nlink, uid, gid, mode, spare0 = __spare0, ino, size, blocks,
            attributes_mask, atime, btime, ctime, mtime, rdev_major, rdev_minor, dev_major, dev_minor,
            spare2 = __spare2,
        }
        Kstatfs: fuse_kstatfs {
            blocks, bfree, bavail, files, ffree, bsize, namelen, frsize, padding, spare,
        }
        FileLock: fuse_file_lock { start, end, kind = type_, pid }
        EntryOut: fuse_entry_out {
            nodeid, generation, entry_valid, attr_valid, entry_valid_nsec, attr_valid_nsec, attr,
        }
        ForgetIn: fuse_forget_in { nlookup }
        ForgetOne: fuse_forget_one { nodeid, nlookup }
        BatchForgetIn: fuse_batch_forget_in { count, dummy }
        GetattrIn: fuse_getattr_in { getattr_flags, dummy, fh }
        AttrOut: fuse_attr_out { attr_valid, attr_valid_nsec, dummy, attr }
        StatxIn: fuse_statx_in { getattr_flags, reserved, fh, sx_flags, sx_mask }
        StatxOut: fuse_statx_out { attr_valid, attr_valid_nsec, flags, spare, stat }
        MknodIn: fuse_mknod_in { mode, rdev, umask, padding }
        MkdirIn: fuse_mkdir_in { mode, umask }
        RenameIn: fuse_rename_in { newdir }
        Rename2In: fuse_rename2_in { newdir, flags, padding }
        LinkIn: fuse_link_in { oldnodeid }
        SetattrIn: fuse_setattr_in {
            valid, padding, fh, size, lock_owner, atime, mtime, ctime, atimensec, mtimensec, ctimensec,
            mode, unused4, uid, gid, unused5,
        }
        OpenIn: fuse_open_in { flags, open_flags }
        CreateIn: fuse_create_in { flags, mode, umask, open_flags }
        OpenOut: fuse_open_out { fh, open_flags, backing_id }
        ReleaseIn: fuse_release_in { fh, flags, release_flags, lock_owner }
        FlushIn: fuse_flush_in { fh, unused, padding, lock_owner }
        ReadIn: fuse_read_in { fh, offset, size, read_flags, lock_owner, flags, padding }
        WriteIn: fuse_write_in { fh, offset, size, write_flags, lock_owner, flags, padding }
        WriteOut: fuse_write_out { size, padding }
        FsyncIn: fuse_fsync_in { fh, fsync_flags, padding }
        SetxattrIn: fuse_setxattr_in { size, flags, setxattr_flags, padding }
        GetxattrIn: fuse_getxattr_in { size, padding }
        GetxattrOut: fuse_getxattr_out { size, padding }
        LkIn: fuse_lk_in { fh, owner, lk, lk_flags, padding }
        LkOut: fuse_lk_out { lk }
        AccessIn: fuse_access_in { mask, padding }
        InitIn: fuse_init_in { major, minor, max_readahead, flags, flags2, unused }
        InitOut: fuse_init_out {
            major, minor, max_readahead, flags, max_background, congestion_threshold, max_write, time_gran,
            max_pages, map_alignment, flags2, max_stack_depth,
        }
        CuseInitIn: cuse_init_in { major, minor, unused, flags }
        CuseInitOut: cuse_init_out {
            major, minor, unused, flags, max_read, max_write, dev_major, dev_minor, spare,
        }
        InterruptIn: fuse_interrupt_in { unique }
        BmapIn: fuse_bmap_in { block, blocksize, padding }
        BmapOut: fuse_bmap_out { block }
        IoctlIn: fuse_ioctl_in { fh, flags, cmd, arg, in_size, out_size }
        IoctlIovec: fuse_ioctl_iovec { base, len }
        IoctlOut: fuse_ioctl_out { result, flags, in_iovs, out_iovs }
        PollIn: fuse_poll_in { fh, kh, flags, events }
        PollOut: fuse_poll_out { revents, padding }
        NotifyPollWakeupOut: fuse_notify_poll_wakeup_out { kh }
        FallocateIn: fuse_fallocate_in { fh, offset, length, mode, padding }
        InHeader: fuse_in_header { len, opcode, unique, nodeid, uid, gid, pid, total_extlen, padding }
        OutHeader: fuse_out_header { len, error, unique }
        Dirent: fuse_dirent { ino, off, namelen, kind = type_ }
        Direntplus: fuse_direntplus { entry_out, dirent }
        NotifyInvalInodeOut: fuse_notify_inval_inode_out { ino, off, len }
        NotifyInvalEntryOut: fuse_notify_inval_entry_out { parent, namelen, flags }
        NotifyDeleteOut: fuse_notify_delete_out { parent, child, namelen, padding }
        NotifyStoreOut: fuse_notify_store_out { nodeid, offset, size, padding }
        NotifyRetrieveOut: fuse_notify_retrieve_out { notify_unique, nodeid, offset, size, padding }
        NotifyRetrieveIn: fuse_notify_retrieve_in { dummy1, offset, size, dummy2, dummy3, dummy4 }
        BackingMap: fuse_backing_map { fd, flags, padding }
        LseekIn: fuse_lseek_in { fh, offset, whence, padding }
        LseekOut: fuse_lseek_out { offset }
        CopyFileRangeIn: fuse_copy_file_range_in { fh_in, off_in, nodeid_out, fh_out, off_out, len, flags }
        SetupmappingIn: fuse_setupmapping_in { fh, foffset, len, flags, moffset }
        RemovemappingIn: fuse_removemapping_in { count }
        RemovemappingOne: fuse_removemapping_one { moffset, len }
        SyncfsIn: fuse_syncfs_in { padding }
        Secctx: fuse_secctx { size, padding }
        SecctxHeader: fuse_secctx_header { size, nr_secctx }
        ExtHeader: fuse_ext_header { size, kind = type_ }
        SuppGroups: fuse_supp_groups { nr_groups }
    }
}

macro_rules! opcodes {
    ($($ours:ident = $theirs:ident,)*) => {
        &[$((abi::Opcode::$ours, fuse_abi::linux::fuse_opcode::$theirs as u32),)*]
    };
}

#[test]
fn opcodes_have_their_numbers() {
    let both: &[(abi::Opcode, u32)] = opcodes! {
        Lookup = FUSE_LOOKUP, Forget = FUSE_FORGET, Getattr = FUSE_GETATTR, Setattr = FUSE_SETATTR,
        Readlink = FUSE_READLINK, Symlink = FUSE_SYMLINK, Mknod = FUSE_MKNOD, Mkdir = FUSE_MKDIR,
        Unlink = FUSE_UNLINK, Rmdir = FUSE_RMDIR, Rename = FUSE_RENAME, Link = FUSE_LINK,
        Open = FUSE_OPEN, Read = FUSE_READ, Write = FUSE_WRITE, Statfs = FUSE_STATFS,
        Release = FUSE_RELEASE, Fsync = FUSE_FSYNC, Setxattr = FUSE_SETXATTR, Getxattr = FUSE_GETXATTR,
        Listxattr = FUSE_LISTXATTR, Removexattr = FUSE_REMOVEXATTR, Flush = FUSE_FLUSH,
        Init = FUSE_INIT, Opendir = FUSE_OPENDIR, Readdir = FUSE_READDIR, Releasedir = FUSE_RELEASEDIR,
        Fsyncdir = FUSE_FSYNCDIR, Getlk = FUSE_GETLK, Setlk = FUSE_SETLK, Setlkw = FUSE_SETLKW,
        Access = FUSE_ACCESS, Create = FUSE_CREATE, Interrupt = FUSE_INTERRUPT, Bmap = FUSE_BMAP,
        Destroy = FUSE_DESTROY, Ioctl = FUSE_IOCTL, Poll = FUSE_POLL, NotifyReply = FUSE_NOTIFY_REPLY,
        BatchForget = FUSE_BATCH_FORGET, Fallocate = FUSE_FALLOCATE, Readdirplus = FUSE_READDIRPLUS,
        Rename2 = FUSE_RENAME2, Lseek = FUSE_LSEEK, CopyFileRange = FUSE_COPY_FILE_RANGE,
        Setupmapping = FUSE_SETUPMAPPING, Removemapping = FUSE_REMOVEMAPPING, Syncfs = FUSE_SYNCFS,
        Tmpfile = FUSE_TMPFILE, Statx = FUSE_STATX,
    };
    assert_eq!(
        both.len() + 1,
        abi::Opcode::ALL.len(),
        "theirs is of 7.40 and lacks one"
    );
    for (opcode, number) in both {
        assert_eq!(opcode.number(), *number, "{opcode}");
    }
}

macro_rules! flags {
    ($($module:ident { $($ours:ident = $theirs:ident,)* })*) => {
        $($(
            let both = (u64::from(abi::flags::$module::$ours), u64::from(fuse_abi::linux::$theirs));
            assert_eq!(both.0, both.1, stringify!($theirs));
        )*)*
    };
}

#[test]
fn flags_have_their_bits() {
    flags! {
        init {
            ASYNC_READ = FUSE_ASYNC_READ, POSIX_LOCKS = FUSE_POSIX_LOCKS, FILE_OPS = FUSE_FILE_OPS,
            ATOMIC_O_TRUNC = FUSE_ATOMIC_O_TRUNC, EXPORT_SUPPORT = FUSE_EXPORT_SUPPORT,
            BIG_WRITES = FUSE_BIG_WRITES, DONT_MASK = FUSE_DONT_MASK, SPLICE_WRITE = FUSE_SPLICE_WRITE,
            SPLICE_MOVE = FUSE_SPLICE_MOVE, SPLICE_READ = FUSE_SPLICE_READ, FLOCK_LOCKS = FUSE_FLOCK_LOCKS,
            HAS_IOCTL_DIR = FUSE_HAS_IOCTL_DIR, AUTO_INVAL_DATA = FUSE_AUTO_INVAL_DATA,
            DO_READDIRPLUS = FUSE_DO_READDIRPLUS, READDIRPLUS_AUTO = FUSE_READDIRPLUS_AUTO,
            ASYNC_DIO = FUSE_ASYNC_DIO, WRITEBACK_CACHE = FUSE_WRITEBACK_CACHE,
            NO_OPEN_SUPPORT = FUSE_NO_OPEN_SUPPORT, PARALLEL_DIROPS = FUSE_PARALLEL_DIROPS,
            HANDLE_KILLPRIV = FUSE_HANDLE_KILLPRIV, POSIX_ACL = FUSE_POSIX_ACL,
            ABORT_ERROR = FUSE_ABORT_ERROR, MAX_PAGES = FUSE_MAX_PAGES,
            CACHE_SYMLINKS = FUSE_CACHE_SYMLINKS, NO_OPENDIR_SUPPORT = FUSE_NO_OPENDIR_SUPPORT,
            EXPLICIT_INVAL_DATA = FUSE_EXPLICIT_INVAL_DATA, MAP_ALIGNMENT = FUSE_MAP_ALIGNMENT,
            SUBMOUNTS = FUSE_SUBMOUNTS, HANDLE_KILLPRIV_V2 = FUSE_HANDLE_KILLPRIV_V2,
            SETXATTR_EXT = FUSE_SETXATTR_EXT, INIT_EXT = FUSE_INIT_EXT, INIT_RESERVED = FUSE_INIT_RESERVED,
            SECURITY_CTX = FUSE_SECURITY_CTX, HAS_INODE_DAX = FUSE_HAS_INODE_DAX,
            CREATE_SUPP_GROUP = FUSE_CREATE_SUPP_GROUP, HAS_EXPIRE_ONLY = FUSE_HAS_EXPIRE_ONLY,
            DIRECT_IO_ALLOW_MMAP = FUSE_DIRECT_IO_ALLOW_MMAP, PASSTHROUGH = FUSE_PASSTHROUGH,
            NO_EXPORT_SUPPORT = FUSE_NO_EXPORT_SUPPORT, HAS_RESEND = FUSE_HAS_RESEND,
        }
        fattr {
            MODE = FATTR_MODE, UID = FATTR_UID, GID = FATTR_GID, SIZE = FATTR_SIZE, ATIME = FATTR_ATIME,
            MTIME = FATTR_MTIME, FH = FATTR_FH, ATIME_NOW = FATTR_ATIME_NOW, MTIME_NOW = FATTR_MTIME_NOW,
            LOCKOWNER = FATTR_LOCKOWNER, CTIME = FATTR_CTIME, KILL_SUIDGID = FATTR_KILL_SUIDGID,
        }
        fopen {
            DIRECT_IO = FOPEN_DIRECT_IO, KEEP_CACHE = FOPEN_KEEP_CACHE, NONSEEKABLE = FOPEN_NONSEEKABLE,
            CACHE_DIR = FOPEN_CACHE_DIR, STREAM = FOPEN_STREAM, NOFLUSH = FOPEN_NOFLUSH,
            PARALLEL_DIRECT_WRITES = FOPEN_PARALLEL_DIRECT_WRITES, PASSTHROUGH = FOPEN_PASSTHROUGH,
        }
        release {
            FLUSH = FUSE_RELEASE_FLUSH, FLOCK_UNLOCK = FUSE_RELEASE_FLOCK_UNLOCK,
        }
        getattr {
            FH = FUSE_GETATTR_FH,
        }
        lk {
            FLOCK = FUSE_LK_FLOCK,
        }
        write {
            CACHE = FUSE_WRITE_CACHE, LOCKOWNER = FUSE_WRITE_LOCKOWNER,
            KILL_SUIDGID = FUSE_WRITE_KILL_SUIDGID,
        }
        read {
            LOCKOWNER = FUSE_READ_LOCKOWNER,
        }
        ioctl {
            COMPAT = FUSE_IOCTL_COMPAT, UNRESTRICTED = FUSE_IOCTL_UNRESTRICTED, RETRY = FUSE_IOCTL_RETRY,
            BITS_32 = FUSE_IOCTL_32BIT, DIR = FUSE_IOCTL_DIR, COMPAT_X32 = FUSE_IOCTL_COMPAT_X32,
        }
        poll {
            SCHEDULE_NOTIFY = FUSE_POLL_SCHEDULE_NOTIFY,
        }
        fsync {
            FDATASYNC = FUSE_FSYNC_FDATASYNC,
        }
        attr {
            SUBMOUNT = FUSE_ATTR_SUBMOUNT, DAX = FUSE_ATTR_DAX,
        }
        open {
            KILL_SUIDGID = FUSE_OPEN_KILL_SUIDGID,
        }
        setxattr {
            ACL_KILL_SGID = FUSE_SETXATTR_ACL_KILL_SGID,
        }
        inval_entry {
            EXPIRE_ONLY = FUSE_EXPIRE_ONLY,
        }
    }
}
