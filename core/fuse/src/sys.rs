//! The system calls that are unsafe in themselves: a descriptor table of one's own, a child that only makes system calls, and
//! ioctls of the device.

#![expect(unsafe_code, reason = "system calls that no crate wraps safely")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::process::Pid;

/// Gives the calling thread a descriptor table of its own, with nothing but the standard descriptors in it.
///
/// Others keep theirs: what is left out is never copied, so no file is flushed or unlocked by this.
pub(crate) fn leave_descriptor_table() -> io::Result<()> {
    // SAFETY: three numbers; the calling thread owns no descriptor above 2 when it begins with this.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_UNSHARE) };
    if done == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        // Before Linux 5.9, and in kernels that are not Linux.
        Some(libc::ENOSYS | libc::EINVAL) => leave_by_copying(),
        _ => Err(error),
    }
}

/// The same in two steps: a copy of the table, in which all is closed then.
fn leave_by_copying() -> io::Result<()> {
    // SAFETY: a number; what is shared no longer is closed below, and nobody has taken it for its own.
    if unsafe { libc::unshare(libc::CLONE_FILES) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let own = format!("/proc/{}/fd", rustix::thread::gettid().as_raw_nonzero());
    let numbers: Vec<i32> = std::fs::read_dir(own)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in numbers {
        // SAFETY: closes what only this thread's table has now. The one that the list was read by is closed already.
        unsafe { libc::close(number) };
    }
    Ok(())
}

/// Closes every descriptor of a child that needs none.
pub(crate) fn close_everything() {
    // SAFETY: three numbers; the child uses no descriptor of its parent's after this. That it works was seen when the server
    // left the descriptor table.
    let _: libc::c_long = unsafe { libc::syscall(libc::SYS_close_range, 0_u32, u32::MAX, 0_u32) };
}

/// Runs `work` in a child process that then ends with its result, and returns the child's number.
///
/// The child has one thread, so whatever lock another thread held stays locked in it: `work` makes system calls, takes no
/// lock and allocates nothing.
pub(crate) fn in_child(work: impl FnOnce() -> i32) -> io::Result<Pid> {
    // SAFETY: a plain fork; the child leaves by _exit and runs what its caller promised.
    let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let code = work();
            // SAFETY: ends the process at once, without destructors of the parent's.
            unsafe { libc::_exit(code) }
        }
        pid => Pid::from_raw(pid as i32).ok_or_else(|| io::Error::other("a child without a number")),
    }
}

/// `FUSE_DEV_IOC_CLONE`: `_IOR(229, 0, uint32_t)`.
const CLONE: libc::c_ulong = 0x8004_e500;

/// Makes the fresh device `new` a second one of the connection of `old`.
pub(crate) fn clone_device(new: BorrowedFd<'_>, old: BorrowedFd<'_>) -> io::Result<()> {
    let number = old.as_raw_fd() as u32;
    // SAFETY: the kernel reads one u32 from a pointer to one.
    match unsafe { libc::ioctl(new.as_raw_fd(), CLONE, &raw const number) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
