//! Attributes: reading, checking and changing them, by path and by descriptor.

use crate::{
    client::config,
    desk::{Answer, Desk, Fail},
    frame::Call,
    paths::{self, open_file, permit},
    stat,
    sys::*,
    wire::{Found, keeper, owner},
};
use gkfs_proto::{
    msg::{SetAttr, Stat, StatNode, Statfs, Totals, set},
    node::Attr,
    path,
};
use linux_raw_sys::errno::{EBADF, EINVAL, ENOTDIR, EOPNOTSUPP};

type Path = (i32, *const u8);

fn plain(call: &Call) -> Path {
    (AT_FDCWD, call.args[0] as *const u8)
}

fn at(call: &Call) -> Path {
    (call.int(0), call.args[1] as *const u8)
}

/// What a path names.
fn look(desk: &mut Desk, path: Path, follow: bool) -> Result<Found, Fail> {
    let shape = desk.resolve(path, follow)?;
    let path = desk.path.as_bytes();
    let follow = follow || shape.directory;
    let found = desk.wire.node(owner(path), &Stat { path, follow })?;
    if shape.directory && found.attr.mode & S_IFMT != S_IFDIR {
        return Err(Fail::of(ENOTDIR));
    }
    Ok(found)
}

/// Resolves a path for a change; one that insists on a directory is looked up first.
pub(crate) fn resolve_existing(desk: &mut Desk, path: Path, follow: bool) -> Result<(), Fail> {
    if path::wants_directory(paths::text(path.1).unwrap_or(b"")) {
        look(desk, path, true)?;
        return Ok(());
    }
    desk.resolve(path, follow)?;
    Ok(())
}

/// What a descriptor is open on.
fn look_at(desk: &mut Desk, fd: i32) -> Result<Found, Fail> {
    let ino = open_file(fd)?.ino;
    desk.wire.node(keeper(ino), &StatNode { ino })
}

/// What a path names, or the descriptor itself where the path is empty and the flags allow it.
fn look_flags(desk: &mut Desk, path: Path, flags: usize) -> Result<Found, Fail> {
    let flags = flags as u32;
    if flags & AT_EMPTY_PATH != 0 && paths::text(path.1).is_none_or(<[u8]>::is_empty) && path.0 != AT_FDCWD {
        return look_at(desk, path.0);
    }
    if flags & AT_EMPTY_PATH != 0 && path.0 == AT_FDCWD && paths::text(path.1) == Some(b"") {
        return look(desk, (AT_FDCWD, c".".as_ptr().cast()), true);
    }
    look(desk, path, flags & AT_SYMLINK_NOFOLLOW == 0)
}

/// Fails where a call has flags that it does not know.
fn only(flags: usize, known: u32) -> Result<(), Fail> {
    if flags as u32 & !known == 0 {
        Ok(())
    } else {
        Err(Fail::of(EINVAL))
    }
}

/// `stat(path, buffer)`.
pub(crate) fn stat(call: &Call, desk: &mut Desk) -> Answer {
    let found = look(desk, plain(call), true)?;
    stat::write(&found.attr, call.args[1])
}

/// `lstat(path, buffer)`.
pub(crate) fn lstat(call: &Call, desk: &mut Desk) -> Answer {
    let found = look(desk, plain(call), false)?;
    stat::write(&found.attr, call.args[1])
}

/// `fstat(fd, buffer)`.
pub(crate) fn fstat(call: &Call, desk: &mut Desk) -> Answer {
    let found = look_at(desk, call.int(0))?;
    stat::write(&found.attr, call.args[1])
}

/// `newfstatat(dirfd, path, buffer, flags)`.
pub(crate) fn fstatat(call: &Call, desk: &mut Desk) -> Answer {
    only(
        call.args[3],
        AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT,
    )?;
    let found = look_flags(desk, at(call), call.args[3])?;
    stat::write(&found.attr, call.args[2])
}

/// `statx(dirfd, path, flags, mask, buffer)`.
pub(crate) fn statx(call: &Call, desk: &mut Desk) -> Answer {
    let [_, _, flags, mask, buffer, _] = call.args;
    only(
        flags,
        AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE,
    )?;
    if mask as u32 & STATX__RESERVED != 0 || flags as u32 & AT_STATX_SYNC_TYPE == AT_STATX_SYNC_TYPE {
        return Err(Fail::of(EINVAL));
    }
    let found = look_flags(desk, at(call), flags)?;
    stat::write_extended(&found.attr, mask as u32, buffer)
}

/// `access(path, mode)`.
pub(crate) fn access(call: &Call, desk: &mut Desk) -> Answer {
    let found = look(desk, plain(call), true)?;
    check(&found, call.args[1], false)
}

