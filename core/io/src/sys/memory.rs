//! Shared mappings of files.
//!
//! A page behind the end of a file answers an access with SIGBUS, which would end the session. So
//! the memory is never touched from here: the kernel copies between it and a pipe-like file in
//! memory, and answers EFAULT instead.

use std::ptr::{self, NonNull};

use super::{Errno, Result, check, check_len};

/// A shared mapping, unmapped when dropped.
pub(crate) struct Mapping {
    start: NonNull<libc::c_void>,
    length: usize,
}

impl Mapping {
    /// Maps `length` bytes from `offset`, which must be a multiple of the page size.
    pub(crate) fn new(fd: i32, length: usize, offset: i64, protection: i32) -> Result<Self> {
        // SAFETY: the kernel chooses a free place, so no memory of ours is replaced.
        let start = unsafe { libc::mmap(ptr::null_mut(), length, protection, libc::MAP_SHARED, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        let start = NonNull::new(start).ok_or(Errno(libc::EFAULT))?;
        Ok(Self { start, length })
    }

    /// Copies out `count` bytes from `at`; EFAULT where the file does not reach.
    pub(crate) fn read(&self, at: usize, count: usize) -> Result<Vec<u8>> {
        self.check_range(at, count)?;
        let scratch = Scratch::new()?;
        let mut done = 0;
        while done < count {
            // SAFETY: inside the mapping, as checked; a page without a file is EFAULT, not a signal.
            let from = unsafe { self.start.as_ptr().byte_add(at + done) };
            // SAFETY: as above; the call only reads there.
            let copied = check_len(unsafe { libc::pwrite(scratch.0, from, count - done, done as i64) })?;
            done += copied;
        }
        let mut buffer = super::zeroed(count as u64)?;
        let read = super::fd::pread(scratch.0, &mut buffer, 0)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    /// Copies `data` in at `at`; EFAULT where the file does not reach.
    pub(crate) fn write(&mut self, at: usize, data: &[u8]) -> Result {
        self.check_range(at, data.len())?;
        let scratch = Scratch::new()?;
        let mut done = 0;
        while done < data.len() {
            done += super::fd::pwrite(scratch.0, &data[done..], done as i64)?;
        }
        let mut done = 0;
        while done < data.len() {
            // SAFETY: inside the mapping, as checked.
            let to = unsafe { self.start.as_ptr().byte_add(at + done) };
            // SAFETY: the kernel writes inside our own mapping, of which nobody has a reference.
            let copied = check_len(unsafe { libc::pread(scratch.0, to, data.len() - done, done as i64) })?;
            done += copied;
        }
        Ok(data.len() as i64)
    }

    /// Writes changes back to the file.
    pub(crate) fn sync(&self) -> Result {
        // SAFETY: exactly the mapping.
        check(unsafe { libc::msync(self.start.as_ptr(), self.length, libc::MS_SYNC) })
    }

    /// Unmaps, which is when some clients write back.
    pub(crate) fn unmap(self) -> Result {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: exactly the mapping, not used after, and not dropped again.
        check(unsafe { libc::munmap(this.start.as_ptr(), this.length) })
    }

    fn check_range(&self, at: usize, count: usize) -> Result<()> {
        match at.checked_add(count) {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(Errno(libc::EFAULT)),
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping, not used after.
        unsafe { libc::munmap(self.start.as_ptr(), self.length) };
    }
}

/// A file in memory, outside every file system under test.
struct Scratch(i32);

impl Scratch {
    fn new() -> Result<Self> {
        // SAFETY: a C string literal.
        check(unsafe { libc::memfd_create(c"gkfs.io".as_ptr(), libc::MFD_CLOEXEC) }).map(|fd| Self(fd as i32))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: ours alone.
        unsafe { libc::close(self.0) };
    }
}

/// The size of a page, of which offsets of mappings are multiples.
pub(crate) fn page_size() -> i64 {
    // SAFETY: takes no memory.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(1)
}
