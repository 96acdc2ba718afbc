//! System calls in the client log, decoded as the real client's debug build does it.

#![expect(
    non_upper_case_globals,
    reason = "system call numbers keep the kernel's names"
)]

use crate::{
    frame::Call,
    log::{self, Level},
    paths,
    sys::*,
};
use core::fmt;
use gkfs_proto::text::{ErrorName, OpenFlags, Quoted};

/// How an argument is shown.
#[derive(Clone, Copy)]
enum Kind {
    Fd,
    /// A descriptor or `AT_FDCWD`.
    Dir,
    Path,
    Pointer,
    Octal,
    /// Permission bits behind open flags that may not create anything.
    NewMode,
    Hex,
    Dec,
    OpenFlags,
    Whence,
}

type Argument = (&'static str, Kind);

/// Logs a call of the mount's before it is carried out.
pub(crate) fn entry(call: &Call) {
    if log::wants_entries() {
        log::log(Level::Syscall, format_args!("[ah] {} = ?", Shown(call)));
    }
}

/// Logs a call of the mount's with its result.
pub(crate) fn exit(call: &Call, ret: isize) {
    if !log::wants(Level::Syscall) {
        return;
    }
    match check(ret) {
        Ok(value) => log::log(Level::Syscall, format_args!("[ah] {} = {value}", Shown(call))),
        Err(Errno(errno)) => {
            log::log(
                Level::Syscall,
                format_args!("[ah] {} = -1 {}", Shown(call), ErrorName(errno)),
            );
        }
    }
}

/// A call as `name(argument=value, …)`.
struct Shown<'c>(&'c Call);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, arguments) = describe(self.0.nr);
        if name.is_empty() {
            return write!(f, "syscall_{}()", self.0.nr);
        }
        write!(f, "{name}(")?;
        for (index, (label, kind)) in arguments.iter().enumerate() {
            if matches!(kind, Kind::NewMode) && self.0.args[index - 1] as u32 & O_CREAT == 0 {
                continue;
            }
            let gap = if index == 0 { "" } else { ", " };
            write!(f, "{gap}{label}=")?;
            show(f, *kind, self.0.args[index])?;
        }
        f.write_str(")")
    }
}

fn show(f: &mut fmt::Formatter<'_>, kind: Kind, value: usize) -> fmt::Result {
    match kind {
        Kind::Dir if value as i32 == AT_FDCWD => f.write_str("AT_FDCWD"),
        Kind::Fd | Kind::Dir => write!(f, "{}", value as i32),
        Kind::Path => match paths::text(value as *const u8) {
            Some(text) => write!(f, "{}", Quoted(text)),
            None => show(f, Kind::Pointer, value),
        },
        Kind::Pointer if value == 0 => f.write_str("NULL"),
        Kind::Pointer | Kind::Hex => write!(f, "{value:#x}"),
        Kind::Octal | Kind::NewMode => write!(f, "{:04o}", value as u32),
        Kind::Dec => write!(f, "{}", value as i64),
        Kind::OpenFlags => write!(f, "{}", OpenFlags(value as u32)),
        Kind::Whence => f.write_str(match value as u32 {
            SEEK_SET => "SEEK_SET",
            SEEK_CUR => "SEEK_CUR",
            SEEK_END => "SEEK_END",
            SEEK_DATA => "SEEK_DATA",
            _ => "SEEK_HOLE",
        }),
    }
}

const FD: Argument = ("fd", Kind::Fd);
const DFD: Argument = ("dfd", Kind::Dir);
const PATH: Argument = ("pathname", Kind::Path);
const BUF: Argument = ("buf", Kind::Pointer);
const COUNT: Argument = ("count", Kind::Hex);
const OFFSET: Argument = ("offset", Kind::Dec);
const MODE: Argument = ("mode", Kind::Octal);
const NEW_MODE: Argument = ("mode", Kind::NewMode);
const STAT: Argument = ("statbuf", Kind::Pointer);
const FLAG: Argument = ("flag", Kind::Hex);
const FLAGS: Argument = ("flags", Kind::OpenFlags);
const VEC: Argument = ("iov", Kind::Pointer);
const VECS: Argument = ("iovcnt", Kind::Dec);
const OLD: Argument = ("oldpath", Kind::Path);
const NEW: Argument = ("newpath", Kind::Path);
const OLDFD: Argument = ("olddfd", Kind::Dir);
const NEWFD: Argument = ("newdfd", Kind::Dir);
const LEN: Argument = ("length", Kind::Dec);
const UID: Argument = ("user", Kind::Dec);
const GID: Argument = ("group", Kind::Dec);
const TIMES: Argument = ("times", Kind::Pointer);
const NAME: Argument = ("name", Kind::Path);
const VALUE: Argument = ("value", Kind::Pointer);
const SIZE: Argument = ("size", Kind::Hex);

