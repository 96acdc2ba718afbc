//! Names: making, removing, renaming and linking them.

use crate::{
    attr::posix_only,
    client::CLIENT,
    desk::{Answer, Desk, Fail},
    dir::shadow,
    frame::Call,
    paths::{self, Shape, open_file},
    placeholder::Header,
    sys::*,
    wire::owner,
};
use core::sync::atomic::Ordering::Relaxed;
use gkfs_proto::{
    PATH_MAX,
    msg::{Link, Make, Readlink, Rename, Stat, Symlink, Unlink},
    node::Attr,
    path,
};
use linux_raw_sys::errno::{EBUSY, EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY, EPERM};

type Path = (i32, *const u8);

fn plain(call: &Call, index: usize) -> Path {
    (AT_FDCWD, call.args[index] as *const u8)
}

fn at(call: &Call, index: usize) -> Path {
    (call.int(index), call.args[index + 1] as *const u8)
}

/// `mkdir(path, mode)`.
pub(crate) fn mkdir(call: &Call, desk: &mut Desk) -> Answer {
    make(desk, plain(call, 0), S_IFDIR | call.args[1] as u32 & 0o1777, 0)
}

/// `mkdirat(dirfd, path, mode)`.
pub(crate) fn mkdirat(call: &Call, desk: &mut Desk) -> Answer {
    make(desk, at(call, 0), S_IFDIR | call.args[2] as u32 & 0o1777, 0)
}

/// `mknod(path, mode, device)`.
pub(crate) fn mknod(call: &Call, desk: &mut Desk) -> Answer {
    node(desk, plain(call, 0), call.args[1] as u32, call.args[2])
}

/// `mknodat(dirfd, path, mode, device)`.
pub(crate) fn mknodat(call: &Call, desk: &mut Desk) -> Answer {
    node(desk, at(call, 0), call.args[2] as u32, call.args[3])
}

fn node(desk: &mut Desk, path: Path, mode: u32, device: usize) -> Answer {
    match mode & S_IFMT {
        0 => make(desk, path, S_IFREG | mode & 0o7777, 0),
        S_IFDIR => Err(Fail::of(EPERM)),
        _ => make(desk, path, mode, device),
    }
}

fn make(desk: &mut Desk, path: Path, mode: u32, device: usize) -> Answer {
    let shape = desk.resolve(path, false)?;
    if shape.directory && mode & S_IFMT != S_IFDIR {
        return Err(Fail::of(ENOENT));
    }
    if ends_in_dots(path).is_some() {
        look(desk)?;
        return Err(Fail::of(EEXIST));
    }
    let path = desk.path.as_bytes();
    if path == b"/" {
        return Err(Fail::of(EEXIST));
    }
    let mode = mode & !CLIENT.umask.load(Relaxed);
    desk.wire.node(
        owner(path),
        &Make {
            path,
            mode,
            rdev: device as u64,
        },
    )?;
    Ok(0)
}

/// A path that ends in `.` or `..` names nothing that could be made, moved or removed.
fn ends_in_dots(path: Path) -> Option<&'static [u8]> {
    paths::text(path.1).and_then(path::dots)
}

/// `rmdir(path)`.
pub(crate) fn rmdir(call: &Call, desk: &mut Desk) -> Answer {
    remove(desk, plain(call, 0), true)
}

/// `unlink(path)`.
pub(crate) fn unlink(call: &Call, desk: &mut Desk) -> Answer {
    remove(desk, plain(call, 0), false)
}

/// `unlinkat(dirfd, path, flags)`.
pub(crate) fn unlinkat(call: &Call, desk: &mut Desk) -> Answer {
    let flags = call.args[2] as u32;
    if flags & !AT_REMOVEDIR != 0 {
        return Err(Fail::of(EINVAL));
    }
    remove(desk, at(call, 0), flags & AT_REMOVEDIR != 0)
}

