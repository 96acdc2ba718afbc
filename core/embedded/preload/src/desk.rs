//! The working space of one virtual operation. It lives on a scratch stack.

use crate::{
    sys::{__NR_getcwd, Errno, sys},
    wire::Wire,
};
use core::mem::MaybeUninit;
use gkfs_proto::PATH_MAX;
use linux_raw_sys::errno::{EIO, ENAMETOOLONG};

/// Why a virtual operation did not end in success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fail {
    /// It failed.
    Errno(Errno),
    /// The path leads out of the mount: [`Desk::outside`] is where to.
    Outside,
}

impl Fail {
    /// A failure by errno.
    pub(crate) const fn of(errno: u32) -> Fail {
        Fail::Errno(Errno(errno))
    }
}

impl From<Errno> for Fail {
    fn from(errno: Errno) -> Fail {
        Fail::Errno(errno)
    }
}

impl From<gkfs_proto::wire::Malformed> for Fail {
    fn from(_: gkfs_proto::wire::Malformed) -> Fail {
        Fail::of(EIO)
    }
}

impl From<gkfs_proto::path::TooLong> for Fail {
    fn from(_: gkfs_proto::path::TooLong) -> Fail {
        Fail::of(ENAMETOOLONG)
    }
}

/// How a virtual operation ends: the value to return, or a failure.
pub(crate) type Answer = Result<usize, Fail>;

/// A path with room for the longest, followed by a NUL once [`terminated`](PathBuf::terminated).
pub(crate) struct PathBuf {
    bytes: [u8; PATH_MAX + 1],
    len: usize,
}

impl PathBuf {
    pub(crate) const EMPTY: PathBuf = PathBuf {
        bytes: [0; PATH_MAX + 1],
        len: 0,
    };

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Replaces the content.
    pub(crate) fn set(&mut self, path: &[u8]) -> Result<(), Fail> {
        self.len = 0;
        self.push(path)
    }

    /// Appends bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Fail> {
        let end = self.len + bytes.len();
        if end > PATH_MAX {
            return Err(Fail::of(ENAMETOOLONG));
        }
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// Replaces the content by the normal form of `path` relative to `base`.
    pub(crate) fn normalise(&mut self, base: &[u8], path: &[u8]) -> Result<(), Fail> {
        self.len = gkfs_proto::path::normalise(base, path, &mut self.bytes[..PATH_MAX])?;
        Ok(())
    }

    /// Replaces the content by the full form of a path, which stays right when the program changes its directory.
    pub(crate) fn absolute(&mut self, path: &[u8]) -> Result<(), Fail> {
        let mut cwd = PathBuf::EMPTY;
        let known = cwd.fill(|to| Ok(sys!(__NR_getcwd, to.as_mut_ptr(), to.len())?.saturating_sub(1)));
        if known.is_err() {
            cwd.set(b"/")?;
        }
        self.normalise(cwd.as_bytes(), path)
    }

    /// Lets `fill` write the content and say how long it is.
    pub(crate) fn fill(&mut self, fill: impl FnOnce(&mut [u8]) -> Result<usize, Errno>) -> Result<(), Errno> {
        self.len = fill(&mut self.bytes[..PATH_MAX])?.min(PATH_MAX);
        Ok(())
    }

    /// Drops the first `count` bytes.
    pub(crate) fn cut_front(&mut self, count: usize) {
        self.bytes.copy_within(count..self.len, 0);
        self.len -= count;
    }

    /// Shortens the content.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// A pointer for the kernel.
    pub(crate) fn terminated(&mut self) -> *const u8 {
        self.bytes[self.len] = 0;
        self.bytes.as_ptr()
    }
}

/// Buffers of one operation.
pub(crate) struct Desk {
    /// First path, within the mount.
    pub(crate) path: PathBuf,
    /// Second path, within the mount.
    pub(crate) other: PathBuf,
    /// Room for whatever else needs a path: working directory, shadow directory.
    pub(crate) spare: PathBuf,
    /// What talks to the daemons.
    pub(crate) wire: Wire,
}

impl Desk {
    /// Prepares a desk in place, without clearing its buffers: that alone would cost more than most operations.
    pub(crate) fn prepare(place: &mut MaybeUninit<Desk>) -> &mut Desk {
        // SAFETY: the buffers hold plain integers in a mapping of ours, for which every value is valid; the
        // lengths, which are read before they are written, are set below.
        let desk = unsafe { place.assume_init_mut() };
        for path in [&mut desk.path, &mut desk.other, &mut desk.spare] {
            path.truncate(0);
        }
        desk.wire.clear();
        desk
    }
}
