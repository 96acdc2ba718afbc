//! Status, permissions, times and attributes, against the kernel.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use gkfs_io::op::*;
use gkfs_io::reply::{StatBuf, StatfsBuf, StatusReply, StatxBuf, Timespec};
use tempfile::TempDir;

use crate::support::run;

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

fn ok(retval: i64) -> StatusReply {
    StatusReply { errno: 0, retval }
}

fn failed(errno: i32) -> StatusReply {
    StatusReply { errno, retval: -1 }
}

#[test]
fn every_kind_of_stat_tells_what_the_kernel_knows() {
    let (directory, path) = file(b"hello");
    let known = std::fs::metadata(&path).unwrap();
    let status = run(Stat::new(&path));
    assert_eq!((status.retval, status.errno), (0, 0));
    let buffer = status.statbuf;
    assert_eq!(
        (buffer.st_ino, buffer.st_dev, buffer.st_size),
        (known.ino(), known.dev(), 5)
    );
    assert_eq!((buffer.st_mode, buffer.st_nlink), (known.mode(), 1));
    assert_eq!((buffer.st_uid, buffer.st_gid), (known.uid(), known.gid()));
    assert_eq!(
        buffer.st_mtim,
        Timespec {
            tv_nsec: known.mtime_nsec(),
            tv_sec: known.mtime()
        }
    );
    assert!(buffer.is_file() && !buffer.is_dir() && !buffer.is_symlink());

    assert_eq!(run(Fstat::new(&path)).statbuf, buffer);
    assert_eq!(run(Lstat::new(&path)).statbuf, buffer);
    let link = directory.path().join("link");
    assert_eq!(run(Symlink::new(&path, &link)), ok(0));
    assert_eq!(run(Stat::new(&link)).statbuf, buffer);
    assert!(run(Lstat::new(&link)).statbuf.is_symlink());
    let not_followed = run(Fstatat::new(libc::AT_FDCWD, &link, libc::AT_SYMLINK_NOFOLLOW));
    assert!(not_followed.statbuf.is_symlink());
    assert!(run(Stat::new(directory.path())).statbuf.is_dir());

    let extended = run(Statx::new(libc::AT_FDCWD, &path, 0, libc::STATX_BASIC_STATS)).statbuf;
    assert_eq!((extended.stx_ino, extended.stx_size), (buffer.st_ino, 5));
    assert_eq!(u32::from(extended.stx_mode), buffer.st_mode);
    assert_eq!(extended.stx_mtime.tv_sec, buffer.st_mtim.tv_sec);
}

#[test]
fn a_failed_status_is_all_zeros() {
    let missing = run(Stat::new("/nonexistent"));
    assert_eq!(
        (missing.retval, missing.errno, missing.statbuf),
        (-1, libc::ENOENT, StatBuf::default())
    );
    let missing = run(Statx::new(libc::AT_FDCWD, "/nonexistent", 0, 0));
    assert_eq!(
        (missing.retval, missing.errno, missing.statbuf),
        (-1, libc::ENOENT, StatxBuf::default())
    );
    let missing = run(Statfs::new("/nonexistent"));
    assert_eq!(
        (missing.retval, missing.errno, missing.statfsbuf),
        (-1, libc::ENOENT, StatfsBuf::default())
    );
    assert_eq!(run(Stat::new("with\0nul")).errno, libc::EINVAL);
}

#[test]
fn the_file_system_has_a_size() {
    let directory = tempfile::tempdir().unwrap();
    let status = run(Statfs::new(directory.path()));
    assert_eq!((status.retval, status.errno), (0, 0));
    assert!(status.statfsbuf.f_bsize > 0 && status.statfsbuf.f_type != 0);
    assert!(status.statfsbuf.f_bfree <= status.statfsbuf.f_blocks);
}