/// Name and arguments of a call, an empty name for one that has no text.
fn describe(nr: u32) -> (&'static str, &'static [Argument]) {
    match nr {
        __NR_read => ("read", &[FD, BUF, COUNT]),
        __NR_write => ("write", &[FD, BUF, COUNT]),
        __NR_pread64 => ("pread64", &[FD, BUF, COUNT, OFFSET]),
        __NR_pwrite64 => ("pwrite64", &[FD, BUF, COUNT, OFFSET]),
        __NR_readv => ("readv", &[FD, VEC, VECS]),
        __NR_writev => ("writev", &[FD, VEC, VECS]),
        __NR_preadv => ("preadv", &[FD, VEC, VECS, OFFSET]),
        __NR_preadv2 => ("preadv2", &[FD, VEC, VECS, OFFSET]),
        __NR_pwritev => ("pwritev", &[FD, VEC, VECS, OFFSET]),
        __NR_pwritev2 => ("pwritev2", &[FD, VEC, VECS, OFFSET]),
        __NR_lseek => ("lseek", &[FD, OFFSET, ("whence", Kind::Whence)]),
        __NR_ftruncate => ("ftruncate", &[FD, LEN]),
        __NR_fallocate => ("fallocate", &[FD, ("mode", Kind::Hex), OFFSET, LEN]),
        __NR_fsync => ("fsync", &[FD]),
        __NR_fdatasync => ("fdatasync", &[FD]),
        __NR_fadvise64 => ("fadvise64", &[FD, OFFSET, LEN, ("advice", Kind::Dec)]),
        __NR_fcntl => ("fcntl", &[FD, ("cmd", Kind::Dec), ("arg", Kind::Hex)]),
        __NR_ioctl => ("ioctl", &[FD, ("cmd", Kind::Hex), ("arg", Kind::Hex)]),
        __NR_getdents64 => ("getdents64", &[FD, ("dirent", Kind::Pointer), COUNT]),
        __NR_getdents => ("getdents", &[FD, ("dirent", Kind::Pointer), COUNT]),
        __NR_fchdir => ("fchdir", &[FD]),
        __NR_mmap => (
            "mmap",
            &[
                ("addr", Kind::Pointer),
                ("length", Kind::Dec),
                ("prot", Kind::Hex),
                FLAG,
                FD,
                ("offset", Kind::Hex),
            ],
        ),
        __NR_truncate => ("truncate", &[PATH, LEN]),
        _ => names(nr),
    }
}

