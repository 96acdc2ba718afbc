//! What rustix offers no safe way to do, and a call that it does not know.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::mount::MountAttrFlags;
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
    set_attributes(mount, MountAttrFlags::MOUNT_ATTR_RDONLY)
}

/// Gives the mount, and all mounts below it, attributes that they may not have yet.
pub(crate) fn set_attributes(mount: BorrowedFd<'_>, attributes: MountAttrFlags) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: attributes.bits().into(),
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

/// What `listmount` and `statmount` are asked (`struct mnt_id_req`, in its first size).
#[repr(C)]
struct Asked {
    size: u32,
    spare: u32,
    mount: u64,
    param: u64,
}

impl Asked {
    fn new(mount: u64, param: u64) -> Self {
        Self {
            size: size_of::<Self>() as u32,
            spare: 0,
            mount,
            param,
        }
    }
}

/// Returns the numbers of all mounts below the calling thread's root, in ascending order. They are never used again.
///
/// # Errors
/// `ENOSYS` before Linux 6.8.
pub(crate) fn list_mounts() -> io::Result<Vec<u64>> {
    // The same on every architecture that has no numbers of its own for all calls.
    const LISTMOUNT: libc::c_long = 458;
    const AT_ONCE: usize = 256;
    let mut all = Vec::new();
    loop {
        let asked = Asked::new(u64::MAX, all.last().copied().unwrap_or(0));
        let mut some = [0_u64; AT_ONCE];
        // SAFETY: the struct of that call with its size, and an array with its length; both outlive the call.
        let count = unsafe { libc::syscall(LISTMOUNT, &raw const asked, some.as_mut_ptr(), AT_ONCE, 0) };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        all.extend_from_slice(&some[..count.min(AT_ONCE)]);
        if count < AT_ONCE {
            return Ok(all);
        }
    }
}

/// Returns the number that the table of mounts has for a mount.
pub(crate) fn number_in_table(unique: u64) -> io::Result<u64> {
    const STATMOUNT: libc::c_long = 457;
    const STATMOUNT_MNT_BASIC: u64 = 2;
    /// Where `struct statmount` has `mnt_id_old`, in words of 32 bits.
    const MNT_ID_OLD: usize = 14;
    let asked = Asked::new(unique, STATMOUNT_MNT_BASIC);
    // The struct, and nothing of the strings that may follow it.
    let mut told = [0_u32; 128];
    // SAFETY: as above.
    let result = unsafe {
        libc::syscall(
            STATMOUNT,
            &raw const asked,
            told.as_mut_ptr(),
            size_of_val(&told),
            0,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(told[MNT_ID_OLD].into())
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
