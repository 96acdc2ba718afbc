//! Opening and creating files.

use crate::{
    client::{CLIENT, config},
    desk::{Answer, Desk, Fail},
    frame::Call,
    placeholder,
    sys::*,
    wire::{Found, owner},
};
use core::sync::atomic::Ordering::Relaxed;
use gkfs_proto::msg::{Open, Stat};
use linux_raw_sys::errno::{EISDIR, ELOOP, ENOTDIR, ENXIO, EOPNOTSUPP};

/// `open(path, flags, mode)`.
pub(crate) fn open(call: &Call, desk: &mut Desk) -> Answer {
    let path = (AT_FDCWD, call.args[0] as *const u8);
    open_at(desk, path, call.args[1] as u32, call.args[2] as u32)
}

/// `creat(path, mode)`.
pub(crate) fn creat(call: &Call, desk: &mut Desk) -> Answer {
    let path = (AT_FDCWD, call.args[0] as *const u8);
    open_at(desk, path, O_CREAT | O_WRONLY | O_TRUNC, call.args[1] as u32)
}

/// `openat(dirfd, path, flags, mode)`.
pub(crate) fn openat(call: &Call, desk: &mut Desk) -> Answer {
    let path = (call.int(0), call.args[1] as *const u8);
    open_at(desk, path, call.args[2] as u32, call.args[3] as u32)
}

fn open_at(desk: &mut Desk, path: (i32, *const u8), flags: u32, mode: u32) -> Answer {
    placeholder::check_room()?;
    if flags & O_TMPFILE == O_TMPFILE {
        return Err(Fail::of(EOPNOTSUPP));
    }
    if config().strict {
        refuse(flags)?;
    }
    let follow = flags & O_NOFOLLOW == 0 && flags & (O_CREAT | O_EXCL) != O_CREAT | O_EXCL;
    let shape = desk.resolve(path, follow)?;
    let mut flags = flags;
    if shape.directory {
        if flags & O_CREAT != 0 && flags & O_PATH == 0 {
            return Err(Fail::of(EISDIR));
        }
        flags |= O_DIRECTORY;
    }
    let found = if flags & O_PATH != 0 {
        look(desk, flags)?
    } else {
        ask(desk, flags, mode)?
    };
    placeholder::create(&found, flags, desk.path.as_bytes())
}

/// What the real client does not do.
fn refuse(flags: u32) -> Result<(), Fail> {
    let both = O_CREAT | O_DIRECTORY;
    if flags & O_PATH != 0 || flags & both == both {
        Err(Fail::of(EOPNOTSUPP))
    } else {
        Ok(())
    }
}

/// `O_PATH`: opens nothing, but remembers which node it was.
fn look(desk: &mut Desk, flags: u32) -> Result<Found, Fail> {
    let path = desk.path.as_bytes();
    let found = desk.wire.node(
        owner(path),
        &Stat {
            path,
            follow: flags & O_NOFOLLOW == 0,
        },
    )?;
    let directory = found.attr.mode & S_IFMT == S_IFDIR;
    if flags & O_DIRECTORY != 0 && !directory {
        Err(Fail::of(ENOTDIR))
    } else {
        Ok(found)
    }
}

fn ask(desk: &mut Desk, flags: u32, mode: u32) -> Result<Found, Fail> {
    let path = desk.path.as_bytes();
    let mode = mode & 0o7777 & !CLIENT.umask.load(Relaxed);
    let found = match desk.wire.node(owner(path), &Open { path, flags, mode }) {
        // A link at the end that is not followed is no directory, before it is one link too many.
        Err(fail) if fail == Fail::of(ELOOP) && flags & O_DIRECTORY != 0 && flags & O_NOFOLLOW != 0 => {
            let link = desk.wire.node(owner(path), &Stat { path, follow: false })?;
            let is_link = link.attr.mode & S_IFMT == S_IFLNK;
            return Err(if is_link { Fail::of(ENOTDIR) } else { fail });
        }
        answer => answer?,
    };
    match found.attr.mode & S_IFMT {
        S_IFREG | S_IFDIR => Ok(found),
        S_IFLNK => Err(Fail::of(ELOOP)),
        // Pipes, sockets and devices have a name here, but nothing behind it.
        _ => Err(Fail::of(ENXIO)),
    }
}
