//! `syscall_coverage`: many calls on one file, each with the result that it must have.
//!
//! The real client refuses some of them by design (ENOTSUP), a POSIX file system does them:
//! both are right, a third answer is not. As with upstream's, the file is a directory afterwards.

use std::path::{Path, PathBuf};

use libc::{
    AT_FDCWD, EBADF, EINVAL, ENODATA, ENOTDIR, ENOTSUP, EXDEV, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL,
    F_OK, F_SETFD, F_SETFL, O_ACCMODE, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, SEEK_SET,
};

use super::SyscallCoverage;
use crate::Operation as _;
use crate::context::Context;
use crate::execute::{self, Execute};
use crate::reply::CoverageReply;
use crate::sys::path::Raw;
use crate::sys::xattr::{self, Of};
use crate::sys::{Errno, Result, fd, path, stat};

impl Execute for SyscallCoverage {
    fn run(&self, cx: &mut Context) -> CoverageReply {
        let back = path::getcwd(libc::PATH_MAX as u64);
        let mut coverage = Coverage::new(cx, &self.pathname);
        let result = coverage.all();
        coverage.clean_up();
        if let Ok(back) = back {
            // Where that fails, the process stays inside the file's directory, which is all it can do.
            let _ = path::chdir(&back);
        }
        match result {
            Ok(()) => CoverageReply {
                errno: 0,
                retval: 0,
                syscall: "ALLOK".into(),
            },
            Err(Unexpected { call, retval, errno }) => CoverageReply {
                errno,
                retval,
                syscall: call.into(),
            },
        }
    }

    fn verbose(&self, reply: &CoverageReply) -> String {
        let name = format!("{}[{}]", Self::NAME, reply.syscall);
        execute::line(&name, &self.show_arguments(), reply.retval, reply.errno)
    }
}

/// The first call that did not do as it must.
struct Unexpected {
    call: &'static str,
    retval: i64,
    errno: i32,
}

type Step<T = ()> = std::result::Result<T, Unexpected>;

/// The call must succeed.
fn done<T>(call: &'static str, result: Result<T>) -> Step<T> {
    result.map_err(|Errno(errno)| Unexpected {
        call,
        retval: -1,
        errno,
    })
}

/// The call may be refused, but only with one of these.
fn allowed<T>(call: &'static str, result: Result<T>, refusals: &[i32]) -> Step {
    match result {
        Err(Errno(errno)) if !refusals.contains(&errno) => Err(Unexpected {
            call,
            retval: -1,
            errno,
        }),
        _ => Ok(()),
    }
}

/// The call must fail, and with one of these.
fn refused(call: &'static str, result: Result, refusals: &[i32]) -> Step {
    match result {
        Ok(retval) => Err(Unexpected {
            call,
            retval,
            errno: 0,
        }),
        failed => allowed(call, failed, refusals),
    }
}

struct Coverage<'a> {
    cx: &'a mut Context,
    /// The file under test.
    inside: &'a Path,
    /// A file that is none of the file system's under test, and a second name for it.
    outside: PathBuf,
    outside_renamed: PathBuf,
    open: Vec<i32>,
}

impl<'a> Coverage<'a> {
    fn new(cx: &'a mut Context, inside: &'a Path) -> Self {
        let outside = std::env::temp_dir().join(format!("gkfs.io-{}", std::process::id()));
        let outside_renamed = outside.with_extension("renamed");
        Self {
            cx,
            inside,
            outside,
            outside_renamed,
            open: Vec::new(),
        }
    }

    fn all(&mut self) -> Step {
        let inside = self.opened("open", self.inside, O_RDWR)?;
        let outside = self.opened(
            "open, external",
            &self.outside.clone(),
            O_RDWR | O_CREAT | O_TRUNC,
        )?;
        self.names()?;
        self.external_data(outside)?;
        self.modes(inside, outside)?;
        self.copies(inside, outside)?;
        self.flags(inside)?;
        self.status(inside, outside)?;
        self.attributes()?;
        self.directories(inside)?;
        self.renames()?;
        self.raw_calls()
    }

    fn clean_up(self) {
        for fd in self.open {
            let _ = fd::close(fd);
        }
        for path in [&self.outside, &self.outside_renamed] {
            let _ = path::unlink(path);
        }
    }

    fn opened(&mut self, call: &'static str, path: &Path, flags: i32) -> Step<i32> {
        let fd = done(call, self.cx.open(path, flags, 0o666))?;
        self.open.push(fd);
        Ok(fd)
    }

    fn kept(&mut self, call: &'static str, copy: Result<i32>) -> Step<i32> {
        let fd = done(call, copy)?;
        self.open.push(fd);
        Ok(fd)
    }

    fn names(&self) -> Step {
        done("faccessat", path::faccessat(AT_FDCWD, self.inside, F_OK, 0))?;
        done(
            "faccessat, external",
            path::faccessat(AT_FDCWD, &self.outside, F_OK, 0),
        )?;
        done("lstat", stat::lstat(self.inside))?;
        done("lstat, external", stat::lstat(&self.outside)).map(drop)
    }

    fn external_data(&self, outside: i32) -> Step {
        done("pwrite", fd::pwrite(outside, b"test", 0))?;
        let mut buffer = [0; 4];
        done("pread", fd::pread(outside, &mut buffer, 0))?;
        if &buffer != b"test" {
            return Err(Unexpected {
                call: "pread",
                retval: 4,
                errno: 0,
            });
        }
        done("lseek", fd::lseek(outside, 0, SEEK_SET))?;
        done("ftruncate, external", fd::ftruncate(outside, 0))?;
        done("truncate", path::truncate(&self.outside, 0)).map(drop)
    }

