//! Calls on descriptors.

use std::fs::File;
use std::os::fd::FromRawFd;
use std::path::Path;

use super::{Result, c_path, check, check_len};

pub(crate) fn open(path: &Path, flags: i32, mode: u32) -> Result<i32> {
    let path = c_path(path)?;
    // SAFETY: `path` is a C string that lives through the call.
    check(unsafe { libc::open(path.as_ptr(), flags, mode) }).map(|fd| fd as i32)
}

pub(crate) fn openat(dirfd: i32, path: &Path, flags: i32, mode: u32) -> Result<i32> {
    let path = c_path(path)?;
    // SAFETY: as in `open`.
    check(unsafe { libc::openat(dirfd, path.as_ptr(), flags, mode) }).map(|fd| fd as i32)
}

pub(crate) fn creat(path: &Path, mode: u32) -> Result<i32> {
    let path = c_path(path)?;
    // SAFETY: as in `open`.
    check(unsafe { libc::creat(path.as_ptr(), mode) }).map(|fd| fd as i32)
}

pub(crate) fn close(fd: i32) -> Result {
    // SAFETY: takes no memory. Whoever calls decides whose descriptor it is.
    check(unsafe { libc::close(fd) })
}

pub(crate) fn dup(fd: i32) -> Result<i32> {
    // SAFETY: takes no memory.
    check(unsafe { libc::dup(fd) }).map(|fd| fd as i32)
}

pub(crate) fn dup2(fd: i32, newfd: i32) -> Result<i32> {
    // SAFETY: takes no memory.
    check(unsafe { libc::dup2(fd, newfd) }).map(|fd| fd as i32)
}

pub(crate) fn dup3(fd: i32, newfd: i32, flags: i32) -> Result<i32> {
    // SAFETY: takes no memory.
    check(unsafe { libc::dup3(fd, newfd, flags) }).map(|fd| fd as i32)
}

/// `cmd` must be one whose argument is a number: the caller checks.
pub(crate) fn fcntl(fd: i32, cmd: i32, arg: i32) -> Result {
    // SAFETY: with such a command the argument is no pointer.
    check(unsafe { libc::fcntl(fd, cmd, arg) })
}

/// Takes a descriptor over as a file of std's, which closes it.
pub(crate) fn into_file(fd: i32) -> File {
    // SAFETY: callers pass a descriptor that they have just opened and use no more.
    unsafe { File::from_raw_fd(fd) }
}

pub(crate) fn read(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    // SAFETY: pointer and length are those of `buffer`.
    check_len(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })
}

pub(crate) fn pread(fd: i32, buffer: &mut [u8], offset: i64) -> Result<usize> {
    // SAFETY: as in `read`.
    check_len(unsafe { libc::pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), offset) })
}

pub(crate) fn readv(fd: i32, buffers: [&mut [u8]; 2]) -> Result<usize> {
    let vectors = buffers.map(writable);
    // SAFETY: each vector is one of `buffers`, borrowed through the call.
    check_len(unsafe { libc::readv(fd, vectors.as_ptr(), vectors.len() as i32) })
}

pub(crate) fn preadv(fd: i32, buffers: [&mut [u8]; 2], offset: i64) -> Result<usize> {
    let vectors = buffers.map(writable);
    // SAFETY: as in `readv`.
    check_len(unsafe { libc::preadv(fd, vectors.as_ptr(), vectors.len() as i32, offset) })
}

fn writable(buffer: &mut [u8]) -> libc::iovec {
    libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    }
}

pub(crate) fn write(fd: i32, data: &[u8]) -> Result<usize> {
    // SAFETY: pointer and length are those of `data`.
    check_len(unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) })
}

pub(crate) fn pwrite(fd: i32, data: &[u8], offset: i64) -> Result<usize> {
    // SAFETY: as in `write`.
    check_len(unsafe { libc::pwrite(fd, data.as_ptr().cast(), data.len(), offset) })
}

pub(crate) fn writev(fd: i32, buffers: &[&[u8]]) -> Result<usize> {
    let vectors: Vec<_> = buffers.iter().map(|buffer| readable(buffer)).collect();
    // SAFETY: each vector is one of `buffers`, which the call only reads.
    check_len(unsafe { libc::writev(fd, vectors.as_ptr(), vectors.len() as i32) })
}

pub(crate) fn pwritev(fd: i32, buffers: &[&[u8]], offset: i64) -> Result<usize> {
    let vectors: Vec<_> = buffers.iter().map(|buffer| readable(buffer)).collect();
    // SAFETY: as in `writev`.
    check_len(unsafe { libc::pwritev(fd, vectors.as_ptr(), vectors.len() as i32, offset) })
}

fn readable(buffer: &[u8]) -> libc::iovec {
    libc::iovec {
        iov_base: buffer.as_ptr().cast_mut().cast(),
        iov_len: buffer.len(),
    }
}

pub(crate) fn lseek(fd: i32, offset: i64, whence: i32) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::lseek(fd, offset, whence) })
}

pub(crate) fn ftruncate(fd: i32, length: i64) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::ftruncate(fd, length) })
}

pub(crate) fn fallocate(fd: i32, mode: i32, offset: i64, length: i64) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::fallocate(fd, mode, offset, length) })
}

pub(crate) fn fsync(fd: i32) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::fsync(fd) })
}

pub(crate) fn fdatasync(fd: i32) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::fdatasync(fd) })
}

pub(crate) fn fchmod(fd: i32, mode: u32) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::fchmod(fd, mode) })
}

pub(crate) fn fchown(fd: i32, owner: u32, group: u32) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::fchown(fd, owner, group) })
}

pub(crate) fn futimens(fd: i32, times: [libc::timespec; 2]) -> Result {
    // SAFETY: two times, as the call reads.
    check(unsafe { libc::futimens(fd, times.as_ptr()) })
}

pub(crate) fn fchdir(fd: i32) -> Result {
    // SAFETY: takes no memory.
    check(unsafe { libc::fchdir(fd) })
}

/// An offset of `None` uses and moves the descriptor's position.
pub(crate) fn copy_file_range(
    (from, mut from_offset): (i32, Option<i64>),
    (to, mut to_offset): (i32, Option<i64>),
    count: usize,
    flags: u32,
) -> Result<usize> {
    let pointer =
        |offset: &mut Option<i64>| offset.as_mut().map_or(std::ptr::null_mut(), |at| at as *mut i64);
    let (from_at, to_at) = (pointer(&mut from_offset), pointer(&mut to_offset));
    // SAFETY: the offsets are null or point to locals that live through the call.
    check_len(unsafe { libc::copy_file_range(from, from_at, to, to_at, count, flags) })
}
