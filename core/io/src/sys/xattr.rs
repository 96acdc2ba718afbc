//! Extended attributes, of a path or of a descriptor.

use std::path::Path;

use super::{Result, c_path, c_string, check, check_len, zeroed};

/// What the attribute belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of<'a> {
    Path(&'a Path),
    Fd(i32),
}

pub(crate) fn set(of: Of<'_>, name: &[u8], value: &[u8], flags: i32) -> Result {
    let name = c_string(name)?;
    let (data, length) = (value.as_ptr().cast(), value.len());
    match of {
        Of::Path(path) => {
            let path = c_path(path)?;
            // SAFETY: two C strings, and the value with its length.
            check(unsafe { libc::setxattr(path.as_ptr(), name.as_ptr(), data, length, flags) })
        }
        // SAFETY: as above.
        Of::Fd(fd) => check(unsafe { libc::fsetxattr(fd, name.as_ptr(), data, length, flags) }),
    }
}

pub(crate) fn get(of: Of<'_>, name: &[u8], count: u64) -> Result<(usize, Vec<u8>)> {
    let name = c_string(name)?;
    let mut buffer = zeroed(count)?;
    let (data, size) = (buffer.as_mut_ptr().cast(), buffer.len());
    let length = match of {
        Of::Path(path) => {
            let path = c_path(path)?;
            // SAFETY: two C strings, and the buffer with its length.
            check_len(unsafe { libc::getxattr(path.as_ptr(), name.as_ptr(), data, size) })?
        }
        // SAFETY: as above.
        Of::Fd(fd) => check_len(unsafe { libc::fgetxattr(fd, name.as_ptr(), data, size) })?,
    };
    buffer.truncate(length);
    Ok((length, buffer))
}

pub(crate) fn list(of: Of<'_>, count: u64) -> Result<(usize, Vec<u8>)> {
    let mut buffer = zeroed(count)?;
    let (data, size) = (buffer.as_mut_ptr().cast(), buffer.len());
    let length = match of {
        Of::Path(path) => {
            let path = c_path(path)?;
            // SAFETY: a C string, and the buffer with its length.
            check_len(unsafe { libc::listxattr(path.as_ptr(), data, size) })?
        }
        // SAFETY: as above.
        Of::Fd(fd) => check_len(unsafe { libc::flistxattr(fd, data, size) })?,
    };
    buffer.truncate(length);
    Ok((length, buffer))
}

pub(crate) fn remove(of: Of<'_>, name: &[u8]) -> Result {
    let name = c_string(name)?;
    match of {
        Of::Path(path) => {
            let path = c_path(path)?;
            // SAFETY: two C strings.
            check(unsafe { libc::removexattr(path.as_ptr(), name.as_ptr()) })
        }
        // SAFETY: as above.
        Of::Fd(fd) => check(unsafe { libc::fremovexattr(fd, name.as_ptr()) }),
    }
}
