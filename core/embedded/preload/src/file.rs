//! Content of open files: reading, writing, offsets and sizes.

use crate::{
    attr::{posix_only, resolve_existing},
    client::config,
    desk::{Answer, Desk, Fail},
    frame::Call,
    io,
    net::Region,
    paths::open_file,
    placeholder::Header,
    sys::*,
    wire::{keeper, owner},
};
use gkfs_proto::msg::{Allocate, StatNode, Truncate};
use linux_raw_sys::errno::{EBADF, EINVAL, EISDIR, ENXIO};

/// The most that the kernel moves in one call.
const MOST: usize = 0x7fff_f000;
/// Small vectors are written as one piece, so that what is appended stays together.
const GATHER: usize = 64 * 1024;
const VECTORS: usize = 1024;

fn readable(call: &Call) -> Result<Header, Fail> {
    let header = open_file(call.int(0))?;
    // The real client reads whatever the access mode says.
    let allowed = header.reads() || (config().strict && !header.is_path());
    if !allowed {
        return Err(Fail::of(EBADF));
    }
    if header.is_directory() {
        Err(Fail::of(EISDIR))
    } else {
        Ok(header)
    }
}

fn writable(call: &Call) -> Result<Header, Fail> {
    let header = open_file(call.int(0))?;
    if header.writes() {
        Ok(header)
    } else {
        Err(Fail::of(EBADF))
    }
}

fn region(call: &Call) -> Region {
    Region {
        start: call.args[1],
        len: call.args[2].min(MOST),
    }
}

fn offset(value: usize) -> Result<u64, Fail> {
    if (value as i64) < 0 {
        Err(Fail::of(EINVAL))
    } else {
        Ok(value as u64)
    }
}

/// `read(fd, buffer, count)`.
pub(crate) fn read(call: &Call, desk: &mut Desk) -> Answer {
    let header = readable(call)?;
    at_offset(call, region(call).len, |at| {
        io::read(&mut desk.wire, &header, region(call), at)
    })
}

/// `pread64(fd, buffer, count, offset)`.
pub(crate) fn pread(call: &Call, desk: &mut Desk) -> Answer {
    let header = readable(call)?;
    io::read(&mut desk.wire, &header, region(call), offset(call.args[3])?)
}

/// `write(fd, buffer, count)`.
pub(crate) fn write(call: &Call, desk: &mut Desk) -> Answer {
    let header = writable(call)?;
    write_here(call, desk, &header, &[region(call)])
}

/// `pwrite64(fd, buffer, count, offset)`.
pub(crate) fn pwrite(call: &Call, desk: &mut Desk) -> Answer {
    let header = writable(call)?;
    let at = offset(call.args[3])?;
    write_there(call, desk, &header, &[region(call)], at)
}

/// `readv(fd, vectors, count)`.
pub(crate) fn readv(call: &Call, desk: &mut Desk) -> Answer {
    let header = readable(call)?;
    let mut list = [Region::NONE; VECTORS];
    let list = vectors(call, &mut list)?;
    at_offset(call, total(list), |at| read_all(desk, &header, list, at))
}

/// `preadv(fd, vectors, count, offset)` and `preadv2`, where -1 is the descriptor's own offset.
pub(crate) fn preadv(call: &Call, desk: &mut Desk) -> Answer {
    if call.nr == __NR_preadv2 && call.args[3] == usize::MAX {
        return readv(call, desk);
    }
    let header = readable(call)?;
    let mut list = [Region::NONE; VECTORS];
    read_all(desk, &header, vectors(call, &mut list)?, offset(call.args[3])?)
}

/// `writev(fd, vectors, count)`.
pub(crate) fn writev(call: &Call, desk: &mut Desk) -> Answer {
    let header = writable(call)?;
    let mut list = [Region::NONE; VECTORS];
    let list = vectors(call, &mut list)?;
    write_here(call, desk, &header, list)
}