/// `faccessat(dirfd, path, mode)` and `faccessat2` with flags.
pub(crate) fn faccessat(call: &Call, desk: &mut Desk) -> Answer {
    let flags = if call.nr == __NR_faccessat2 {
        call.args[3]
    } else {
        0
    };
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EACCESS)?;
    let found = look_flags(desk, at(call), flags)?;
    check(&found, call.args[2], flags as u32 & AT_EACCESS != 0)
}

fn check(found: &Found, mode: usize, effective: bool) -> Answer {
    if mode & !7 != 0 {
        return Err(Fail::of(EINVAL));
    }
    permit(may(&found.attr, mode as u32, effective))?;
    Ok(0)
}

/// Whether the process may read (4), write (2), execute (1), by its real or its effective user.
pub(crate) fn may(attr: &Attr, wanted: u32, effective: bool) -> bool {
    if config().strict {
        // The real client has no permissions.
        return true;
    }
    let (uid, gid) = if effective {
        (sys!(__NR_geteuid), sys!(__NR_getegid))
    } else {
        (sys!(__NR_getuid), sys!(__NR_getgid))
    };
    let (uid, gid) = (uid.unwrap_or(usize::MAX) as u32, gid.unwrap_or(usize::MAX) as u32);
    if uid == 0 {
        let directory = attr.mode & S_IFMT == S_IFDIR;
        return wanted & 1 == 0 || directory || attr.mode & 0o111 != 0;
    }
    let bits = if uid == attr.uid {
        attr.mode >> 6
    } else if gid == attr.gid || in_group(attr.gid) {
        attr.mode >> 3
    } else {
        attr.mode
    };
    wanted & !bits & 7 == 0
}

fn in_group(gid: u32) -> bool {
    let mut groups = [0u32; 256];
    let count = sys!(__NR_getgroups, groups.len(), groups.as_mut_ptr()).unwrap_or(0);
    groups[..count].contains(&gid)
}

/// A change of nothing, to be filled in.
const UNCHANGED: SetAttr<'static> = SetAttr {
    ino: 0,
    path: b"",
    follow: true,
    mask: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    atime: 0,
    mtime: 0,
};

fn change(desk: &mut Desk, path: Path, follow: bool, what: SetAttr<'static>) -> Answer {
    posix_only()?;
    resolve_existing(desk, path, follow)?;
    let path = desk.path.as_bytes();
    desk.wire.node(owner(path), &SetAttr { path, follow, ..what })?;
    Ok(0)
}

fn change_open(desk: &mut Desk, fd: i32, even_path: bool, what: SetAttr<'static>) -> Answer {
    posix_only()?;
    let header = open_file(fd)?;
    if header.is_path() && !even_path {
        return Err(Fail::of(EBADF));
    }
    desk.wire.node(
        keeper(header.ino),
        &SetAttr {
            ino: header.ino,
            ..what
        },
    )?;
    Ok(0)
}

fn change_flags(desk: &mut Desk, path: Path, flags: usize, what: SetAttr<'static>) -> Answer {
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)?;
    let flags = flags as u32;
    let empty = paths::text(path.1).is_none_or(<[u8]>::is_empty);
    if path.0 != AT_FDCWD && empty && (flags & AT_EMPTY_PATH != 0 || path.1.is_null()) {
        return change_open(desk, path.0, flags & AT_EMPTY_PATH != 0, what);
    }
    change(desk, path, flags & AT_SYMLINK_NOFOLLOW == 0, what)
}

/// What the real client refuses.
pub(crate) fn posix_only() -> Result<(), Fail> {
    if config().strict {
        Err(Fail::of(EOPNOTSUPP))
    } else {
        Ok(())
    }
}

fn mode(bits: usize) -> SetAttr<'static> {
    SetAttr {
        mask: set::MODE,
        mode: bits as u32 & 0o7777,
        ..UNCHANGED
    }
}

/// `chmod(path, mode)`.
pub(crate) fn chmod(call: &Call, desk: &mut Desk) -> Answer {
    change(desk, plain(call), true, mode(call.args[1]))
}

/// `fchmod(fd, mode)`.
pub(crate) fn fchmod(call: &Call, desk: &mut Desk) -> Answer {
    change_open(desk, call.int(0), false, mode(call.args[1]))
}

/// `fchmodat(dirfd, path, mode)` and `fchmodat2` with flags.
pub(crate) fn fchmodat(call: &Call, desk: &mut Desk) -> Answer {
    let flags = if call.nr == __NR_fchmodat2 {
        call.args[3]
    } else {
        0
    };
    if flags as u32 & AT_SYMLINK_NOFOLLOW != 0 {
        let found = look_flags(desk, at(call), flags)?;
        if found.attr.mode & S_IFMT == S_IFLNK {
            return Err(Fail::of(EOPNOTSUPP));
        }
    }
    change_flags(desk, at(call), flags, mode(call.args[2]))
}

