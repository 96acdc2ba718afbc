//! Attributes in the kernel's structures.

use crate::{
    desk::{Answer, Fail},
    sys::{self, STATX_BASIC_STATS, STATX_BTIME, statx_timestamp},
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
    stat.st_size = attr.size as i64;
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
pub(crate) fn write_extended(attr: &Attr, to: usize) -> Answer {
    let mut statx: sys::statx = zeroed();
    statx.stx_mask = STATX_BASIC_STATS | STATX_BTIME;
    statx.stx_blksize = CHUNK_SIZE as u32;
    statx.stx_nlink = attr.nlink;
    statx.stx_uid = attr.uid;
    statx.stx_gid = attr.gid;
    statx.stx_mode = attr.mode as u16;
    statx.stx_ino = attr.ino;
    statx.stx_size = attr.size;
    statx.stx_blocks = attr.blocks;
    statx.stx_atime = stamp(attr.atime);
    statx.stx_btime = stamp(attr.btime);
    statx.stx_ctime = stamp(attr.ctime);
    statx.stx_mtime = stamp(attr.mtime);
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
    statfs.f_files = totals.files as i64;
    statfs.f_namelen = NAME_MAX as i64;
    give(statfs, to)
}
