//! Directory streams, and the kernel's own records below them.

use std::ffi::CStr;
use std::mem::offset_of;
use std::path::Path;
use std::ptr::NonNull;

use super::{Errno, Result, c_path, check_len, zeroed};
use crate::ByteString;
use crate::reply::Dirent;

/// An open directory stream, closed when dropped.
pub(crate) struct Stream(NonNull<libc::DIR>);

impl Stream {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let path = c_path(path)?;
        // SAFETY: a C string that lives through the call.
        NonNull::new(unsafe { libc::opendir(path.as_ptr()) })
            .map(Self)
            .ok_or_else(Errno::last)
    }

    /// Where the stream lives in memory, which is all that upstream tells of it.
    pub(crate) fn address(&self) -> u64 {
        self.0.addr().get() as u64
    }

    pub(crate) fn descriptor(&self) -> i32 {
        // SAFETY: the stream is open until dropped.
        unsafe { libc::dirfd(self.0.as_ptr()) }
    }

    /// The next entry, `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Dirent>> {
        // SAFETY: errno is this thread's own; readdir() tells an error from the end only by it.
        let errno = unsafe {
            *libc::__errno_location() = 0;
            libc::__errno_location()
        };
        // SAFETY: the stream is open, and `&mut self` keeps others from it.
        let entry = unsafe { libc::readdir(self.0.as_ptr()) };
        if entry.is_null() {
            // SAFETY: as above.
            return match unsafe { *errno } {
                0 => Ok(None),
                number => Err(Errno(number)),
            };
        }
        // SAFETY: readdir() returned a record that stays valid until the next call, with a name
        // that ends in NUL. The name is reached by pointer, for the record may be shorter than the
        // structure.
        unsafe {
            Ok(Some(Dirent {
                d_ino: (*entry).d_ino,
                d_name: CStr::from_ptr((&raw const (*entry).d_name).cast())
                    .to_bytes()
                    .into(),
                d_off: (*entry).d_off,
                d_reclen: (*entry).d_reclen,
                d_type: (*entry).d_type,
            }))
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: open until here, and not used after.
        unsafe { libc::closedir(self.0.as_ptr()) };
    }
}

/// One getdents64() with a buffer of `count` bytes: how many of them it filled, and with what.
///
/// libc has no portable function for it; its `syscall` symbol is seen by every client library.
pub(crate) fn getdents(fd: i32, count: u64) -> Result<(usize, Vec<Dirent>)> {
    let mut buffer = zeroed(count)?;
    // SAFETY: pointer and length are those of `buffer`.
    let length = unsafe { libc::syscall(libc::SYS_getdents64, fd, buffer.as_mut_ptr(), buffer.len()) };
    let length = check_len(length as isize)?;
    Ok((length, parse(&buffer[..length.min(buffer.len())])))
}

/// Splits the records; stops at one that is cut or does not advance.
fn parse(mut bytes: &[u8]) -> Vec<Dirent> {
    let mut entries = Vec::new();
    while let Some(entry) = parse_one(bytes) {
        bytes = &bytes[usize::from(entry.d_reclen)..];
        entries.push(entry);
    }
    entries
}

fn parse_one(bytes: &[u8]) -> Option<Dirent> {
    const NAME: usize = offset_of!(libc::dirent64, d_name);
    let d_reclen = u16::from_ne_bytes(field(bytes, offset_of!(libc::dirent64, d_reclen))?);
    let record = bytes.get(..usize::from(d_reclen))?;
    let name = record.get(NAME..)?.split(|&byte| byte == 0).next()?;
    Some(Dirent {
        d_ino: u64::from_ne_bytes(field(record, offset_of!(libc::dirent64, d_ino))?),
        d_name: ByteString::from(name),
        d_off: i64::from_ne_bytes(field(record, offset_of!(libc::dirent64, d_off))?),
        d_reclen,
        d_type: *record.get(offset_of!(libc::dirent64, d_type))?,
    })
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_records_end_the_list() {
        assert_eq!(parse(&[]), []);
        assert_eq!(parse(&[0; 24]), [], "a record of length 0");
        let mut record = [0u8; 24];
        record[16..18].copy_from_slice(&24u16.to_ne_bytes());
        record[18] = 8;
        record[19..21].copy_from_slice(b"ab");
        let whole = parse(&[record, record].concat());
        assert_eq!(whole.len(), 2);
        assert_eq!((&whole[0].d_name[..], whole[0].d_type), (&b"ab"[..], 8));
        assert_eq!(parse(&[&record[..], &record[..20]].concat()).len(), 1);
    }
}
