//! Attributes in the kernel's structures.

use crate::{
    client::config,
    desk::{Answer, Fail},
    sys::{
        self, S_IFDIR, S_IFMT, STATX_ATIME, STATX_BASIC_STATS, STATX_BTIME, STATX_CTIME, STATX_MTIME,
        statx_timestamp,
    },
};
use gkfs_proto::{CHUNK_SIZE, NAME_MAX, msg::Totals, node::Attr};
use linux_raw_sys::errno::EFAULT;

/// Device number of the mount: an anonymous one, as network file systems have, out of the kernel's own reach.
const DEVICE_MINOR: u32 = 0x6b667;
const NANOS: i64 = 1_000_000_000;

/// `makedev(0, DEVICE_MINOR)`.
const fn device() -> u64 {
    (DEVICE_MINOR as u64 & 0xff) | ((DEVICE_MINOR as u64 & !0xff) << 12)
}

fn major(device: u64) -> u32 {
    ((device >> 8) & 0xfff | (device >> 32) & !0xfff) as u32
}

fn minor(device: u64) -> u32 {
    (device & 0xff | (device >> 12) & !0xff) as u32
}

/// Writes into the program's memory.
fn give<T>(value: T, to: usize) -> Answer {
    if to == 0 {
        return Err(Fail::of(EFAULT));
    }
    // SAFETY: the program passes a buffer for this structure.
    unsafe { (to as *mut T).write_unaligned(value) };
    Ok(0)
}

fn zeroed<T>() -> T {
    // SAFETY: only for the kernel's plain structures of integers.
    unsafe { core::mem::zeroed() }
}

/// A directory has a size on every local file system, and programs take one without for empty; not so with the
/// real client.
fn size(attr: &Attr) -> u64 {
    let directory = attr.mode & S_IFMT == S_IFDIR;
    if directory && attr.size == 0 && !config().strict {
        4096
    } else {
        attr.size
    }
}

/// `struct stat`.
pub(crate) fn write(attr: &Attr, to: usize) -> Answer {
    let mut stat: sys::stat = zeroed();
    stat.st_dev = device();
    stat.st_ino = attr.ino;
    stat.st_nlink = attr.nlink.into();
    stat.st_mode = attr.mode;
    stat.st_uid = attr.uid;
    stat.st_gid = attr.gid;
    stat.st_rdev = attr.rdev;
    stat.st_size = size(attr) as i64;
    stat.st_blksize = CHUNK_SIZE as i64;
    stat.st_blocks = attr.blocks as i64;
    (stat.st_atime, stat.st_atime_nsec) = split(attr.atime);
    (stat.st_mtime, stat.st_mtime_nsec) = split(attr.mtime);
    (stat.st_ctime, stat.st_ctime_nsec) = split(attr.ctime);
    give(stat, to)
}

fn split(nanos: i64) -> (u64, u64) {
    (nanos.div_euclid(NANOS) as u64, nanos.rem_euclid(NANOS) as u64)
}

/// `struct statx`.
///
/// The call allows to leave out what `mask` does not ask for. The real client's tests count on times that are.
pub(crate) fn write_extended(attr: &Attr, mask: u32, to: usize) -> Answer {
    let mut statx: sys::statx = zeroed();
    let all = STATX_BASIC_STATS | STATX_BTIME;
    let times = STATX_ATIME | STATX_MTIME | STATX_CTIME | STATX_BTIME;
    statx.stx_mask = if config().strict {
        all & (mask | !times)
    } else {
        all
    };
    statx.stx_blksize = CHUNK_SIZE as u32;
    statx.stx_nlink = attr.nlink;
    statx.stx_uid = attr.uid;
    statx.stx_gid = attr.gid;
    statx.stx_mode = attr.mode as u16;
    statx.stx_ino = attr.ino;
    statx.stx_size = size(attr);
    statx.stx_blocks = attr.blocks;
    if statx.stx_mask & STATX_ATIME != 0 {
        statx.stx_atime = stamp(attr.atime);
    }
    if statx.stx_mask & STATX_BTIME != 0 {
        statx.stx_btime = stamp(attr.btime);
    }
    if statx.stx_mask & STATX_CTIME != 0 {
        statx.stx_ctime = stamp(attr.ctime);
    }
    if statx.stx_mask & STATX_MTIME != 0 {
        statx.stx_mtime = stamp(attr.mtime);
    }
    statx.stx_rdev_major = major(attr.rdev);
    statx.stx_rdev_minor = minor(attr.rdev);
    statx.stx_dev_minor = DEVICE_MINOR;
    give(statx, to)
}

fn stamp(nanos: i64) -> statx_timestamp {
    let mut stamp: statx_timestamp = zeroed();
    stamp.tv_sec = nanos.div_euclid(NANOS);
    stamp.tv_nsec = nanos.rem_euclid(NANOS) as u32;
    stamp
}

/// `struct statfs`.
pub(crate) fn write_totals(totals: &Totals, to: usize) -> Answer {
    let mut statfs: sys::statfs = zeroed();
    statfs.f_bsize = totals.block_size as i64;
    statfs.f_frsize = totals.block_size as i64;
    statfs.f_blocks = totals.blocks as i64;
    statfs.f_bfree = totals.free as i64;
    statfs.f_bavail = totals.available as i64;
    statfs.f_files = if config().strict { 0 } else { totals.files as i64 };
    statfs.f_namelen = NAME_MAX as i64;
    give(statfs, to)
}
