//! The `LD_PRELOAD` client library of the embedded GekkoFS: `libgkfs_intercept.so`.
//!
//! A program that is started with this library sees the daemons' file system below the mount directory, and
//! everything else as it is. It may be any program that is linked dynamically: a shell, a compiler, a JVM.
//!
//! # Theory of operation
//!
//! The kernel's *system call user dispatch* turns every system call that is not issued from the library's own
//! text into a SIGSYS. So there is one place that sees them all, whoever issues them: libc, the dynamic linker,
//! inline assembly. `dispatch` looks the call up in a `table`; most go to the kernel unchanged, straight from
//! the handler. What concerns the mount is carried out on a scratch stack (`stacks`), with all signals blocked, by
//! asking a daemon (`wire`).
//!
//! The library keeps **no table of open files**. An open file is a *placeholder*, a sealed memory file that holds
//! the node's number. Its kernel offset is the file's offset, its kernel flags are the file's flags, and its
//! descriptor is a real one; so `dup`, `fork`, `exec`, `close_range`, `O_CLOEXEC`, `SCM_RIGHTS`, `poll`, the
//! lowest free number and `EMFILE` need no code. The working directory is real as well: a shadow directory of the
//! same path below the real mount point (`dir`). What is kept in memory (`client`) is configuration, connections,
//! scratch stacks and shared mappings.
//!
//! `signal` and `process` hold what dispatch asks for: SIGSYS must never be blocked, the mask and the alternate
//! stack that sigreturn will set have to be changed in the signal frame, and dispatch is to be enabled again in
//! every new thread and process.
//!
//! Nothing here allocates, and no code outside the library is called: a handler may run in the middle of `malloc`,
//! in a `vfork` child, or on a thread stack of 16 KiB. For the same reason the library is `no_std` in the profile
//! it ships in, brings its own memory functions (`mem`), and is linked to nothing.
//!
//! # Environment
//!
//! | variable | meaning |
//! |---|---|
//! | `LIBGKFS_HOSTS_FILE` | the daemons; default `./gkfs_hosts.txt` |
//! | `LIBGKFS_LOG`, `LIBGKFS_LOG_OUTPUT`, `LIBGKFS_LOG_PER_PROCESS`, `LIBGKFS_LOG_OUTPUT_TRUNC` | the log, as the real client's; of the system calls only those on the mount are logged |
//! | `LIBGKFS_FORWARDING_MAP_FILE` | sends all content through one daemon; read once, at the start |
//! | `LIBGKFS_STRICT` | `1`: refuses what the real client refuses, and has no permissions |
//! | `LIBGKFS_FD_BASE` | lowest number of a descriptor on the mount; the real client's is 10000 |
//!
//! `LD_PRELOAD` and these are added again where a program starts another with an environment that lacks them.
//!
//! A program without a hosts file or a daemon that answers ends with status 1 before its first line runs, and so
//! does one on a kernel without user dispatch: nothing believes to be on the mount that is not.
//!
//! # Limits
//!
//! * Static and set-uid programs, programs whose own `DT_NEEDED` libraries lie in the mount, and Go programs are
//!   not intercepted (or, with Go's small stacks, not safe).
//! * Real symbolic links outside that point into the mount lead to the real directory under it.
//! * A mapping is a copy: two processes that map a file share nothing but what is written back by `msync`,
//!   `munmap`, `exec` and the end of the process. Ranges moved by `mremap` are not written back.
//! * Record locks and `flock` reach only descriptors that stem from the same `open`.
//! * FIFOs, sockets and devices have names but cannot be opened or bound; inotify and io_uring are refused.
//! * A bad pointer that the library itself reads is a SIGSEGV and not `EFAULT`.
//! * A daemon that stops without closing its connections blocks its clients until it goes on.
#![cfg_attr(panic = "abort", no_std)]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(unsafe_code)]

mod address;
mod attr;
mod client;
mod config;
mod control;
mod desk;
mod dir;
mod dispatch;
mod environment;
mod exec;
mod file;
mod forwarding;
mod frame;
mod high;
mod hosts;
mod io;
mod log;
mod mapping;
#[cfg(panic = "abort")]
mod mem;
mod net;
mod once;
mod open;
mod paths;
mod placeholder;
mod process;
mod signal;
mod single;
mod stacks;
mod start;
mod stat;
mod sys;
mod table;
mod trace;
mod tree;
mod wire;
mod xattr;

#[cfg(panic = "abort")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    log::complain("gkfs client: internal error, process ended\n");
    loop {
        let _ = sys::sys!(sys::__NR_exit_group, 134);
    }
}
