//! The flags, each kind in a module of its own, with their names for people.

/// Joins the names of the flags that are set, unknown ones as a number.
pub fn names(of: &[(&'static str, u64)], bits: u64) -> String {
    let mut rest = bits;
    let mut words: Vec<String> = Vec::new();
    for (name, flag) in of {
        if bits & flag == *flag {
            rest &= !flag;
            words.push((*name).to_owned());
        }
    }
    if rest != 0 || words.is_empty() {
        words.push(format!("{rest:#x}"));
    }
    words.join("|")
}

macro_rules! flags {
    ($($(#[$meta:meta])* $module:ident: $type:ty { $($name:ident = $bit:literal),* $(,)? })*) => {
        $(
            $(#[$meta])*
            pub mod $module {
                $(
                    #[doc = concat!("Bit ", stringify!($bit), ".")]
                    pub const $name: $type = 1 << $bit;
                )*
                /// Every one with its name.
                pub const NAMES: &[(&str, u64)] = &[$((stringify!($name), 1 << $bit),)*];
            }
        )*
    };
}

flags! {
    /// What kernel and server agree on in `INIT`; the upper half travels in `flags2`.
    init: u64 {
        ASYNC_READ = 0, POSIX_LOCKS = 1, FILE_OPS = 2, ATOMIC_O_TRUNC = 3, EXPORT_SUPPORT = 4,
        BIG_WRITES = 5, DONT_MASK = 6, SPLICE_WRITE = 7, SPLICE_MOVE = 8, SPLICE_READ = 9, FLOCK_LOCKS = 10,
        HAS_IOCTL_DIR = 11, AUTO_INVAL_DATA = 12, DO_READDIRPLUS = 13, READDIRPLUS_AUTO = 14,
        ASYNC_DIO = 15, WRITEBACK_CACHE = 16, NO_OPEN_SUPPORT = 17, PARALLEL_DIROPS = 18,
        HANDLE_KILLPRIV = 19, POSIX_ACL = 20, ABORT_ERROR = 21, MAX_PAGES = 22, CACHE_SYMLINKS = 23,
        NO_OPENDIR_SUPPORT = 24, EXPLICIT_INVAL_DATA = 25, MAP_ALIGNMENT = 26, SUBMOUNTS = 27,
        HANDLE_KILLPRIV_V2 = 28, SETXATTR_EXT = 29, INIT_EXT = 30, INIT_RESERVED = 31, SECURITY_CTX = 32,
        HAS_INODE_DAX = 33, CREATE_SUPP_GROUP = 34, HAS_EXPIRE_ONLY = 35, DIRECT_IO_ALLOW_MMAP = 36,
        PASSTHROUGH = 37, NO_EXPORT_SUPPORT = 38, HAS_RESEND = 39, ALLOW_IDMAP = 40, OVER_IO_URING = 41,
        REQUEST_TIMEOUT = 42,
    }
    /// Which attributes a `SETATTR` changes.
    fattr: u32 {
        MODE = 0, UID = 1, GID = 2, SIZE = 3, ATIME = 4, MTIME = 5, FH = 6, ATIME_NOW = 7, MTIME_NOW = 8,
        LOCKOWNER = 9, CTIME = 10, KILL_SUIDGID = 11,
    }
    /// How an open file behaves.
    fopen: u32 {
        DIRECT_IO = 0, KEEP_CACHE = 1, NONSEEKABLE = 2, CACHE_DIR = 3, STREAM = 4, NOFLUSH = 5,
        PARALLEL_DIRECT_WRITES = 6, PASSTHROUGH = 7,
    }
    /// What else a `RELEASE` does.
    release: u32 {
        FLUSH = 0, FLOCK_UNLOCK = 1,
    }
    /// How `GETATTR` and `STATX` ask.
    getattr: u32 {
        FH = 0,
    }
    /// What kind of lock is meant.
    lk: u32 {
        FLOCK = 0,
    }
    /// What kind of write it is.
    write: u32 {
        CACHE = 0, LOCKOWNER = 1, KILL_SUIDGID = 2,
    }
    /// What kind of read it is.
    read: u32 {
        LOCKOWNER = 1,
    }
    /// What kind of ioctl it is.
    ioctl: u32 {
        COMPAT = 0, UNRESTRICTED = 1, RETRY = 2, BITS_32 = 3, DIR = 4, COMPAT_X32 = 5,
    }
    /// How a poll asks.
    poll: u32 {
        SCHEDULE_NOTIFY = 0,
    }
    /// How much is made durable.
    fsync: u32 {
        FDATASYNC = 0,
    }
    /// What kind of node it is.
    attr: u32 {
        SUBMOUNT = 0, DAX = 1,
    }
    /// What else an `OPEN` does.
    open: u32 {
        KILL_SUIDGID = 0,
    }
    /// What else a `SETXATTR` does.
    setxattr: u32 {
        ACL_KILL_SGID = 0,
    }
    /// How a name is taken to be out of date.
    inval_entry: u32 {
        EXPIRE_ONLY = 0,
    }
    /// How a part of a file is mapped.
    setupmapping: u64 {
        WRITE = 0, READ = 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_have_names() {
        let bits = u64::from(fattr::MODE | fattr::SIZE) | 1 << 40;
        assert_eq!(names(fattr::NAMES, bits), "MODE|SIZE|0x10000000000");
        assert_eq!(names(fattr::NAMES, 0), "0x0");
    }
}
