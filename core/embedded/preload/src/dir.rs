//! Directories: listing them, and making one of them the working directory.

use crate::{
    client::config,
    desk::{Answer, Desk, Fail, PathBuf},
    frame::Call,
    paths::{open_file, permit},
    sys::*,
    wire::{Found, keeper, owner},
};
use gkfs_proto::{
    msg::{Entry, Listing, Readdir, Stat, StatNode},
    path,
};
use linux_raw_sys::errno::{EBADF, EINVAL, EIO, ENOTDIR};

/// Most bytes of entries asked for at once; they have to fit the desk's reply.
const MOST: usize = 64 * 1024;

/// `getdents64(fd, buffer, size)`.
pub(crate) fn getdents64(call: &Call, desk: &mut Desk) -> Answer {
    list(call, desk, Style::New)
}

/// `getdents(fd, buffer, size)`.
pub(crate) fn getdents(call: &Call, desk: &mut Desk) -> Answer {
    list(call, desk, Style::Old)
}

/// The two layouts of a directory entry.
#[derive(Clone, Copy)]
enum Style {
    /// Inode, cookie, length, type, name.
    New,
    /// Inode, cookie, length, name; the type in the last byte.
    Old,
}

impl Style {
    fn size(self, name: &[u8]) -> usize {
        let bytes = match self {
            Style::New => 19 + name.len() + 1,
            Style::Old => 18 + name.len() + 2,
        };
        bytes.next_multiple_of(8)
    }

    fn put(self, entry: &Entry<'_>, to: &mut [u8]) {
        let len = to.len();
        to.fill(0);
        to[0..8].copy_from_slice(&entry.ino.to_ne_bytes());
        to[8..16].copy_from_slice(&entry.cookie.to_ne_bytes());
        to[16..18].copy_from_slice(&(len as u16).to_ne_bytes());
        let name = match self {
            Style::New => {
                to[18] = entry.kind;
                19
            }
            Style::Old => {
                to[len - 1] = entry.kind;
                18
            }
        };
        to[name..name + entry.name.len()].copy_from_slice(entry.name);
    }
}

/// The descriptor's offset is the cookie of the entry that comes next, so rewinding and seeking need no code.
fn list(call: &Call, desk: &mut Desk, style: Style) -> Answer {
    let header = open_file(call.int(0))?;
    if header.is_path() {
        return Err(Fail::of(EBADF));
    }
    if !header.is_directory() {
        return Err(Fail::of(ENOTDIR));
    }
    let room = call.args[2] & 0xffff_ffff;
    let cookie = sys!(__NR_lseek, call.args[0], 0, SEEK_CUR)? as u64;
    let ask = Readdir {
        ino: header.ino,
        cookie,
        max: room.min(MOST) as u32,
    };
    let (listing, mut entries) = Listing::decode_with_data(desk.wire.ask(keeper(header.ino), &ask)?)?;
    // SAFETY: the program passes a buffer of this size.
    let buffer = unsafe { core::slice::from_raw_parts_mut(call.args[1] as *mut u8, room) };
    let (mut used, mut next) = (0, None);
    for _ in 0..listing.count {
        let (entry, rest) = Entry::decode_with_data(entries)?;
        entries = rest;
        if config().strict && matches!(entry.name, b"." | b"..") {
            next = Some(entry.cookie);
            continue;
        }
        let Some(place) = buffer.get_mut(used..used + style.size(entry.name)) else {
            break;
        };
        style.put(&entry, place);
        used += place.len();
        next = Some(entry.cookie);
    }
    match next {
        Some(cookie) => {
            sys!(__NR_lseek, call.args[0], cookie, SEEK_SET)?;
            // Nothing but `.` and `..` in this reply is not the end yet.
            if used == 0 && !listing.end {
                list(call, desk, style)
            } else {
                Ok(used)
            }
        }
        None if listing.count == 0 && listing.end => Ok(0),
        None => Err(Fail::of(EINVAL)),
    }
}

/// `chdir(path)`.
pub(crate) fn chdir(call: &Call, desk: &mut Desk) -> Answer {
    desk.resolve((AT_FDCWD, call.args[0] as *const u8), true)?;
    let path = desk.path.as_bytes();
    let found = desk.wire.node(owner(path), &Stat { path, follow: true })?;
    go(desk, &found)
}

/// `fchdir(fd)`.
pub(crate) fn fchdir(call: &Call, desk: &mut Desk) -> Answer {
    let header = open_file(call.int(0))?;
    if config().strict && !header.is_directory() {
        return Err(Fail::of(EBADF));
    }
    let ino = header.ino;
    let found = desk.wire.node(keeper(ino), &StatNode { ino })?;
    go(desk, &found)
}

/// Enters the shadow of a directory: a real one of the same path below the real mount point, so that the kernel
/// itself remembers where every process is.
fn go(desk: &mut Desk, found: &Found) -> Answer {
    if found.attr.mode & S_IFMT != S_IFDIR {
        return Err(Fail::of(ENOTDIR));
    }
    permit(crate::attr::may(&found.attr, 1, true))?;
    desk.wire.path_of(found.attr.ino, &mut desk.other)?;
    shadow(&desk.other, &mut desk.spare)?;
    make_all(&mut desk.spare)?;
    Ok(sys!(__NR_chdir, desk.spare.terminated())?)
}

/// The shadow of a path within the mount.
pub(crate) fn shadow(inner: &PathBuf, to: &mut PathBuf) -> Result<(), Fail> {
    to.set(config().real.as_bytes())?;
    if inner.as_bytes() == b"/" {
        Ok(())
    } else {
        to.push(inner.as_bytes())
    }
}

/// `mkdir -p` of everything below the mount point.
fn make_all(shadow: &mut PathBuf) -> Result<(), Fail> {
    let mut made = PathBuf::EMPTY;
    for part in path::components(shadow.as_bytes()) {
        made.push(b"/")?;
        made.push(part)?;
        if made.as_bytes().len() >= config().real.as_bytes().len() {
            // It may be there; whether it is a directory shows when it is entered.
            let _ = sys!(__NR_mkdir, made.terminated(), 0o777);
        }
    }
    if made.as_bytes() == shadow.as_bytes() {
        Ok(())
    } else {
        Err(Fail::of(EIO))
    }
}