fn names(nr: u32) -> (&'static str, &'static [Argument]) {
    match nr {
        __NR_open => ("open", &[PATH, FLAGS, NEW_MODE]),
        __NR_creat => ("creat", &[PATH, MODE]),
        __NR_openat => ("openat", &[DFD, PATH, FLAGS, NEW_MODE]),
        __NR_mkdir => ("mkdir", &[PATH, MODE]),
        __NR_mkdirat => ("mkdirat", &[DFD, PATH, MODE]),
        __NR_mknod => ("mknod", &[PATH, MODE, ("dev", Kind::Hex)]),
        __NR_mknodat => ("mknodat", &[DFD, PATH, MODE, ("dev", Kind::Hex)]),
        __NR_rmdir => ("rmdir", &[PATH]),
        __NR_unlink => ("unlink", &[PATH]),
        __NR_unlinkat => ("unlinkat", &[DFD, PATH, FLAG]),
        __NR_symlink => ("symlink", &[OLD, NEW]),
        __NR_symlinkat => ("symlinkat", &[OLD, NEWFD, NEW]),
        __NR_readlink => ("readlink", &[PATH, BUF, SIZE]),
        __NR_readlinkat => ("readlinkat", &[DFD, PATH, BUF, SIZE]),
        __NR_rename => ("rename", &[OLD, NEW]),
        __NR_renameat => ("renameat", &[OLDFD, OLD, NEWFD, NEW]),
        __NR_renameat2 => ("renameat2", &[OLDFD, OLD, NEWFD, NEW, FLAG]),
        __NR_link => ("link", &[OLD, NEW]),
        __NR_linkat => ("linkat", &[OLDFD, OLD, NEWFD, NEW, FLAG]),
        __NR_chdir => ("chdir", &[PATH]),
        __NR_execve => (
            "execve",
            &[PATH, ("argv", Kind::Pointer), ("envp", Kind::Pointer)],
        ),
        __NR_munmap => ("munmap", &[("addr", Kind::Pointer), LEN]),
        __NR_msync => ("msync", &[("addr", Kind::Pointer), LEN, FLAG]),
        _ => attributes(nr),
    }
}

fn attributes(nr: u32) -> (&'static str, &'static [Argument]) {
    match nr {
        __NR_stat => ("stat", &[PATH, STAT]),
        __NR_lstat => ("lstat", &[PATH, STAT]),
        __NR_fstat => ("fstat", &[FD, STAT]),
        __NR_newfstatat => ("newfstatat", &[DFD, PATH, STAT, FLAG]),
        __NR_statx => ("statx", &[DFD, PATH, FLAG, ("mask", Kind::Hex), BUF]),
        __NR_access => ("access", &[PATH, MODE]),
        __NR_faccessat => ("faccessat", &[DFD, PATH, MODE]),
        __NR_faccessat2 => ("faccessat2", &[DFD, PATH, MODE, FLAG]),
        __NR_chmod => ("chmod", &[PATH, MODE]),
        __NR_fchmod => ("fchmod", &[FD, MODE]),
        __NR_fchmodat => ("fchmodat", &[DFD, PATH, MODE]),
        __NR_chown => ("chown", &[PATH, UID, GID]),
        __NR_lchown => ("lchown", &[PATH, UID, GID]),
        __NR_fchown => ("fchown", &[FD, UID, GID]),
        __NR_fchownat => ("fchownat", &[DFD, PATH, UID, GID, FLAG]),
        __NR_utime => ("utime", &[PATH, TIMES]),
        __NR_utimes => ("utimes", &[PATH, TIMES]),
        __NR_futimesat => ("futimesat", &[DFD, PATH, TIMES]),
        __NR_utimensat => ("utimensat", &[DFD, PATH, TIMES, FLAG]),
        __NR_statfs => ("statfs", &[PATH, BUF]),
        __NR_fstatfs => ("fstatfs", &[FD, BUF]),
        __NR_getxattr => ("getxattr", &[PATH, NAME, VALUE, SIZE]),
        __NR_lgetxattr => ("lgetxattr", &[PATH, NAME, VALUE, SIZE]),
        __NR_fgetxattr => ("fgetxattr", &[FD, NAME, VALUE, SIZE]),
        __NR_setxattr => ("setxattr", &[PATH, NAME, VALUE, SIZE, FLAG]),
        __NR_lsetxattr => ("lsetxattr", &[PATH, NAME, VALUE, SIZE, FLAG]),
        __NR_fsetxattr => ("fsetxattr", &[FD, NAME, VALUE, SIZE, FLAG]),
        __NR_listxattr => ("listxattr", &[PATH, ("list", Kind::Pointer), SIZE]),
        __NR_llistxattr => ("llistxattr", &[PATH, ("list", Kind::Pointer), SIZE]),
        __NR_flistxattr => ("flistxattr", &[FD, ("list", Kind::Pointer), SIZE]),
        __NR_removexattr => ("removexattr", &[PATH, NAME]),
        __NR_lremovexattr => ("lremovexattr", &[PATH, NAME]),
        __NR_fremovexattr => ("fremovexattr", &[FD, NAME]),
        _ => ("", &[]),
    }
}
