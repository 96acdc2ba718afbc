//! Calls that fill a status structure, and the way from the kernel's to the reply's.

use std::mem::MaybeUninit;
use std::path::Path;

use super::{Result, c_path, check};
use crate::reply::{StatBuf, StatfsBuf, StatxBuf, StatxTimestamp, Timespec};

pub(crate) fn stat(path: &Path) -> Result<StatBuf> {
    let path = c_path(path)?;
    // SAFETY: a C string and a structure to fill.
    filled(|buffer| unsafe { libc::stat(path.as_ptr(), buffer) }).map(from_stat)
}

pub(crate) fn lstat(path: &Path) -> Result<StatBuf> {
    let path = c_path(path)?;
    // SAFETY: as in `stat`.
    filled(|buffer| unsafe { libc::lstat(path.as_ptr(), buffer) }).map(from_stat)
}

pub(crate) fn fstat(fd: i32) -> Result<StatBuf> {
    // SAFETY: a number and a structure to fill.
    filled(|buffer| unsafe { libc::fstat(fd, buffer) }).map(from_stat)
}

pub(crate) fn fstatat(dirfd: i32, path: &Path, flags: i32) -> Result<StatBuf> {
    let path = c_path(path)?;
    // SAFETY: as in `stat`.
    filled(|buffer| unsafe { libc::fstatat(dirfd, path.as_ptr(), buffer, flags) }).map(from_stat)
}

pub(crate) fn statx(dirfd: i32, path: &Path, flags: i32, mask: u32) -> Result<StatxBuf> {
    let path = c_path(path)?;
    // SAFETY: as in `stat`.
    filled(|buffer| unsafe { libc::statx(dirfd, path.as_ptr(), flags, mask, buffer) }).map(from_statx)
}

pub(crate) fn statfs(path: &Path) -> Result<StatfsBuf> {
    let path = c_path(path)?;
    // SAFETY: as in `stat`.
    filled(|buffer| unsafe { libc::statfs(path.as_ptr(), buffer) }).map(from_statfs)
}

pub(crate) fn fstatfs(fd: i32) -> Result<StatfsBuf> {
    // SAFETY: as in `fstat`.
    filled(|buffer| unsafe { libc::fstatfs(fd, buffer) }).map(from_statfs)
}

/// The kernel structures of this module: plain numbers, of which all zeros is a value.
trait Plain: Copy {}
impl Plain for libc::stat {}
impl Plain for libc::statx {}
impl Plain for libc::statfs {}

/// Runs a call on a zeroed structure: a client that fills only a part leaves no garbage.
fn filled<T: Plain>(call: impl FnOnce(*mut T) -> i32) -> Result<T> {
    let mut buffer = MaybeUninit::<T>::zeroed();
    check(call(buffer.as_mut_ptr()))?;
    // SAFETY: zeroed above, and `Plain` says that zeros are a value.
    Ok(unsafe { buffer.assume_init() })
}

#[expect(
    clippy::unnecessary_cast,
    reason = "the fields' widths differ between architectures"
)]
fn from_stat(from: libc::stat) -> StatBuf {
    StatBuf {
        st_atim: Timespec {
            tv_nsec: from.st_atime_nsec as i64,
            tv_sec: from.st_atime as i64,
        },
        st_blksize: from.st_blksize as i64,
        st_blocks: from.st_blocks as i64,
        st_ctim: Timespec {
            tv_nsec: from.st_ctime_nsec as i64,
            tv_sec: from.st_ctime as i64,
        },
        st_dev: from.st_dev as u64,
        st_gid: from.st_gid,
        st_ino: from.st_ino as u64,
        st_mode: from.st_mode,
        st_mtim: Timespec {
            tv_nsec: from.st_mtime_nsec as i64,
            tv_sec: from.st_mtime as i64,
        },
        st_nlink: from.st_nlink as u64,
        st_rdev: from.st_rdev as u64,
        st_size: from.st_size as i64,
        st_uid: from.st_uid,
    }
}

fn from_statx(from: libc::statx) -> StatxBuf {
    let time = |at: libc::statx_timestamp| StatxTimestamp {
        tv_nsec: at.tv_nsec,
        tv_sec: at.tv_sec,
    };
    StatxBuf {
        stx_atime: time(from.stx_atime),
        stx_attributes: from.stx_attributes,
        stx_attributes_mask: from.stx_attributes_mask,
        stx_blksize: from.stx_blksize,
        stx_blocks: from.stx_blocks,
        stx_btime: time(from.stx_btime),
        stx_ctime: time(from.stx_ctime),
        stx_dev_major: from.stx_dev_major,
        stx_dev_minor: from.stx_dev_minor,
        stx_gid: from.stx_gid,
        stx_ino: from.stx_ino,
        stx_mask: from.stx_mask,
        stx_mode: from.stx_mode,
        stx_mtime: time(from.stx_mtime),
        stx_nlink: from.stx_nlink,
        stx_rdev_major: from.stx_rdev_major,
        stx_rdev_minor: from.stx_rdev_minor,
        stx_size: from.stx_size,
        stx_uid: from.stx_uid,
    }
}

#[expect(
    clippy::unnecessary_cast,
    reason = "the fields' widths differ between architectures"
)]
fn from_statfs(from: libc::statfs) -> StatfsBuf {
    StatfsBuf {
        f_bavail: from.f_bavail as u64,
        f_bfree: from.f_bfree as u64,
        f_blocks: from.f_blocks as u64,
        f_bsize: from.f_bsize as i64,
        f_ffree: from.f_ffree as u64,
        f_files: from.f_files as u64,
        f_type: from.f_type as i64,
    }
}
