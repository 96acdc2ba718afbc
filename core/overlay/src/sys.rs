//! What rustix offers no safe way to do, and a call that it does not know.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Gives the calling thread a working directory, a root and a mount namespace of its own.
pub(crate) fn unshare_mounts() -> io::Result<()> {
    // SAFETY: the flags do not hold FILES: the table of descriptors stays the process's.
    Ok(unsafe { unshare_unsafe(UnshareFlags::FS | UnshareFlags::NEWNS) }?)
}

/// Gives the calling thread a working directory and a root of its own.
pub(crate) fn unshare_place() -> io::Result<()> {
    // SAFETY: as above.
    Ok(unsafe { unshare_unsafe(UnshareFlags::FS) }?)
}

/// Puts the process, which has one thread, into a user namespace of its own and a mount namespace with it.
pub(crate) fn unshare_user() -> io::Result<()> {
    // SAFETY: as above.
    Ok(unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNS) }?)
}

/// Makes the mount, and all mounts below it, read-only.
pub(crate) fn make_read_only(mount: BorrowedFd<'_>) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    // SAFETY: an empty C string, and the struct of that call with its size; both outlive the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attributes,
            size_of_val(&attributes),
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Borrows a descriptor that is open now, by its number.
pub(crate) fn borrow<'a>(fd: i32) -> Option<BorrowedFd<'a>> {
    if fd < 0 {
        return None;
    }
    // SAFETY: the number is not -1. Were it closed meanwhile, the calls made with it would fail or look at
    // another file; nothing is written or closed through it.
    Some(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Lets an ordinary user's program make overlays: before `main`, while it has one thread, it enters a user
/// namespace of its own ([`enter_user_namespace`](crate::enter_user_namespace)).
///
/// Written once, at the top of a test binary. For root it changes nothing.
#[macro_export]
macro_rules! enter_user_namespace_before_main {
    () => {
        const _: () = {
            extern "C" fn enter() {
                $crate::before_main();
            }
            // Naming a section is an unsafe attribute: what stands there is called before main. The function
            // makes a few system calls and allocates little, both of which libc is ready for by then.
            #[allow(unsafe_code)]
            #[unsafe(link_section = ".init_array")]
            #[used]
            static ENTER: extern "C" fn() = enter;
        };
    };
}
