//! Open files of the mount: sealed memory files. The kernel keeps descriptor, offset and flags, and carries them
//! over dup, fork, exec and sockets, so there is no table to keep here.

use crate::{
    client::{CLIENT, config},
    desk::{Fail, PathBuf},
    sys::*,
    wire::{Found, Key},
};
use core::{fmt::Write, mem::MaybeUninit, sync::atomic::Ordering::Relaxed};
use gkfs_proto::{node::OPEN_FILE_PREFIX, text::Line};

/// Everything a memory file can be sealed against: a call that is missed cannot change it.
const SEALS: u32 = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
const MAGIC: u64 = u64::from_le_bytes(*b"gkfsopen");

/// What the memory file holds.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Header {
    magic: u64,
    /// The node.
    pub(crate) ino: u64,
    /// The flags it was opened with.
    pub(crate) flags: u32,
    /// `st_mode` at that time; its type never changes.
    mode: u32,
    /// Name of its chunk directories.
    pub(crate) key: Key,
    /// Bytes of the path it was opened by, which follows the header.
    path_len: u64,
}

impl Header {
    /// For reading a node without a descriptor.
    pub(crate) fn reading(found: &Found) -> Header {
        Header {
            magic: MAGIC,
            ino: found.attr.ino,
            flags: O_RDONLY,
            mode: found.attr.mode,
            key: found.key,
            path_len: 0,
        }
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.mode & S_IFMT == S_IFDIR
    }

    /// Opened with `O_PATH`, and so for nothing but its place.
    pub(crate) fn is_path(&self) -> bool {
        self.flags & O_PATH != 0
    }

    pub(crate) fn reads(&self) -> bool {
        !self.is_path() && self.flags & O_ACCMODE != O_WRONLY
    }

    pub(crate) fn writes(&self) -> bool {
        !self.is_path() && matches!(self.flags & O_ACCMODE, O_WRONLY | O_RDWR)
    }
}

/// Whether a descriptor is an open file of the mount, as far as its seals tell.
#[inline]
pub(crate) fn is(fd: i32) -> bool {
    fd >= 0 && sys!(__NR_fcntl, fd, F_GET_SEALS).is_ok_and(|seals| seals as u32 & SEALS == SEALS)
}

/// The header of an open file of the mount.
pub(crate) fn header(fd: i32) -> Option<Header> {
    if is(fd) { read(fd) } else { None }
}

/// The header of a descriptor whose seals were looked at already.
pub(crate) fn read(fd: i32) -> Option<Header> {
    let mut header = MaybeUninit::<Header>::uninit();
    let len = sys!(__NR_pread64, fd, header.as_mut_ptr(), size_of::<Header>(), 0).ok()?;
    if len != size_of::<Header>() {
        return None;
    }
    // SAFETY: filled in completely, and every value is valid for its fields.
    let header = unsafe { header.assume_init() };
    (header.magic == MAGIC).then_some(header)
}

/// Reads the path that a file was opened by.
pub(crate) fn opened_path(fd: i32, header: &Header, to: &mut PathBuf) -> Result<(), Errno> {
    let len = header.path_len as usize;
    to.fill(|bytes| {
        sys!(
            __NR_pread64,
            fd,
            bytes.as_mut_ptr(),
            bytes.len().min(len),
            size_of::<Header>()
        )
    })
}

/// Fails as long as the process has no room for another descriptor, so that nothing is created in vain.
pub(crate) fn check_room() -> Result<(), Errno> {
    let fd = sys!(__NR_eventfd2, 0, O_CLOEXEC)?;
    let _ = sys!(__NR_close, fd);
    Ok(())
}

/// Makes an open file of `found` for the program and returns its descriptor.
pub(crate) fn create(found: &Found, flags: u32, path: &[u8]) -> Result<usize, Fail> {
    let header = Header {
        magic: MAGIC,
        ino: found.attr.ino,
        flags,
        mode: found.attr.mode,
        key: found.key,
        path_len: path.len() as u64,
    };
    let mut name = Line::<64>::new();
    let _ = write!(name, "{OPEN_FILE_PREFIX}{:x}\0", header.ino);
    let fd = sys!(
        __NR_memfd_create,
        name.as_bytes().as_ptr(),
        MFD_CLOEXEC | MFD_ALLOW_SEALING
    )?;
    match prepare(fd, &header, path) {
        Ok(fd) => {
            CLIENT.opened.store(true, Relaxed);
            Ok(fd)
        }
        Err(errno) => {
            let _ = sys!(__NR_close, fd);
            Err(errno.into())
        }
    }
}

fn prepare(fd: usize, header: &Header, path: &[u8]) -> Result<usize, Errno> {
    sys!(__NR_pwrite64, fd, &raw const *header, size_of::<Header>(), 0)?;
    sys!(__NR_pwrite64, fd, path.as_ptr(), path.len(), size_of::<Header>())?;
    sys!(__NR_fcntl, fd, F_ADD_SEALS, SEALS)?;
    reopen(fd, header.flags)?;
    let close_on_exec = header.flags & O_CLOEXEC;
    let base = config().fd_base;
    if base == 0 {
        return Ok(fd);
    }
    let command = if close_on_exec != 0 {
        F_DUPFD_CLOEXEC
    } else {
        F_DUPFD
    };
    let moved = sys!(__NR_fcntl, fd, command, base)?;
    let _ = sys!(__NR_close, fd);
    Ok(moved)
}

/// Replaces the description that `memfd_create` made by one that was opened: only the latter's offset is locked
/// while a process moves it.
fn reopen(fd: usize, flags: u32) -> Result<(), Errno> {
    let access = if flags & O_ACCMODE == O_RDONLY {
        O_RDONLY
    } else {
        O_RDWR
    };
    let kept = flags & (O_APPEND | O_NONBLOCK);
    let close_on_exec = flags & O_CLOEXEC;
    let mut path = Line::<32>::new();
    let _ = write!(path, "/proc/self/fd/{fd}\0");
    let Ok(second) = sys!(__NR_open, path.as_bytes().as_ptr(), access | kept | O_CLOEXEC) else {
        // No second descriptor to be had, or no /proc: what there is works, but for races between processes.
        sys!(__NR_fcntl, fd, F_SETFL, kept)?;
        sys!(
            __NR_fcntl,
            fd,
            F_SETFD,
            if close_on_exec != 0 { FD_CLOEXEC } else { 0 }
        )?;
        return Ok(());
    };
    let swapped = sys!(__NR_dup3, second, fd, close_on_exec);
    let _ = sys!(__NR_close, second);
    swapped.map(drop)
}