fn remove(desk: &mut Desk, path: Path, dir: bool) -> Answer {
    match ends_in_dots(path) {
        Some(b".") if dir => return Err(Fail::of(EINVAL)),
        Some(_) if dir => return Err(Fail::of(ENOTEMPTY)),
        Some(_) => return Err(Fail::of(EISDIR)),
        None => {}
    }
    let shape = desk.resolve(path, false)?;
    if desk.path.as_bytes() == b"/" {
        return Err(Fail::of(if dir { EBUSY } else { EISDIR }));
    }
    if shape.directory && !dir {
        let kind = look(desk)?.mode & S_IFMT;
        return Err(Fail::of(if kind == S_IFDIR { EISDIR } else { ENOTDIR }));
    }
    let path = desk.path.as_bytes();
    desk.wire.ask(owner(path), &Unlink { path, dir })?;
    if dir {
        shadow(&desk.path, &mut desk.spare)?;
        // Present only if somebody was in there.
        let _ = sys!(__NR_rmdir, desk.spare.terminated());
    }
    Ok(0)
}

fn look(desk: &mut Desk) -> Result<Attr, Fail> {
    let path = desk.path.as_bytes();
    Ok(desk.wire.node(owner(path), &Stat { path, follow: false })?.attr)
}

/// `rename(old, new)`.
pub(crate) fn rename(call: &Call, desk: &mut Desk) -> Answer {
    move_to(desk, plain(call, 0), plain(call, 1), 0)
}

/// `renameat(olddir, old, newdir, new)` and `renameat2` with flags.
pub(crate) fn renameat(call: &Call, desk: &mut Desk) -> Answer {
    let flags = if call.nr == __NR_renameat2 {
        call.args[4] as u32
    } else {
        0
    };
    move_to(desk, at(call, 0), at(call, 2), flags)
}

fn move_to(desk: &mut Desk, old: Path, new: Path, flags: u32) -> Answer {
    if flags & !(RENAME_NOREPLACE | RENAME_EXCHANGE) != 0 || flags == RENAME_NOREPLACE | RENAME_EXCHANGE {
        return Err(Fail::of(EINVAL));
    }
    let from = desk.resolve(old, false)?;
    let to = desk.resolve_other(new)?;
    if ends_in_dots(old).or(ends_in_dots(new)).is_some() {
        return Err(Fail::of(EBUSY));
    }
    if desk.path.as_bytes() == b"/" || desk.other.as_bytes() == b"/" {
        return Err(Fail::of(EBUSY));
    }
    let kind = look(desk)?.mode & S_IFMT;
    if kind != S_IFDIR && (from.directory || to.directory) {
        return Err(Fail::of(ENOTDIR));
    }
    let (old, new) = (desk.path.as_bytes(), desk.other.as_bytes());
    desk.wire.ask(owner(old), &Rename { old, new, flags })?;
    if kind == S_IFDIR {
        move_shadow(desk)?;
    }
    Ok(0)
}

/// Processes that are in a directory move with it.
fn move_shadow(desk: &mut Desk) -> Result<(), Fail> {
    shadow(&desk.path, &mut desk.spare)?;
    shadow(&desk.other, &mut desk.wire.outside)?;
    let (old, new) = (desk.spare.terminated(), desk.wire.outside.terminated());
    // Present only if somebody was in there; then the new place may be missing its parents, and is not needed.
    let _ = sys!(__NR_rename, old, new);
    Ok(())
}

/// `link(old, new)`.
pub(crate) fn link(call: &Call, desk: &mut Desk) -> Answer {
    hard_link(desk, plain(call, 0), plain(call, 1), false)
}

/// `linkat(olddir, old, newdir, new, flags)`.
pub(crate) fn linkat(call: &Call, desk: &mut Desk) -> Answer {
    let flags = call.args[4] as u32;
    let (old, new) = (at(call, 0), at(call, 2));
    if flags & AT_EMPTY_PATH == 0 || paths::text(old.1) != Some(b"") {
        return hard_link(desk, old, new, flags & AT_SYMLINK_FOLLOW != 0);
    }
    posix_only()?;
    let ino = open_file(old.0)?.ino;
    desk.resolve_other(new)?;
    desk.wire.path_of(ino, &mut desk.path)?;
    add_link(desk, Shape { directory: false }, false)
}

