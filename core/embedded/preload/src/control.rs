//! What is left: control calls, and calls that the mount does not know.

use crate::{
    attr::posix_only,
    client::config,
    desk::{Answer, Desk, Fail},
    frame::Call,
    paths::open_file,
    sys::*,
    wire::keeper,
};
use gkfs_proto::msg::StatNode;
use linux_raw_sys::{
    errno::{EBADF, EFAULT, EINVAL, ENOSYS, ENOTTY, EOPNOTSUPP},
    ioctl::{FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD},
};

/// `FICLONE` and `FICLONERANGE`: sharing blocks is not for this file system.
const FICLONE: u32 = 0x4004_9409;
const FICLONERANGE: u32 = 0x4020_940d;

/// Succeeds: what is written is with the daemon already.
pub(crate) fn nothing(call: &Call, _: &mut Desk) -> Answer {
    if open_file(call.int(0))?.is_path() {
        Err(Fail::of(EBADF))
    } else {
        Ok(0)
    }
}

/// As a kernel that does not have the call.
pub(crate) fn unknown(_: &Call, _: &mut Desk) -> Answer {
    Err(Fail::of(ENOSYS))
}

/// As a file system that does not have the feature.
pub(crate) fn unsupported(_: &Call, _: &mut Desk) -> Answer {
    Err(Fail::of(EOPNOTSUPP))
}

/// `fcntl(fd, command, argument)`.
pub(crate) fn fcntl(call: &Call, _: &mut Desk) -> Answer {
    let header = open_file(call.int(0))?;
    match call.args[1] as u32 {
        // What the real client says and does not do.
        F_GETFL if config().strict => Ok((header.flags & O_ACCMODE) as usize),
        F_SETFL if config().strict => Err(Fail::of(EOPNOTSUPP)),
        F_GETFL => {
            let known = call.pass_checked()? as u32;
            // The kernel keeps what can change; the rest is as it was opened.
            let opened =
                header.flags & !(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC | O_APPEND | O_NONBLOCK);
            Ok((known & !O_ACCMODE | opened) as usize)
        }
        F_ADD_SEALS | F_GET_SEALS => Err(Fail::of(EINVAL)),
        _ => Ok(call.pass_checked()?),
    }
}

/// `dup(fd)`: a copy's number is as high as that of the original.
pub(crate) fn dup(call: &Call, _: &mut Desk) -> Answer {
    Ok(sys!(__NR_fcntl, call.args[0], F_DUPFD, config().fd_base)?)
}

/// `dup3(fd, …)`, which the real client refuses and the kernel knows all about.
pub(crate) fn dup3(call: &Call, _: &mut Desk) -> Answer {
    posix_only()?;
    Ok(call.pass_checked()?)
}

/// `ioctl(fd, request, argument)`.
pub(crate) fn ioctl(call: &Call, desk: &mut Desk) -> Answer {
    let header = open_file(call.int(0))?;
    if header.is_path() {
        return Err(Fail::of(EBADF));
    }
    match call.args[1] as u32 {
        FIOCLEX | FIONCLEX | FIONBIO | FIOASYNC => Ok(call.pass_checked()?),
        FIONREAD if !header.is_directory() => {
            let size = desk
                .wire
                .node(keeper(header.ino), &StatNode { ino: header.ino })?
                .attr
                .size;
            let offset = sys!(__NR_lseek, call.args[0], 0, SEEK_CUR)? as u64;
            if call.args[2] == 0 {
                return Err(Fail::of(EFAULT));
            }
            let left = size.saturating_sub(offset).min(i32::MAX as u64) as i32;
            // SAFETY: the program passes an `int` to fill in.
            unsafe { (call.args[2] as *mut i32).write_unaligned(left) };
            Ok(0)
        }
        FICLONE | FICLONERANGE => Err(Fail::of(EOPNOTSUPP)),
        _ => Err(Fail::of(ENOTTY)),
    }
}
