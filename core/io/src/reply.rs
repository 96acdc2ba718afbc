//! What operations answer: one struct per shape, with upstream's JSON names on the wire.
//!
//! In Rust the error number is `errno` and is 0 unless the call failed. On the wire it is `errnum`,
//! and a `gkfs.io` of upstream's leaves an old one there on success; reading such a reply clears
//! it. Fields stand in alphabetical order, for that is the order upstream prints them in.

mod result;
mod stat;

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

pub use stat::{StatBuf, StatfsBuf, StatxBuf, StatxTimestamp, Timespec};

use crate::{ByteString, Fd};

/// What all replies have in common.
pub trait Reply: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The call's return value; `None` for those that have none on the wire (opendir, readdir).
    fn retval(&self) -> Option<i64>;

    /// The error number, 0 unless the call failed.
    fn errno(&self) -> i32;

    /// Whether the operation failed.
    fn failed(&self) -> bool;
}

/// Defines a reply: its fields around `errno`, its return value, and when it means failure.
///
/// Reading goes through a plain twin first, so that the stale `errnum` of a success never gets in.
macro_rules! reply {
    (
        $(#[$doc:meta])*
        $Reply:ident {
            $($(#[$before_doc:meta])* $before:ident: $Before:ty,)*
        } errno {
            $($(#[$after_doc:meta])* $after:ident: $After:ty,)*
        }
        retval $retval:expr, failed $failed:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct $Reply {
            $($(#[$before_doc])* pub $before: $Before,)*
            /// The error number, 0 unless the call failed.
            #[serde(rename = "errnum")]
            pub errno: i32,
            $($(#[$after_doc])* pub $after: $After,)*
        }

        impl<'de> Deserialize<'de> for $Reply {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                struct Wire {
                    $($before: $Before,)*
                    errnum: i32,
                    $($after: $After,)*
                }
                let wire = Wire::deserialize(deserializer)?;
                let mut reply = Self {
                    $($before: wire.$before,)*
                    errno: wire.errnum,
                    $($after: wire.$after,)*
                };
                if !reply.failed() {
                    reply.errno = 0;
                }
                Ok(reply)
            }
        }

        impl Reply for $Reply {
            fn retval(&self) -> Option<i64> {
                let retval: fn(&Self) -> Option<i64> = $retval;
                retval(self)
            }

            fn errno(&self) -> i32 {
                self.errno
            }

            fn failed(&self) -> bool {
                let failed: fn(&Self) -> bool = $failed;
                failed(self)
            }
        }
    };
}

reply! {
    /// Of a call that answers a number: 0, a count, an offset, the old umask.
    StatusReply {} errno {
        /// What the call returned; negative if it failed.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of a call that opens a descriptor.
    FdReply {} errno {
        /// The descriptor, or -1.
        retval: i32,
    }
    retval |reply| Some(reply.retval.into()), failed |reply| reply.retval < 0
}

impl FdReply {
    /// The descriptor, to name it in a later operation of the same session.
    pub fn fd(&self) -> Fd {
        Fd(self.retval)
    }
}

reply! {
    /// Of `file_compare`.
    CompareReply {} errno {
        /// 0 if the files are the same, 1 if not (upstream: any number, as `memcmp` has it), -1 if one
        /// cannot be read.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval == -1
}

reply! {
    /// Of `opendir`.
    OpendirReply {
        /// The address of the directory stream, already closed again; `None` if it could not be opened.
        dirp: Option<u64>,
    } errno {}
    retval |_| None, failed |reply| reply.dirp.is_none()
}

reply! {
    /// Of `read`, `pread` and `mmap_read`.
    ReadReply {
        /// The whole buffer, zeros after the bytes read; `None` if the call failed or `count` was 0.
        buf: Option<Vec<u8>>,
    } errno {
        /// How many bytes were read, or -1.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

impl ReadReply {
    /// The bytes that were read, without the rest of the buffer.
    pub fn data(&self) -> &[u8] {
        let buf = self.buf.as_deref().unwrap_or_default();
        let read = usize::try_from(self.retval).unwrap_or(0);
        &buf[..read.min(buf.len())]
    }
}

reply! {
    /// Of `readv` and `preadv`.
    ReadvReply {
        /// The first buffer; `None` if the call failed or `count_0` was 0.
        buf_0: Option<Vec<u8>>,
        /// The second buffer; `None` if the call failed or `count_1` was 0.
        buf_1: Option<Vec<u8>>,
    } errno {
        /// How many bytes were read into both, or -1.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dirent {
    /// Inode number.
    pub d_ino: u64,
    /// Name.
    pub d_name: ByteString,
    /// Position of the next entry.
    pub d_off: i64,
    /// Length of the kernel's record.
    pub d_reclen: u16,
    /// DT_REG 8, DT_DIR 4, DT_LNK 10, DT_UNKNOWN 0 and so on.
    pub d_type: u8,
}

reply! {
    /// Of `readdir`.
    ReaddirReply {
        /// The entries in the order of the directory; a real GekkoFS lists neither `.` nor `..`.
        dirents: Vec<Dirent>,
    } errno {}
    // The wire has no return value: entries mean success, and so does EAGAIN, which no opendir()
    // or readdir() answers but which the real client leaves behind.
    retval |_| None, failed |reply| reply.dirents.is_empty() && ![0, libc::EAGAIN].contains(&reply.errno)
}

reply! {
    /// Of `getdents`.
    GetdentsReply {
        /// The entries of this one call.
        dirents: Vec<Dirent>,
    } errno {
        /// How many bytes of the buffer they took, 0 at the end of the directory, or -1.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `stat`, `lstat`, `fstat` and `fstatat`.
    StatReply {} errno {
        /// 0 or -1.
        retval: i64,
        /// The file's status; zeros if the call failed (upstream: whatever was on the stack).
        statbuf: StatBuf,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `statx`.
    StatxReply {} errno {
        /// 0 or -1.
        retval: i64,
        /// The file's status; zeros if the call failed.
        statbuf: StatxBuf,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `statfs`.
    StatfsReply {} errno {
        /// 0 or -1.
        retval: i64,
        /// The file system's status; zeros if the call failed.
        statfsbuf: StatfsBuf,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `getcwd_validate` and `getcwd`.
    CwdReply {} errno {
        /// The working directory; empty if the call failed.
        path: ByteString,
        /// 0 or -1.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `readlink`.
    ReadlinkReply {} errno {
        /// The length of the target, or -1.
        retval: i64,
        /// Where the link leads; empty if the call failed.
        target: ByteString,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `getxattr`.
    XattrReply {} errno {
        /// The length of the value, or -1.
        retval: i64,
        /// The attribute's value; empty if the call failed.
        value: ByteString,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `listxattr`.
    XattrListReply {} errno {
        /// The names of the attributes.
        names: Vec<ByteString>,
        /// The length of the list as the kernel counts it, or -1.
        retval: i64,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.retval < 0
}

reply! {
    /// Of `syscall_coverage`.
    CoverageReply {} errno {
        /// 0, or what the first call with an unexpected result returned.
        retval: i64,
        /// `ALLOK`, or the name of that call.
        syscall: ByteString,
    }
    retval |reply| Some(reply.retval), failed |reply| reply.syscall != "ALLOK"
}