    fn modes(&self, inside: i32, outside: i32) -> Step {
        allowed("fchmod", fd::fchmod(inside, 0o777), &[ENOTSUP])?;
        done("fchmod, external", fd::fchmod(outside, 0o777))?;
        allowed(
            "fchmodat",
            path::fchmodat(AT_FDCWD, self.inside, 0o777, 0),
            &[ENOTSUP],
        )?;
        done(
            "fchmodat, external",
            path::fchmodat(AT_FDCWD, &self.outside, 0o777, 0),
        )
        .map(drop)
    }

    /// Upstream copies onto descriptor 0; here a number is copied onto that nobody needs.
    fn copies(&mut self, inside: i32, outside: i32) -> Step {
        let spare = self.kept("dup", fd::dup(outside))?;
        done("dup2", fd::dup2(outside, spare))?;
        allowed("dup3", fd::dup3(inside, spare, 0), &[ENOTSUP])?;
        done("dup3, external", fd::dup3(outside, spare, 0)).map(drop)
    }

    fn flags(&mut self, inside: i32) -> Step {
        done("fcntl, F_GETFD", fd::fcntl(inside, F_GETFD, 0))?;
        let flags = done("fcntl, F_GETFL", fd::fcntl(inside, F_GETFL, 0))?;
        if flags as i32 & O_ACCMODE != O_RDWR {
            return Err(Unexpected {
                call: "fcntl, F_GETFL",
                retval: flags,
                errno: 0,
            });
        }
        done("fcntl, F_SETFD", fd::fcntl(inside, F_SETFD, 0))?;
        allowed("fcntl, F_SETFL", fd::fcntl(inside, F_SETFL, 0), &[ENOTSUP])?;
        let copy = fd::fcntl(inside, F_DUPFD, 0).map(|fd| fd as i32);
        self.kept("fcntl, F_DUPFD", copy)?;
        let copy = fd::fcntl(inside, F_DUPFD_CLOEXEC, 0).map(|fd| fd as i32);
        self.kept("fcntl, F_DUPFD_CLOEXEC", copy).map(drop)
    }

    fn status(&self, inside: i32, outside: i32) -> Step {
        done("fstatfs", stat::fstatfs(inside))?;
        done("fstatfs, external", stat::fstatfs(outside))?;
        done("fsync", fd::fsync(inside)).map(drop)
    }

    fn attributes(&self) -> Step {
        let attribute = xattr::get(Of::Path(self.inside), b"user.test", 1024);
        allowed("getxattr", attribute, &[ENOTSUP, ENODATA])?;
        refused(
            "readlinkat",
            path::readlink(self.inside, 1024).map(|_| 0),
            &[ENOTSUP, EINVAL],
        )
    }

    fn directories(&mut self, inside: i32) -> Step {
        refused("chdir, file", path::chdir(self.inside), &[ENOTDIR])?;
        let missing = with_suffix(self.inside, "x2");
        refused("chdir, missing", path::chdir(&missing), &[libc::ENOENT, ENOTDIR])?;
        let here = self.opened("open, working directory", Path::new("."), O_RDONLY)?;
        done("fchdir", fd::fchdir(here))?;
        done("ftruncate", fd::ftruncate(inside, 0))?;
        refused("fchdir, file", fd::fchdir(inside), &[EBADF, ENOTDIR])?;
        let parent = self
            .inside
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = self.opened("open, directory", parent.unwrap_or(Path::new(".")), O_RDONLY)?;
        // Only after all that may be named relative to the old directory is an absolute path.
        if self.inside.is_absolute() {
            done("fchdir, directory", fd::fchdir(directory))?;
        }
        Ok(())
    }

    fn renames(&self) -> Step {
        let into = path::rename(&self.outside, self.inside);
        let moved = into.is_ok();
        allowed("renameat, external to internal", into, &[ENOTSUP, EXDEV])?;
        if moved {
            done(
                "renameat, internal to external",
                path::rename(self.inside, &self.outside),
            )?;
            let again = fd::creat(self.inside, 0o666);
            done("creat", again.and_then(fd::close))?;
        }
        done(
            "renameat, external",
            path::rename(&self.outside, &self.outside_renamed),
        )
        .map(drop)
    }

    #[cfg(target_arch = "x86_64")]
    fn old_raw_calls(&mut self) -> Step {
        for (call, raw) in [("sys_open", Raw::OldOpen), ("sys_creat", Raw::Creat)] {
            let opened = path::raw(raw, self.inside).map(|fd| fd as i32);
            self.kept(call, opened)?;
        }
        Ok(())
    }

    #[cfg(target_arch = "x86_64")]
    fn old_raw_chmod(&self) -> Step {
        allowed("sys_chmod", path::raw(Raw::Chmod, self.inside), &[ENOTSUP])
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn old_raw_calls(&mut self) -> Step {
        Ok(())
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn old_raw_chmod(&self) -> Step {
        Ok(())
    }

    /// Calls through libc's `syscall`, which clients that patch single functions miss.
    fn raw_calls(&mut self) -> Step {
        self.old_raw_calls()?;
        let opened = path::raw(Raw::Open, self.inside).map(|fd| fd as i32);
        self.kept("sys_openat", opened)?;
        done("sys_unlinkat", path::raw(Raw::Unlink, self.inside))?;
        done("sys_mkdirat", path::raw(Raw::Mkdir, self.inside))?;
        self.old_raw_chmod()?;
        done("sys_faccessat", path::raw(Raw::Access, self.inside))?;
        done(
            "sys_faccessat, external",
            path::raw(Raw::Access, &self.outside_renamed),
        )
        .map(drop)
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