fn hard_link(desk: &mut Desk, old: Path, new: Path, follow: bool) -> Answer {
    posix_only()?;
    desk.resolve(old, follow)?;
    let shape = desk.resolve_other(new)?;
    add_link(desk, shape, follow)
}

fn add_link(desk: &mut Desk, shape: Shape, follow: bool) -> Answer {
    if shape.directory {
        return Err(Fail::of(ENOENT));
    }
    let (old, new) = (desk.path.as_bytes(), desk.other.as_bytes());
    desk.wire.node(owner(old), &Link { old, follow, new })?;
    Ok(0)
}

/// `symlink(target, path)`.
pub(crate) fn symlink(call: &Call, desk: &mut Desk) -> Answer {
    soft_link(desk, call.args[0], plain(call, 1))
}

/// `symlinkat(target, dirfd, path)`.
pub(crate) fn symlinkat(call: &Call, desk: &mut Desk) -> Answer {
    soft_link(desk, call.args[0], at(call, 1))
}

fn soft_link(desk: &mut Desk, target: usize, path: Path) -> Answer {
    posix_only()?;
    let target = paths::text(target as *const u8)
        .filter(|target| !target.is_empty())
        .ok_or(Fail::of(ENOENT))?;
    if target.len() > PATH_MAX {
        return Err(Fail::of(ENAMETOOLONG));
    }
    let shape = desk.resolve(path, false)?;
    if shape.directory {
        return Err(Fail::of(ENOENT));
    }
    let path = desk.path.as_bytes();
    desk.wire.node(owner(path), &Symlink { path, target })?;
    Ok(0)
}

/// `readlink(path, buffer, size)`.
pub(crate) fn readlink(call: &Call, desk: &mut Desk) -> Answer {
    read_link(desk, plain(call, 0), call.args[1], call.args[2])
}

/// `readlinkat(dirfd, path, buffer, size)`.
pub(crate) fn readlinkat(call: &Call, desk: &mut Desk) -> Answer {
    read_link(desk, at(call, 0), call.args[2], call.args[3])
}

fn read_link(desk: &mut Desk, path: Path, buffer: usize, room: usize) -> Answer {
    let room = room & 0xffff_ffff;
    if room as i32 <= 0 {
        return Err(Fail::of(EINVAL));
    }
    let text = paths::text(path.1).unwrap_or(b"");
    if let Some((fd, header)) = paths::own_descriptor(text) {
        return name_of_open(desk, fd, &header, buffer, room);
    }
    if text.is_empty() && path.0 != AT_FDCWD {
        desk.wire.path_of(open_file(path.0)?.ino, &mut desk.path)?;
    } else {
        let shape = desk.resolve(path, false)?;
        if shape.directory {
            look(desk)?;
            return Err(Fail::of(EINVAL));
        }
    }
    posix_only()?;
    let path = desk.path.as_bytes();
    let target = desk.wire.ask(owner(path), &Readlink { path })?;
    Ok(give(target, buffer, room))
}

/// What `/proc/self/fd/N` says of a file in the mount.
fn name_of_open(desk: &mut Desk, fd: i32, header: &Header, buffer: usize, room: usize) -> Answer {
    desk.wire.name_of(fd, header, &mut desk.path)?;
    shadow(&desk.path, &mut desk.spare)?;
    Ok(give(desk.spare.as_bytes(), buffer, room))
}

fn give(bytes: &[u8], buffer: usize, room: usize) -> usize {
    let len = bytes.len().min(room);
    // SAFETY: the program passes a buffer of `room` bytes.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer as *mut u8, len) };
    len
}
