//! Which system call is treated how. What is not named here goes to the kernel as it is.

#![expect(
    non_upper_case_globals,
    reason = "system call numbers keep the kernel's names"
)]

use crate::{
    attr, control, dir,
    dispatch::{Op, PathArg},
    exec, file,
    frame::Call,
    mapping, open, process, signal,
    sys::*,
    tree, xattr,
};
use linux_raw_sys::errno::{EINVAL, ENOSYS, EXDEV};

/// How a system call is treated.
pub(crate) enum Rule {
    /// The kernel's.
    Pass,
    /// Changes signals, processes or memory: handled on the program's own stack.
    Own(fn(&Call) -> isize),
    /// Not offered, so that programs fall back to something that is.
    Refuse(u32),
    /// Ours where the descriptor at that index is an open file of the mount.
    File(usize, Op),
    /// Fails where one of two descriptors is an open file of the mount.
    Files(usize, usize, u32),
    /// Ours where the path leads into the mount.
    Path(PathArg, Op),
    /// Ours where one of two paths leads into the mount.
    Paths(PathArg, PathArg, Op),
}

const fn path(path: usize) -> PathArg {
    PathArg { at: None, path }
}

const fn at(at: usize, path: usize) -> PathArg {
    PathArg { at: Some(at), path }
}

/// The rule for system call `nr`.
pub(crate) fn rule(nr: u32) -> Rule {
    files(nr)
        .or_else(|| names(nr))
        .or_else(|| attributes(nr))
        .or_else(|| process_wide(nr))
        .unwrap_or(Rule::Pass)
}

fn files(nr: u32) -> Option<Rule> {
    Some(match nr {
        __NR_read => Rule::File(0, file::read),
        __NR_write => Rule::File(0, file::write),
        __NR_pread64 => Rule::File(0, file::pread),
        __NR_pwrite64 => Rule::File(0, file::pwrite),
        __NR_readv => Rule::File(0, file::readv),
        __NR_writev => Rule::File(0, file::writev),
        __NR_preadv | __NR_preadv2 => Rule::File(0, file::preadv),
        __NR_pwritev | __NR_pwritev2 => Rule::File(0, file::pwritev),
        __NR_lseek => Rule::File(0, file::lseek),
        __NR_ftruncate => Rule::File(0, file::ftruncate),
        __NR_fallocate => Rule::File(0, file::fallocate),
        __NR_fsync | __NR_fdatasync | __NR_fadvise64 | __NR_readahead | __NR_sync_file_range
        | __NR_syncfs => Rule::File(0, control::nothing),
        __NR_fcntl => Rule::File(0, control::fcntl),
        __NR_dup => Rule::File(0, control::dup),
        __NR_dup3 => Rule::File(0, control::dup3),
        __NR_ioctl => Rule::File(0, control::ioctl),
        __NR_copy_file_range => Rule::Files(0, 2, EXDEV),
        __NR_sendfile | __NR_tee => Rule::Files(0, 1, EINVAL),
        __NR_splice => Rule::Files(0, 2, EINVAL),
        __NR_vmsplice => Rule::Files(0, 0, EINVAL),
        __NR_getdents64 => Rule::File(0, dir::getdents64),
        __NR_getdents => Rule::File(0, dir::getdents),
        __NR_fchdir => Rule::File(0, dir::fchdir),
        __NR_mmap => Rule::Own(mapping::mmap),
        _ => return None,
    })
}

fn names(nr: u32) -> Option<Rule> {
    Some(match nr {
        __NR_open => Rule::Path(path(0), open::open),
        __NR_creat => Rule::Path(path(0), open::creat),
        __NR_openat => Rule::Path(at(0, 1), open::openat),
        __NR_openat2 => Rule::Path(at(0, 1), control::unknown),
        __NR_mkdir => Rule::Path(path(0), tree::mkdir),
        __NR_mkdirat => Rule::Path(at(0, 1), tree::mkdirat),
        __NR_mknod => Rule::Path(path(0), tree::mknod),
        __NR_mknodat => Rule::Path(at(0, 1), tree::mknodat),
        __NR_rmdir => Rule::Path(path(0), tree::rmdir),
        __NR_unlink => Rule::Path(path(0), tree::unlink),
        __NR_unlinkat => Rule::Path(at(0, 1), tree::unlinkat),
        __NR_symlink => Rule::Path(path(1), tree::symlink),
        __NR_symlinkat => Rule::Path(at(1, 2), tree::symlinkat),
        __NR_readlink => Rule::Path(path(0), tree::readlink),
        __NR_readlinkat => Rule::Path(at(0, 1), tree::readlinkat),
        __NR_rename => Rule::Paths(path(0), path(1), tree::rename),
        __NR_renameat | __NR_renameat2 => Rule::Paths(at(0, 1), at(2, 3), tree::renameat),
        __NR_link => Rule::Paths(path(0), path(1), tree::link),
        __NR_linkat => Rule::Paths(at(0, 1), at(2, 3), tree::linkat),
        __NR_truncate => Rule::Path(path(0), file::truncate),
        __NR_chdir => Rule::Path(path(0), dir::chdir),
        __NR_execve => Rule::Own(exec::execve),
        __NR_execveat => Rule::Own(exec::execveat),
        __NR_inotify_add_watch => Rule::Path(path(1), control::unknown),
        __NR_name_to_handle_at => Rule::Path(at(0, 1), control::unsupported),
        _ => return None,
    })
}