/// `pwritev(fd, vectors, count, offset)` and `pwritev2`, where -1 is the descriptor's own offset.
pub(crate) fn pwritev(call: &Call, desk: &mut Desk) -> Answer {
    if call.nr == __NR_pwritev2 && call.args[3] == usize::MAX {
        return writev(call, desk);
    }
    let header = writable(call)?;
    let at = offset(call.args[3])?;
    let mut list = [Region::NONE; VECTORS];
    write_there(call, desk, &header, vectors(call, &mut list)?, at)
}

/// Takes `len` bytes at the descriptor's offset, hands the unused ones back.
///
/// Moving the offset is one atomic step of the kernel's, so that processes which share it never overlap.
fn at_offset(call: &Call, len: usize, run: impl FnOnce(u64) -> Answer) -> Answer {
    let end = sys!(__NR_lseek, call.args[0], len, SEEK_CUR)?;
    let done = run((end - len) as u64);
    let short = len - done.unwrap_or(0);
    if short > 0 {
        let _ = sys!(__NR_lseek, call.args[0], -(short as isize), SEEK_CUR);
    }
    done
}

fn read_all(desk: &mut Desk, header: &Header, list: &[Region], at: u64) -> Answer {
    let mut done = 0;
    for region in list {
        match io::read(&mut desk.wire, header, *region, at + done as u64) {
            Ok(count) if count < region.len => return Ok(done + count),
            Ok(count) => done += count,
            Err(fail) if done == 0 => return Err(fail),
            Err(_) => return Ok(done),
        }
    }
    Ok(done)
}

/// Writes at the descriptor's offset, or at the end of a file opened for appending.
fn write_here(call: &Call, desk: &mut Desk, header: &Header, list: &[Region]) -> Answer {
    if !appends(call) {
        return at_offset(call, total(list), |at| {
            write_all(desk, header, list, Some(at)).map(|end| end.0)
        });
    }
    let (done, end) = write_all(desk, header, list, None)?;
    sys!(__NR_lseek, call.args[0], end, SEEK_SET)?;
    Ok(done)
}

/// Writes at a given offset, which Linux disregards for files opened for appending.
fn write_there(call: &Call, desk: &mut Desk, header: &Header, list: &[Region], at: u64) -> Answer {
    let at = (!appends(call)).then_some(at);
    Ok(write_all(desk, header, list, at)?.0)
}

fn appends(call: &Call) -> bool {
    sys!(__NR_fcntl, call.args[0], F_GETFL).is_ok_and(|flags| flags as u32 & O_APPEND != 0)
}

/// Writes a list of regions, at the end where `at` is `None`; returns how much, and where it ended.
fn write_all(
    desk: &mut Desk,
    header: &Header,
    list: &[Region],
    at: Option<u64>,
) -> Result<(usize, u64), Fail> {
    let mut gathered = core::mem::MaybeUninit::<[u8; GATHER]>::uninit();
    let one;
    let list = if list.len() > 1 && total(list) <= GATHER {
        one = [gather(list, &mut gathered)];
        &one[..]
    } else {
        list
    };
    let (mut done, mut next) = (0, at.unwrap_or(0));
    for region in list {
        let place = at.map(|_| next);
        match io::write(&mut desk.wire, header, *region, place) {
            Ok((count, end)) => {
                (done, next) = (done + count, end);
                if count < region.len {
                    break;
                }
            }
            Err(fail) if done == 0 => return Err(fail),
            Err(_) => break,
        }
    }
    Ok((done, next))
}

fn gather(list: &[Region], into: &mut core::mem::MaybeUninit<[u8; GATHER]>) -> Region {
    let start = into.as_mut_ptr() as usize;
    let mut len = 0;
    for region in list.iter().filter(|region| region.len > 0) {
        // SAFETY: the caller checked that all fit; the program vouches for its own vectors.
        unsafe {
            core::ptr::copy_nonoverlapping(region.start as *const u8, (start + len) as *mut u8, region.len)
        };
        len += region.len;
    }
    Region { start, len }
}

