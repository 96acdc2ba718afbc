//! The system, through symbols of libc only: the real GekkoFS client patches libc and never sees
//! a system call that is made elsewhere.
//!
//! One thin safe function per call. It adds nothing: same arguments, the call's own result or its
//! error number. That is what makes an operation's reply trustworthy.
#![allow(unsafe_code)]

pub(crate) mod dir;
pub(crate) mod fd;
pub(crate) mod memory;
pub(crate) mod path;
pub(crate) mod process;
pub(crate) mod stat;
pub(crate) mod xattr;

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Most bytes that one operation keeps in memory: a wrong count is an answer, not a dead session.
pub(crate) const LARGEST_BUFFER: u64 = 256 << 20;

/// An error number of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) i32);

impl Errno {
    fn last() -> Self {
        Self(
            std::io::Error::last_os_error()
                .raw_os_error()
                .unwrap_or(libc::EIO),
        )
    }

    /// The system's words for it, "Success" for 0.
    pub(crate) fn text(self) -> String {
        let mut buffer = [0u8; 256];
        // SAFETY: the pointer and the length are those of `buffer`.
        unsafe { libc::strerror_r(self.0, buffer.as_mut_ptr().cast(), buffer.len()) };
        let text = CStr::from_bytes_until_nul(&buffer).unwrap_or_default();
        text.to_string_lossy().into_owned()
    }
}

/// What a call returned, or why it failed.
pub(crate) type Result<T = i64> = std::result::Result<T, Errno>;

/// The usual convention: -1 is a failure and explains itself in `errno`.
fn check(returned: impl Into<i64>) -> Result {
    match returned.into() {
        -1 => Err(Errno::last()),
        value => Ok(value),
    }
}

/// The same for calls that answer a length.
fn check_len(returned: isize) -> Result<usize> {
    usize::try_from(returned).map_err(|_| Errno::last())
}

/// A path for libc; one with a NUL inside cannot be said (EINVAL).
fn c_path(path: &Path) -> Result<CString> {
    c_string(path.as_os_str().as_bytes())
}

fn c_string(bytes: &[u8]) -> Result<CString> {
    CString::new(bytes).map_err(|_| Errno(libc::EINVAL))
}

/// A buffer of zeros; ENOMEM if it is larger than [`LARGEST_BUFFER`] or than the memory.
pub(crate) fn zeroed(count: u64) -> Result<Vec<u8>> {
    let no_memory = Errno(libc::ENOMEM);
    if count > LARGEST_BUFFER {
        return Err(no_memory);
    }
    let count = usize::try_from(count).map_err(|_| no_memory)?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(count).map_err(|_| no_memory)?;
    buffer.resize(count, 0);
    Ok(buffer)
}

/// Lets a file that would grow beyond the process's limit be an error (EFBIG), not the end.
pub(crate) fn ignore_file_size_signal() {
    // SAFETY: sets no handler, so that no code runs in a signal's place.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_numbers_have_the_systems_words() {
        assert_eq!(Errno(0).text(), "Success");
        assert_eq!(Errno(17).text(), "File exists");
        assert_eq!(Errno(39).text(), "Directory not empty");
    }

    #[test]
    fn a_senseless_size_is_an_error() {
        assert_eq!(zeroed(u64::MAX), Err(Errno(libc::ENOMEM)));
        assert_eq!(zeroed(3), Ok(vec![0; 3]));
    }
}