/// An owner or group of -1 stays.
fn owners(uid: usize, gid: usize) -> SetAttr<'static> {
    let (uid, gid) = (uid as u32, gid as u32);
    let mut mask = 0;
    if uid != u32::MAX {
        mask |= set::UID;
    }
    if gid != u32::MAX {
        mask |= set::GID;
    }
    SetAttr {
        mask,
        uid,
        gid,
        ..UNCHANGED
    }
}

/// `chown(path, uid, gid)`.
pub(crate) fn chown(call: &Call, desk: &mut Desk) -> Answer {
    change(desk, plain(call), true, owners(call.args[1], call.args[2]))
}

/// `lchown(path, uid, gid)`.
pub(crate) fn lchown(call: &Call, desk: &mut Desk) -> Answer {
    change(desk, plain(call), false, owners(call.args[1], call.args[2]))
}

/// `fchown(fd, uid, gid)`.
pub(crate) fn fchown(call: &Call, desk: &mut Desk) -> Answer {
    change_open(desk, call.int(0), false, owners(call.args[1], call.args[2]))
}

/// `fchownat(dirfd, path, uid, gid, flags)`.
pub(crate) fn fchownat(call: &Call, desk: &mut Desk) -> Answer {
    change_flags(desk, at(call), call.args[4], owners(call.args[2], call.args[3]))
}

/// A time to set.
#[derive(Clone, Copy)]
enum When {
    Now,
    Stays,
    Nanos(i64),
}

fn times([access, modification]: [When; 2]) -> SetAttr<'static> {
    let mut what = UNCHANGED;
    match access {
        When::Now => what.mask |= set::ATIME_NOW,
        When::Stays => {}
        When::Nanos(nanos) => (what.mask, what.atime) = (what.mask | set::ATIME, nanos),
    }
    match modification {
        When::Now => what.mask |= set::MTIME_NOW,
        When::Stays => {}
        When::Nanos(nanos) => (what.mask, what.mtime) = (what.mask | set::MTIME, nanos),
    }
    what
}

/// Two pairs of seconds and a fraction, whose unit is `scale` nanoseconds; no pairs mean now.
fn pairs(pointer: usize, scale: i64) -> Result<[When; 2], Fail> {
    const NOW: i64 = 0x3fff_ffff;
    const OMIT: i64 = 0x3fff_fffe;
    if pointer == 0 {
        return Ok([When::Now; 2]);
    }
    // SAFETY: the program's own array.
    let values = unsafe { (pointer as *const [[i64; 2]; 2]).read_unaligned() };
    let mut times = [When::Stays; 2];
    for (time, [seconds, fraction]) in times.iter_mut().zip(values) {
        *time = match fraction {
            NOW if scale == 1 => When::Now,
            OMIT if scale == 1 => When::Stays,
            0.. if fraction < 1_000_000_000 / scale => When::Nanos(
                seconds
                    .saturating_mul(1_000_000_000)
                    .saturating_add(fraction * scale),
            ),
            _ => return Err(Fail::of(EINVAL)),
        };
    }
    Ok(times)
}

/// `utimensat(dirfd, path, times, flags)`, where no path means the descriptor.
pub(crate) fn utimensat(call: &Call, desk: &mut Desk) -> Answer {
    change_flags(desk, at(call), call.args[3], times(pairs(call.args[2], 1)?))
}

/// `futimesat(dirfd, path, times)` in microseconds.
pub(crate) fn futimesat(call: &Call, desk: &mut Desk) -> Answer {
    change_flags(desk, at(call), 0, times(pairs(call.args[2], 1000)?))
}

/// `utimes(path, times)` in microseconds.
pub(crate) fn utimes(call: &Call, desk: &mut Desk) -> Answer {
    change(desk, plain(call), true, times(pairs(call.args[1], 1000)?))
}

/// `utime(path, times)` in seconds.
pub(crate) fn utime(call: &Call, desk: &mut Desk) -> Answer {
    let pointer = call.args[1] as *const [i64; 2];
    let what = if pointer.is_null() {
        [When::Now; 2]
    } else {
        // SAFETY: the program's own structure.
        unsafe { pointer.read_unaligned() }.map(|seconds| When::Nanos(seconds.saturating_mul(1_000_000_000)))
    };
    change(desk, plain(call), true, times(what))
}

/// `statfs(path, buffer)`.
pub(crate) fn statfs(call: &Call, desk: &mut Desk) -> Answer {
    look(desk, plain(call), true)?;
    fstatfs(call, desk)
}

/// `fstatfs(fd, buffer)`: the file system is the same whatever the descriptor is open on.
pub(crate) fn fstatfs(call: &Call, desk: &mut Desk) -> Answer {
    let totals = Totals::decode(desk.wire.ask(0, &Statfs {})?)?;
    stat::write_totals(&totals, call.args[1])
}
