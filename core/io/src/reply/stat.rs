//! The kernel's status structures, fields in upstream's (alphabetical) order.

use serde::{Deserialize, Serialize};

/// `struct timespec`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timespec {
    /// Nanoseconds.
    pub tv_nsec: i64,
    /// Seconds since the epoch.
    pub tv_sec: i64,
}

/// `struct stat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatBuf {
    /// Time of last access.
    pub st_atim: Timespec,
    /// Preferred size of I/O; GekkoFS answers its chunk size.
    pub st_blksize: i64,
    /// Allocated blocks of 512 bytes.
    pub st_blocks: i64,
    /// Time of last status change.
    pub st_ctim: Timespec,
    /// Device of the file.
    pub st_dev: u64,
    /// Group id.
    pub st_gid: u32,
    /// Inode number; GekkoFS answers a hash of the path.
    pub st_ino: u64,
    /// Type and permissions.
    pub st_mode: u32,
    /// Time of last modification.
    pub st_mtim: Timespec,
    /// Number of hard links.
    pub st_nlink: u64,
    /// Device, if the file is one.
    pub st_rdev: u64,
    /// Size in bytes.
    pub st_size: i64,
    /// User id.
    pub st_uid: u32,
}

impl StatBuf {
    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.st_mode & libc::S_IFMT == libc::S_IFDIR
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.st_mode & libc::S_IFMT == libc::S_IFREG
    }

    /// Whether it is a symbolic link (only `lstat` and its kin see one).
    pub fn is_symlink(&self) -> bool {
        self.st_mode & libc::S_IFMT == libc::S_IFLNK
    }

    /// The permission bits, without the type.
    pub fn permissions(&self) -> u32 {
        self.st_mode & !libc::S_IFMT
    }
}

/// `struct statx_timestamp`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StatxTimestamp {
    /// Nanoseconds.
    pub tv_nsec: u32,
    /// Seconds since the epoch.
    pub tv_sec: i64,
}

/// `struct statx`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatxBuf {
    /// Time of last access.
    pub stx_atime: StatxTimestamp,
    /// Attributes, as far as `stx_attributes_mask` knows them.
    pub stx_attributes: u64,
    /// Which attributes the file system supports.
    pub stx_attributes_mask: u64,
    /// Preferred size of I/O.
    pub stx_blksize: u32,
    /// Allocated blocks of 512 bytes.
    pub stx_blocks: u64,
    /// Time of creation.
    pub stx_btime: StatxTimestamp,
    /// Time of last status change.
    pub stx_ctime: StatxTimestamp,
    /// Device of the file, major number.
    pub stx_dev_major: u32,
    /// Device of the file, minor number.
    pub stx_dev_minor: u32,
    /// Group id.
    pub stx_gid: u32,
    /// Inode number.
    pub stx_ino: u64,
    /// Which fields are filled in.
    pub stx_mask: u32,
    /// Type and permissions.
    pub stx_mode: u16,
    /// Time of last modification.
    pub stx_mtime: StatxTimestamp,
    /// Number of hard links.
    pub stx_nlink: u32,
    /// Major number, if the file is a device.
    pub stx_rdev_major: u32,
    /// Minor number, if the file is a device.
    pub stx_rdev_minor: u32,
    /// Size in bytes.
    pub stx_size: u64,
    /// User id.
    pub stx_uid: u32,
}

/// `struct statfs`, the fields that upstream prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatfsBuf {
    /// Free blocks for ordinary users.
    pub f_bavail: u64,
    /// Free blocks.
    pub f_bfree: u64,
    /// All blocks.
    pub f_blocks: u64,
    /// Block size in bytes.
    pub f_bsize: i64,
    /// Free inodes.
    pub f_ffree: u64,
    /// All inodes.
    pub f_files: u64,
    /// Magic number of the file system's type.
    pub f_type: i64,
}