#[test]
fn modes_are_set_and_access_is_told() {
    let (_directory, path) = file(b"");
    assert_eq!(run(Chmod::new(&path, 0o640)), ok(0));
    assert_eq!(run(Stat::new(&path)).statbuf.permissions(), 0o640);
    assert_eq!(run(Fchmod::new(&path, 0o600)), ok(0));
    assert_eq!(run(Stat::new(&path)).statbuf.permissions(), 0o600);
    assert_eq!(run(Fchmodat::new(libc::AT_FDCWD, &path, 0o644, None)), ok(0));
    assert_eq!(run(Stat::new(&path)).statbuf.permissions(), 0o644);
    assert_eq!(run(Access::new(&path, libc::R_OK | libc::W_OK)), ok(0));
    // Nobody may execute what has no such bit, root included.
    assert_eq!(run(Access::new(&path, libc::X_OK)), failed(libc::EACCES));
    assert_eq!(
        run(Faccessat::new(libc::AT_FDCWD, &path, libc::F_OK, None)),
        ok(0)
    );
    assert_eq!(run(Access::new(&path, 99)), failed(libc::EINVAL));
    assert_eq!(run(Chown::new(&path, u32::MAX, u32::MAX)), ok(0), "keeps both");
    assert_eq!(
        run(Chown::new("/nonexistent", u32::MAX, u32::MAX)),
        failed(libc::ENOENT)
    );
}

#[test]
fn times_are_set() {
    let (_directory, path) = file(b"");
    assert_eq!(run(Utimensat::new(&path, 1_000, 1, 2_000, 2, None)), ok(0));
    let status = run(Stat::new(&path)).statbuf;
    assert_eq!(
        status.st_atim,
        Timespec {
            tv_nsec: 1,
            tv_sec: 1_000
        }
    );
    assert_eq!(
        status.st_mtim,
        Timespec {
            tv_nsec: 2,
            tv_sec: 2_000
        }
    );
    assert_eq!(run(Utimensat::new(&path, 5, 0, 0, libc::UTIME_OMIT, None)), ok(0));
    assert_eq!(run(Stat::new(&path)).statbuf.st_mtim.tv_sec, 2_000);
    assert_eq!(
        run(Utimensat::new(&path, 0, -1, 0, 0, None)),
        failed(libc::EINVAL)
    );
}

#[test]
fn attributes_are_set_listed_and_removed() {
    let (_directory, path) = file(b"");
    let set = run(Setxattr::new(&path, "user.comment", b"\x01\xff", None));
    if set.errno == libc::ENOTSUP {
        eprintln!(
            "SKIP attributes: the file system of {} has no extended attributes",
            path.display()
        );
        return;
    }
    assert_eq!(set, ok(0));
    assert_eq!(
        run(Setxattr::new(&path, "user.comment", "x", libc::XATTR_CREATE)),
        failed(libc::EEXIST)
    );
    let value = run(Getxattr::new(&path, "user.comment", None));
    assert_eq!(
        (value.retval, &value.value[..], value.errno),
        (2, &b"\x01\xff"[..], 0)
    );
    let size = run(Getxattr::new(&path, "user.comment", 0));
    assert_eq!(
        (size.retval, size.value.len()),
        (2, 0),
        "a size of 0 asks for the length"
    );
    assert_eq!(run(Getxattr::new(&path, "user.comment", 1)).errno, libc::ERANGE);
    let names = run(Listxattr::new(&path, None)).names;
    assert!(names.iter().any(|name| *name == "user.comment"), "{names:?}");
    assert_eq!(run(Removexattr::new(&path, "user.comment")), ok(0));
    assert_eq!(
        run(Removexattr::new(&path, "user.comment")),
        failed(libc::ENODATA)
    );
    assert_eq!(
        run(Getxattr::new(&path, "user.comment", None)).errno,
        libc::ENODATA
    );
}

#[test]
fn upstreams_coverage_passes_on_a_plain_directory() {
    let (_directory, path) = file(b"hello");
    let reply = run(SyscallCoverage::new(&path));
    assert_eq!((reply.retval, reply.errno), (0, 0));
    assert_eq!(reply.syscall, "ALLOK");
    assert!(path.is_dir(), "as upstream leaves it");
    let missing = run(SyscallCoverage::new("/nonexistent"));
    assert_eq!((missing.retval, missing.errno), (-1, libc::ENOENT));
    assert_eq!(missing.syscall, "open");
}
