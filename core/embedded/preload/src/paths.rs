//! Which paths lead into the mount, and where to.

use crate::{
    client::config,
    desk::{Desk, Fail, PathBuf},
    placeholder::{self, Header},
    sys::*,
    wire::{Wire, keeper, owner},
};
use core::{ffi::CStr, fmt::Write, mem::MaybeUninit};
use gkfs_proto::{
    PATH_MAX,
    msg::{PathOf, Stat},
    path,
    text::Line,
};
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
    match Start::of(dirfd, path) {
        Start::Root => inside(b"/", path),
        Start::Descriptor(fd, _) if fd != AT_FDCWD && placeholder::is(fd) => true,
        Start::Descriptor(fd, rest) if fd != AT_FDCWD && rest.is_empty() => false,
        Start::Descriptor(fd, rest) => {
            let mut buffer = [MaybeUninit::<u8>::uninit(); SMALL];
            match directory(fd, buffer.as_mut_ptr().cast(), SMALL) {
                // SAFETY: the kernel wrote that many bytes.
                Ok(len) => inside(unsafe { buffer[..len].assume_init_ref() }, rest),
                Err(Errno(ERANGE)) => true,
                Err(_) => false,
            }
        }
    }
}

/// Where a path starts.
enum Start<'p> {
    /// At the root of the kernel's tree.
    Root,
    /// At what a descriptor, or `AT_FDCWD`, is open on; the rest of the path follows.
    Descriptor(i32, &'p [u8]),
}

impl<'p> Start<'p> {
    /// `/proc/self/fd/3/x` starts at descriptor 3 as `x` below it does: the kernel would find the memory file
    /// and not the one in the mount.
    fn of(dirfd: i32, path: &'p [u8]) -> Start<'p> {
        if !path.starts_with(b"/") {
            return Start::Descriptor(dirfd, path);
        }
        match own(path) {
            Some((fd, rest)) => Start::Descriptor(fd, rest),
            None => Start::Root,
        }
    }
}

fn inside(base: &[u8], path: &[u8]) -> bool {
    let config = config();
    let under = |root: &PathBuf| path::reaches(root.as_bytes(), base, path);
    base.starts_with(b"/") && (under(&config.real) || (config.aliased && under(&config.mount)))
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

/// Splits `/dev/fd/N/rest` and its like, which name the process's own descriptors or working directory.
fn own(path: &[u8]) -> Option<(i32, &[u8])> {
    match path {
        b"/dev/stdin" => return Some((0, b"")),
        b"/dev/stdout" => return Some((1, b"")),
        b"/dev/stderr" => return Some((2, b"")),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix(b"/proc/self/cwd") {
        return rest.strip_prefix(b"/").map(|rest| (AT_FDCWD, rest));
    }
    let rest = path
        .strip_prefix(b"/dev/fd/")
        .or_else(|| path.strip_prefix(b"/proc/self/fd/"))?;
    let (number, rest) = match rest.iter().position(|byte| *byte == b'/') {
        Some(slash) => (&rest[..slash], &rest[slash + 1..]),
        None => (rest, &b""[..]),
    };
    let number: i32 = core::str::from_utf8(number).ok()?.parse().ok()?;
    (number >= 0).then_some((number, rest))
}

/// The open file of the mount that a path such as `/dev/fd/N` names as a whole.
pub(crate) fn own_descriptor(path: &[u8]) -> Option<(i32, Header)> {
    match own(path)? {
        (fd, b"") => Some((fd, placeholder::header(fd)?)),
        _ => None,
    }
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
        if let Some((fd, header)) = own_descriptor(path) {
            if !follow {
                self.wire.outside.set(path)?;
                return Err(Fail::Outside);
            }
            self.wire.name_of(fd, &header, target)?;
            return Ok(Shape { directory: false });
        }
        let (fd, rest) = match Start::of(dirfd, path) {
            Start::Root => (AT_FDCWD, path),
            Start::Descriptor(fd, rest) => (fd, rest),
        };
        base(fd, rest, &mut self.spare, &mut self.wire)?;
        if path::turns_back(rest) {
            self.wire.walk(&mut self.spare, rest, target)?;
        } else {
            target.normalise(self.spare.as_bytes(), rest)?;
        }
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
    let normal = target.as_bytes();
    let Some(inner) = inner(normal) else {
        wire.outside.set(normal)?;
        return Err(Fail::Outside);
    };
    if inner == b"/" {
        return target.set(b"/");
    }
    let start = normal.len() - inner.len();
    target.cut_front(start);
    Ok(())
}

/// The path within the mount that a normal path of the kernel's tree stands for.
fn inner(normal: &[u8]) -> Option<&[u8]> {
    let config = config();
    path::below(config.real.as_bytes(), normal).or_else(|| path::below(config.mount.as_bytes(), normal))
}

impl Wire {
    /// The path within the mount that a node has now.
    pub(crate) fn path_of(&mut self, ino: u64, to: &mut PathBuf) -> Result<(), Fail> {
        let path = self.ask(keeper(ino), &PathOf { ino })?;
        to.set(path)
    }

    /// The path of an open file: the one that it was opened by where it still has it, for it may have several.
    pub(crate) fn name_of(&mut self, fd: i32, header: &Header, to: &mut PathBuf) -> Result<(), Fail> {
        if placeholder::opened_path(fd, header, to).is_ok() {
            let path = to.as_bytes();
            let now = self.node(owner(path), &Stat { path, follow: false });
            if now.is_ok_and(|found| found.attr.ino == header.ino) {
                return Ok(());
            }
        }
        self.path_of(header.ino, to)
    }

    /// Normalises a path with names that `..` takes back: each is looked up, because it may be a link, a file,
    /// or missing. `base` is used up.
    fn walk(&mut self, base: &mut PathBuf, path: &[u8], to: &mut PathBuf) -> Result<(), Fail> {
        to.normalise(base.as_bytes(), b".")?;
        let mut named = 0;
        for part in path::components(path) {
            if part != b".." {
                named += 1;
            } else if named > 0 {
                named -= 1;
                self.enter_directory(to, base)?;
            }
            base.set(to.as_bytes())?;
            to.normalise(base.as_bytes(), part)?;
        }
        Ok(())
    }

    /// Replaces a path by the one that its directory really has.
    fn enter_directory(&mut self, path: &mut PathBuf, spare: &mut PathBuf) -> Result<(), Fail> {
        let Some(inner) = inner(path.as_bytes()) else {
            // Outside, only the kernel could tell; it is asked once the whole path is known.
            return Ok(());
        };
        match self.node(
            owner(inner),
            &Stat {
                path: inner,
                follow: true,
            },
        ) {
            Ok(found) if found.attr.mode & S_IFMT != S_IFDIR => Err(Fail::of(ENOTDIR)),
            Ok(found) => {
                self.path_of(found.attr.ino, spare)?;
                crate::dir::shadow(spare, path)
            }
            Err(Fail::Outside) => path.set(self.outside.as_bytes()),
            Err(fail) => Err(fail),
        }
    }
}

/// Fails unless `allowed`.
pub(crate) fn permit(allowed: bool) -> Result<(), Fail> {
    if allowed { Ok(()) } else { Err(Fail::of(EACCES)) }
}

/// The header of a placeholder that a call names by descriptor; dispatch has looked at its seals.
pub(crate) fn open_file(fd: i32) -> Result<Header, Fail> {
    placeholder::read(fd).ok_or(Fail::of(linux_raw_sys::errno::EBADF))
}
