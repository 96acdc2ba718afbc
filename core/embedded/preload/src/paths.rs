//! Which paths lead into the mount, and where to.

use crate::{
    client::config,
    desk::{Desk, Fail, PathBuf},
    log::Line,
    placeholder::{self, Header},
    sys::*,
    wire::{Wire, keeper},
};
use core::{ffi::CStr, fmt::Write, mem::MaybeUninit};
use gkfs_proto::{PATH_MAX, msg::PathOf, path};
use linux_raw_sys::errno::{EACCES, EFAULT, ENAMETOOLONG, ENOENT, ENOTDIR, ERANGE};

/// Room for a working directory on the program's stack.
const SMALL: usize = 512;

/// Whether a path argument may lead into the mount. Runs on the program's stack: without allocation, and with
/// little room. Where it says yes for a path that does not, [`resolve`] finds out.
pub(crate) fn concerns((dirfd, pointer): (i32, *const u8)) -> bool {
    let Some(path) = text(pointer) else {
        // `fstatat(fd, NULL, …, AT_EMPTY_PATH)` and `utimensat(fd, NULL, …)`; else the kernel finds the fault.
        return pointer.is_null() && placeholder::is(dirfd);
    };
    if path.starts_with(b"/") {
        return inside(b"/", path) || own_descriptor(path).is_some_and(placeholder::is);
    }
    if dirfd != AT_FDCWD && placeholder::is(dirfd) {
        return true;
    }
    if path.is_empty() && dirfd != AT_FDCWD {
        return false;
    }
    let mut buffer = [MaybeUninit::<u8>::uninit(); SMALL];
    match directory(dirfd, buffer.as_mut_ptr().cast(), SMALL) {
        // SAFETY: the kernel wrote that many bytes.
        Ok(len) => inside(unsafe { buffer[..len].assume_init_ref() }, path),
        Err(Errno(ERANGE)) => true,
        Err(_) => false,
    }
}

fn inside(base: &[u8], path: &[u8]) -> bool {
    let config = config();
    base.starts_with(b"/")
        && (path::reaches(config.real.as_bytes(), base, path)
            || path::reaches(config.mount.as_bytes(), base, path))
}

/// The string that a program passes; `None` for pointers into the first and beyond the last page.
pub(crate) fn text<'a>(pointer: *const u8) -> Option<&'a [u8]> {
    let address = pointer as usize;
    if !(4096..0x7fff_ffff_f000).contains(&address) {
        return None;
    }
    // SAFETY: the program passes a C string; see the crate's limits for one that does not.
    Some(unsafe { CStr::from_ptr(pointer.cast()) }.to_bytes())
}

/// `N` of `/dev/fd/N` and its like: names of the process's own descriptors.
pub(crate) fn own_descriptor(path: &[u8]) -> Option<i32> {
    match path {
        b"/dev/stdin" => return Some(0),
        b"/dev/stdout" => return Some(1),
        b"/dev/stderr" => return Some(2),
        _ => {}
    }
    let number = path
        .strip_prefix(b"/dev/fd/")
        .or_else(|| path.strip_prefix(b"/proc/self/fd/"))?;
    core::str::from_utf8(number).ok()?.parse().ok()
}

/// The kernel's name of the directory that relative paths start from.
fn directory(dirfd: i32, to: *mut u8, room: usize) -> Result<usize, Errno> {
    if dirfd == AT_FDCWD {
        return Ok(sys!(__NR_getcwd, to, room)?.saturating_sub(1));
    }
    let mut link = Line::<32>::new();
    let _ = write!(link, "/proc/self/fd/{dirfd}\0");
    let len = sys!(__NR_readlink, link.as_bytes().as_ptr(), to, room)?;
    if len == room { Err(Errno(ERANGE)) } else { Ok(len) }
}

/// Writes the kernel's name of what a descriptor is open on.
pub(crate) fn name_of(fd: i32, to: &mut PathBuf) -> Result<(), Errno> {
    to.fill(|bytes| directory(fd, bytes.as_mut_ptr(), bytes.len()))
}

