//! Extended attributes.

#![expect(
    non_upper_case_globals,
    reason = "system call numbers keep the kernel's names"
)]

use crate::{
    attr::posix_only,
    desk::{Answer, Desk, Fail},
    frame::Call,
    paths::{self, open_file},
    sys::*,
    wire::{keeper, owner},
};
use gkfs_proto::msg::{GetXattr, ListXattr, RemoveXattr, SetXattr};
use linux_raw_sys::errno::{E2BIG, EBADF, EFAULT, ERANGE};

const LONGEST: usize = 64 * 1024;

/// What a call is about: an open node, or the desk's path.
#[derive(Clone, Copy)]
struct Subject {
    /// 0 means by path.
    ino: u64,
    follow: bool,
}

impl Subject {
    fn find(call: &Call, desk: &mut Desk) -> Result<Subject, Fail> {
        posix_only()?;
        if matches!(
            call.nr,
            __NR_fgetxattr | __NR_fsetxattr | __NR_flistxattr | __NR_fremovexattr
        ) {
            let header = open_file(call.int(0))?;
            return if header.is_path() {
                Err(Fail::of(EBADF))
            } else {
                Ok(Subject {
                    ino: header.ino,
                    follow: true,
                })
            };
        }
        let link = matches!(
            call.nr,
            __NR_lgetxattr | __NR_lsetxattr | __NR_llistxattr | __NR_lremovexattr
        );
        desk.resolve((AT_FDCWD, call.args[0] as *const u8), !link)?;
        Ok(Subject {
            ino: 0,
            follow: !link,
        })
    }

    fn path(self, path: &[u8]) -> &[u8] {
        if self.ino == 0 { path } else { b"" }
    }

    fn daemon(self, path: &[u8]) -> usize {
        if self.ino == 0 {
            owner(path)
        } else {
            keeper(self.ino)
        }
    }
}

fn name<'a>(call: &Call) -> Result<&'a [u8], Fail> {
    paths::text(call.args[1] as *const u8).ok_or(Fail::of(EFAULT))
}

/// `getxattr(path or fd, name, value, size)`.
pub(crate) fn get(call: &Call, desk: &mut Desk) -> Answer {
    let subject = Subject::find(call, desk)?;
    let path = subject.path(desk.path.as_bytes());
    let message = GetXattr {
        ino: subject.ino,
        path,
        follow: subject.follow,
        name: name(call)?,
    };
    give(
        desk.wire.ask(subject.daemon(path), &message)?,
        call.args[2],
        call.args[3],
    )
}

/// `setxattr(path or fd, name, value, size, flags)`.
pub(crate) fn set(call: &Call, desk: &mut Desk) -> Answer {
    let subject = Subject::find(call, desk)?;
    let [_, _, value, size, flags, _] = call.args;
    if size > LONGEST {
        return Err(Fail::of(E2BIG));
    }
    // SAFETY: the program passes a value of this size.
    let value = if size == 0 {
        &[]
    } else {
        unsafe { core::slice::from_raw_parts(value as *const u8, size) }
    };
    let path = subject.path(desk.path.as_bytes());
    let message = SetXattr {
        ino: subject.ino,
        path,
        follow: subject.follow,
        name: name(call)?,
        value,
        flags: flags as u32,
    };
    desk.wire.ask(subject.daemon(path), &message)?;
    Ok(0)
}

/// `listxattr(path or fd, list, size)`.
pub(crate) fn list(call: &Call, desk: &mut Desk) -> Answer {
    let subject = Subject::find(call, desk)?;
    let path = subject.path(desk.path.as_bytes());
    let message = ListXattr {
        ino: subject.ino,
        path,
        follow: subject.follow,
    };
    give(
        desk.wire.ask(subject.daemon(path), &message)?,
        call.args[1],
        call.args[2],
    )
}

/// `removexattr(path or fd, name)`.
pub(crate) fn remove(call: &Call, desk: &mut Desk) -> Answer {
    let subject = Subject::find(call, desk)?;
    let path = subject.path(desk.path.as_bytes());
    let message = RemoveXattr {
        ino: subject.ino,
        path,
        follow: subject.follow,
        name: name(call)?,
    };
    desk.wire.ask(subject.daemon(path), &message)?;
    Ok(0)
}

/// A size of 0 asks only how long the value is.
fn give(value: &[u8], to: usize, room: usize) -> Answer {
    if room == 0 {
        return Ok(value.len());
    }
    if room < value.len() {
        return Err(Fail::of(ERANGE));
    }
    // SAFETY: the program passes a buffer of `room` bytes.
    unsafe { core::ptr::copy_nonoverlapping(value.as_ptr(), to as *mut u8, value.len()) };
    Ok(value.len())
}