fn total(list: &[Region]) -> usize {
    list.iter().map(|region| region.len).sum()
}

/// The program's `iovec` array.
fn vectors<'l>(call: &Call, list: &'l mut [Region; VECTORS]) -> Result<&'l [Region], Fail> {
    let count = call.args[2];
    let list = list.get_mut(..count).ok_or(Fail::of(EINVAL))?;
    let mut room = MOST;
    for (index, region) in list.iter_mut().enumerate() {
        // SAFETY: the program passes an array of `count` entries.
        let vector = unsafe { (call.args[1] as *const iovec).add(index).read_unaligned() };
        if (vector.iov_len as i64) < 0 {
            return Err(Fail::of(EINVAL));
        }
        let len = (vector.iov_len as usize).min(room);
        room -= len;
        *region = Region {
            start: vector.iov_base as usize,
            len,
        };
    }
    Ok(list)
}

/// `lseek(fd, offset, whence)`: what depends on the file's size; the rest is the kernel's.
pub(crate) fn lseek(call: &Call, desk: &mut Desk) -> Answer {
    let [fd, delta, whence, ..] = call.args;
    let header = open_file(call.int(0))?;
    if header.is_path() {
        return Err(Fail::of(EBADF));
    }
    let whence = whence as u32;
    if whence == SEEK_SET || whence == SEEK_CUR {
        return Ok(sys!(__NR_lseek, fd, delta, whence)?);
    }
    let data = matches!(whence, SEEK_DATA | SEEK_HOLE);
    if data && config().strict {
        return Err(Fail::of(EINVAL));
    }
    let size = desk
        .wire
        .node(keeper(header.ino), &StatNode { ino: header.ino })?
        .attr
        .size as i64;
    let delta = delta as i64;
    let target = match whence {
        SEEK_END => size
            .checked_add(delta)
            .filter(|target| *target >= 0)
            .ok_or(Fail::of(EINVAL))?,
        SEEK_DATA | SEEK_HOLE if delta < 0 || delta >= size => return Err(Fail::of(ENXIO)),
        SEEK_DATA => delta,
        SEEK_HOLE => size,
        _ => return Err(Fail::of(EINVAL)),
    };
    Ok(sys!(__NR_lseek, fd, target, SEEK_SET)?)
}

/// `ftruncate(fd, size)`.
pub(crate) fn ftruncate(call: &Call, desk: &mut Desk) -> Answer {
    let header = open_file(call.int(0))?;
    let size = offset(call.args[1])?;
    if header.is_path() {
        return Err(Fail::of(EBADF));
    }
    if !header.writes() {
        return Err(Fail::of(EINVAL));
    }
    desk.wire.node(
        keeper(header.ino),
        &Truncate {
            ino: header.ino,
            path: b"",
            size,
        },
    )?;
    Ok(0)
}

/// `truncate(path, size)`.
pub(crate) fn truncate(call: &Call, desk: &mut Desk) -> Answer {
    let size = offset(call.args[1])?;
    resolve_existing(desk, (AT_FDCWD, call.args[0] as *const u8), true)?;
    let path = desk.path.as_bytes();
    desk.wire.node(owner(path), &Truncate { ino: 0, path, size })?;
    Ok(0)
}

/// `fallocate(fd, mode, offset, len)`.
pub(crate) fn fallocate(call: &Call, desk: &mut Desk) -> Answer {
    let header = writable(call)?;
    let [_, mode, start, len, ..] = call.args;
    let (offset, len) = (offset(start)?, offset(len)?);
    if len == 0 {
        return Err(Fail::of(EINVAL));
    }
    posix_only()?;
    desk.wire.ask(
        keeper(header.ino),
        &Allocate {
            ino: header.ino,
            mode: mode as u32,
            offset,
            len,
        },
    )?;
    Ok(0)
}
