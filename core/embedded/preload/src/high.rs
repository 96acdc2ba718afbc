//! Descriptors of our own, away from the numbers that programs count on.

use crate::sys::{F_DUPFD_CLOEXEC, sys, *};
use core::sync::atomic::{
    AtomicI32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// The lowest of them.
const HIGH: usize = 900;

/// Moves a descriptor up; where the process may have none so high it stays.
pub(crate) fn lift(low: usize) -> i32 {
    match sys!(__NR_fcntl, low, F_DUPFD_CLOEXEC, HIGH) {
        Ok(high) => {
            let _ = sys!(__NR_close, low);
            high as i32
        }
        Err(_) => low as i32,
    }
}

/// A descriptor that is kept. The program can close it behind our back and get its number for a file of its own, and
/// a child that shares this memory has other descriptors: so it is known by its file, too.
pub(crate) struct Descriptor {
    /// The number plus one, 0 while there is none: all zero, it takes no room in the library's file.
    number: AtomicI32,
    inode: AtomicU64,
}

impl Descriptor {
    /// None yet.
    pub(crate) const fn none() -> Descriptor {
        Descriptor {
            number: AtomicI32::new(0),
            inode: AtomicU64::new(0),
        }
    }

    /// Keeps `fd`.
    pub(crate) fn keep(&self, fd: i32) -> Option<()> {
        let inode = inode_of(fd)?;
        self.inode.store(inode, Relaxed);
        self.number.store(fd + 1, Release);
        Some(())
    }

    /// Keeps `fd` unless another thread was faster, or it could not be moved up: then it is the caller's to close.
    pub(crate) fn keep_first(&self, fd: i32) -> bool {
        if (fd as usize) < HIGH {
            return false;
        }
        let Some(inode) = inode_of(fd) else { return false };
        // Who keeps the same file at the same time stores the same inode.
        self.inode.store(inode, Relaxed);
        self.number.compare_exchange(0, fd + 1, Release, Relaxed).is_ok()
    }

    /// Whether there was one; it may no longer be ours.
    pub(crate) fn is_there(&self) -> bool {
        self.number.load(Relaxed) != 0
    }

    /// The number, or -1.
    pub(crate) fn number(&self) -> i32 {
        self.number.load(Acquire) - 1
    }

    /// The number, if it is still ours; else it is forgotten, as it is not ours to close.
    pub(crate) fn get(&self) -> Option<i32> {
        let fd = self.number();
        if fd < 0 {
            return None;
        }
        if inode_of(fd) == Some(self.inode.load(Relaxed)) {
            return Some(fd);
        }
        let _ = self.number.compare_exchange(fd + 1, 0, Relaxed, Relaxed);
        None
    }

    pub(crate) fn close(&self) {
        if let Some(fd) = self.get() {
            self.number.store(0, Relaxed);
            let _ = sys!(__NR_close, fd);
        }
    }
}

/// The inode of an open file or socket; `None` for a file that was removed.
fn inode_of(fd: i32) -> Option<u64> {
    let mut stat = core::mem::MaybeUninit::<stat>::uninit();
    sys!(__NR_fstat, fd, stat.as_mut_ptr()).ok()?;
    // SAFETY: the kernel filled it in.
    let stat = unsafe { stat.assume_init() };
    (stat.st_nlink > 0).then_some(stat.st_ino)
}