fn attributes(nr: u32) -> Option<Rule> {
    Some(match nr {
        __NR_stat => Rule::Path(path(0), attr::stat),
        __NR_lstat => Rule::Path(path(0), attr::lstat),
        __NR_fstat => Rule::File(0, attr::fstat),
        __NR_newfstatat => Rule::Path(at(0, 1), attr::fstatat),
        __NR_statx => Rule::Path(at(0, 1), attr::statx),
        __NR_access => Rule::Path(path(0), attr::access),
        __NR_faccessat | __NR_faccessat2 => Rule::Path(at(0, 1), attr::faccessat),
        __NR_chmod => Rule::Path(path(0), attr::chmod),
        __NR_fchmod => Rule::File(0, attr::fchmod),
        __NR_fchmodat | __NR_fchmodat2 => Rule::Path(at(0, 1), attr::fchmodat),
        __NR_chown => Rule::Path(path(0), attr::chown),
        __NR_lchown => Rule::Path(path(0), attr::lchown),
        __NR_fchown => Rule::File(0, attr::fchown),
        __NR_fchownat => Rule::Path(at(0, 1), attr::fchownat),
        __NR_utime => Rule::Path(path(0), attr::utime),
        __NR_utimes => Rule::Path(path(0), attr::utimes),
        __NR_futimesat => Rule::Path(at(0, 1), attr::futimesat),
        __NR_utimensat => Rule::Path(at(0, 1), attr::utimensat),
        __NR_statfs => Rule::Path(path(0), attr::statfs),
        __NR_fstatfs => Rule::File(0, attr::fstatfs),
        __NR_getxattr | __NR_lgetxattr => Rule::Path(path(0), xattr::get),
        __NR_setxattr | __NR_lsetxattr => Rule::Path(path(0), xattr::set),
        __NR_listxattr | __NR_llistxattr => Rule::Path(path(0), xattr::list),
        __NR_removexattr | __NR_lremovexattr => Rule::Path(path(0), xattr::remove),
        __NR_fgetxattr => Rule::File(0, xattr::get),
        __NR_fsetxattr => Rule::File(0, xattr::set),
        __NR_flistxattr => Rule::File(0, xattr::list),
        __NR_fremovexattr => Rule::File(0, xattr::remove),
        __NR_setxattrat | __NR_getxattrat | __NR_listxattrat | __NR_removexattrat => {
            Rule::Path(at(0, 1), control::unknown)
        }
        _ => return None,
    })
}

fn process_wide(nr: u32) -> Option<Rule> {
    Some(match nr {
        __NR_rt_sigaction => Rule::Own(signal::rt_sigaction),
        __NR_rt_sigprocmask => Rule::Own(signal::rt_sigprocmask),
        __NR_rt_sigreturn => Rule::Own(signal::rt_sigreturn),
        __NR_rt_sigsuspend => Rule::Own(signal::rt_sigsuspend),
        __NR_sigaltstack => Rule::Own(signal::sigaltstack),
        __NR_ppoll => Rule::Own(signal::ppoll),
        __NR_pselect6 | __NR_io_pgetevents => Rule::Own(signal::pselect),
        __NR_epoll_pwait | __NR_epoll_pwait2 => Rule::Own(signal::epoll_pwait),
        __NR_fork => Rule::Own(process::fork),
        __NR_vfork => Rule::Own(process::vfork),
        __NR_clone => Rule::Own(process::clone),
        // The C library falls back to clone, whose arguments can be passed on.
        __NR_clone3 => Rule::Refuse(ENOSYS),
        // Rings would read and write placeholders behind our back.
        __NR_io_uring_setup | __NR_io_setup => Rule::Refuse(ENOSYS),
        __NR_prctl => Rule::Own(process::prctl),
        __NR_umask => Rule::Own(process::umask),
        __NR_setuid | __NR_setgid | __NR_setreuid | __NR_setregid | __NR_setresuid | __NR_setresgid
        | __NR_setgroups | __NR_setfsuid | __NR_setfsgid => Rule::Own(process::identity),
        __NR_exit_group => Rule::Own(process::exit_group),
        __NR_munmap => Rule::Own(mapping::munmap),
        __NR_mprotect => Rule::Own(mapping::mprotect),
        __NR_msync => Rule::Own(mapping::msync),
        _ => return None,
    })
}