/// Which of the two paths of a desk.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    First,
    Second,
}

/// What else a path says.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// It ends in a slash or a dot: only a directory will do, and a link at the end is followed.
    pub(crate) directory: bool,
}

impl Desk {
    /// Resolves the first path; `follow` says whether the call follows a link at its end.
    pub(crate) fn resolve(
        &mut self,
        (dirfd, pointer): (i32, *const u8),
        follow: bool,
    ) -> Result<Shape, Fail> {
        self.resolve_to(Which::First, dirfd, pointer, follow)
    }

    /// Resolves the second path, links at its end not followed.
    pub(crate) fn resolve_other(&mut self, (dirfd, pointer): (i32, *const u8)) -> Result<Shape, Fail> {
        self.resolve_to(Which::Second, dirfd, pointer, false)
    }

    fn resolve_to(
        &mut self,
        which: Which,
        dirfd: i32,
        pointer: *const u8,
        follow: bool,
    ) -> Result<Shape, Fail> {
        let path = text(pointer).ok_or(Fail::of(EFAULT))?;
        if path.is_empty() {
            return Err(Fail::of(ENOENT));
        }
        if path.len() > PATH_MAX {
            return Err(Fail::of(ENAMETOOLONG));
        }
        let target = match which {
            Which::First => &mut self.path,
            Which::Second => &mut self.other,
        };
        if let Some(header) = own_descriptor(path).and_then(placeholder::header) {
            if !follow {
                self.wire.outside.set(path)?;
                return Err(Fail::Outside);
            }
            self.wire.path_of(header.ino, target)?;
            return Ok(Shape { directory: false });
        }
        base(dirfd, path, &mut self.spare, &mut self.wire)?;
        target.normalise(self.spare.as_bytes(), path)?;
        enter(target, &mut self.wire)?;
        Ok(Shape {
            directory: path::wants_directory(path),
        })
    }
}

/// Finds the directory that `path` is relative to, as a name of the kernel's tree.
fn base(dirfd: i32, path: &[u8], to: &mut PathBuf, wire: &mut Wire) -> Result<(), Fail> {
    if path.starts_with(b"/") {
        return to.set(b"/");
    }
    let Some(header) = placeholder::header(dirfd) else {
        to.fill(|bytes| directory(dirfd, bytes.as_mut_ptr(), bytes.len()))?;
        return if to.as_bytes().starts_with(b"/") {
            Ok(())
        } else {
            Err(Fail::of(ENOTDIR))
        };
    };
    if !header.is_directory() {
        return Err(Fail::of(ENOTDIR));
    }
    let inner = wire.ask(keeper(header.ino), &PathOf { ino: header.ino })?;
    to.set(config().real.as_bytes())?;
    to.push(inner)
}

/// Turns a normal path of the kernel's tree into one within the mount.
fn enter(target: &mut PathBuf, wire: &mut Wire) -> Result<(), Fail> {
    let config = config();
    let normal = target.as_bytes();
    let inner =
        path::below(config.real.as_bytes(), normal).or_else(|| path::below(config.mount.as_bytes(), normal));
    let Some(inner) = inner else {
        wire.outside.set(normal)?;
        return Err(Fail::Outside);
    };
    let start = normal.len() - inner.len();
    if inner == b"/" {
        return target.set(b"/");
    }
    target.cut_front(start);
    Ok(())
}

impl Wire {
    /// The path within the mount that a node has now.
    pub(crate) fn path_of(&mut self, ino: u64, to: &mut PathBuf) -> Result<(), Fail> {
        let path = self.ask(keeper(ino), &PathOf { ino })?;
        to.set(path)
    }
}

/// Fails unless `allowed`.
pub(crate) fn permit(allowed: bool) -> Result<(), Fail> {
    if allowed { Ok(()) } else { Err(Fail::of(EACCES)) }
}

/// The header of a placeholder that a call names by descriptor.
pub(crate) fn open_file(fd: i32) -> Result<Header, Fail> {
    placeholder::header(fd).ok_or(Fail::of(linux_raw_sys::errno::EBADF))
}
