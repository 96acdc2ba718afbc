//! Calls on paths, and on what a process has one of: its working directory and its umask.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::{Errno, Result, c_path, check, check_len, zeroed};

/// Defines calls that take paths first and then numbers.
macro_rules! path_calls {
    ($($name:ident($($path:ident),+ $(; $($number:ident: $t:ty),+)?);)*) => { $(
        pub(crate) fn $name($($path: &Path,)+ $($($number: $t),+)?) -> Result {
            $(let $path = c_path($path)?;)+
            // SAFETY: the paths are C strings that live through the call, the rest are numbers.
            check(unsafe { libc::$name($($path.as_ptr(),)+ $($($number),+)?) })
        }
    )* };
}

/// The same for calls that take a directory's descriptor before the path.
macro_rules! at_calls {
    ($($name:ident(dirfd, path $(, $number:ident: $t:ty)*);)*) => { $(
        pub(crate) fn $name(dirfd: i32, path: &Path, $($number: $t),*) -> Result {
            let path = c_path(path)?;
            // SAFETY: the path is a C string that lives through the call, the rest are numbers.
            check(unsafe { libc::$name(dirfd, path.as_ptr(), $($number),*) })
        }
    )* };
}

path_calls! {
    mkdir(path; mode: u32);
    rmdir(path);
    unlink(path);
    rename(from, to);
    link(from, to);
    symlink(target, path);
    truncate(path; length: i64);
    access(path; mask: i32);
    chmod(path; mode: u32);
    chown(path; owner: u32, group: u32);
    chdir(path);
}

at_calls! {
    mkdirat(dirfd, path, mode: u32);
    unlinkat(dirfd, path, flags: i32);
    faccessat(dirfd, path, mask: i32, flags: i32);
    fchmodat(dirfd, path, mode: u32, flags: i32);
}

pub(crate) fn renameat2(from_dir: i32, from: &Path, to_dir: i32, to: &Path, flags: u32) -> Result {
    let (from, to) = (c_path(from)?, c_path(to)?);
    // SAFETY: both paths are C strings that live through the call.
    check(unsafe { libc::renameat2(from_dir, from.as_ptr(), to_dir, to.as_ptr(), flags) })
}

pub(crate) fn utimensat(dirfd: i32, path: &Path, times: [libc::timespec; 2], flags: i32) -> Result {
    let path = c_path(path)?;
    // SAFETY: a C string and two times, as the call reads.
    check(unsafe { libc::utimensat(dirfd, path.as_ptr(), times.as_ptr(), flags) })
}

/// The target's first `count` bytes.
pub(crate) fn readlink(path: &Path, count: u64) -> Result<Vec<u8>> {
    let path = c_path(path)?;
    let mut buffer = zeroed(count)?;
    // SAFETY: a C string, and a buffer with its own length.
    let length = unsafe { libc::readlink(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    buffer.truncate(check_len(length)?);
    Ok(buffer)
}

pub(crate) fn getcwd(count: u64) -> Result<PathBuf> {
    let mut buffer = zeroed(count)?;
    // SAFETY: pointer and length are those of `buffer`.
    if unsafe { libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len()) }.is_null() {
        return Err(Errno::last());
    }
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    buffer.truncate(end);
    Ok(OsString::from_vec(buffer).into())
}

/// Sets the umask and returns the old one; cannot fail.
pub(crate) fn umask(mask: u32) -> u32 {
    // SAFETY: takes no memory.
    unsafe { libc::umask(mask) }
}

/// A call that glibc would make otherwise, through its `syscall` symbol.
pub(crate) fn raw(call: Raw, path: &Path) -> Result {
    let path = c_path(path)?;
    let path = path.as_ptr();
    // SAFETY: each arm passes the arguments that its system call takes: numbers, and a C string
    // that lives through the call.
    check(unsafe {
        match call {
            Raw::Open => libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, libc::O_RDONLY, 0),
            Raw::Unlink => libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0),
            Raw::Mkdir => libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, 0o777),
            Raw::Access => libc::syscall(libc::SYS_faccessat, libc::AT_FDCWD, path, libc::F_OK),
            #[cfg(target_arch = "x86_64")]
            Raw::OldOpen => libc::syscall(libc::SYS_open, path, libc::O_RDONLY, 0),
            #[cfg(target_arch = "x86_64")]
            Raw::Creat => libc::syscall(libc::SYS_creat, path, 0o777),
            #[cfg(target_arch = "x86_64")]
            Raw::Chmod => libc::syscall(libc::SYS_chmod, path, 0o777),
        }
    })
}

/// The calls that [`raw`] can make; the older ones are x86-64's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Raw {
    Open,
    Unlink,
    Mkdir,
    Access,
    #[cfg(target_arch = "x86_64")]
    OldOpen,
    #[cfg(target_arch = "x86_64")]
    Creat,
    #[cfg(target_arch = "x86_64")]
    Chmod,
}
