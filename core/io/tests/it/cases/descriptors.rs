//! Descriptors that stay open in a session.

use gkfs_io::Fd;
use gkfs_io::op::*;
use gkfs_io::reply::Reply as _;
use gkfs_io::reply::StatusReply;

use crate::support::Session;

const NEW: i32 = libc::O_RDWR | libc::O_CREAT;

fn ok(retval: i64) -> StatusReply {
    StatusReply { errno: 0, retval }
}

#[test]
fn a_position_lasts_from_one_operation_to_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    let file = session.run(Open::new("f", NEW, 0o644));
    assert_eq!(
        (file.retval, file.errno),
        (3, 0),
        "the lowest number, as in a fresh process"
    );
    assert_eq!(
        session.run(Write::new(file.fd(), "hello world", 11, None)),
        ok(11)
    );
    assert_eq!(session.run(Lseek::new(file.fd(), 6, libc::SEEK_SET)), ok(6));
    assert_eq!(session.run(Read::new(file.fd(), 3)).data(), b"wor");
    assert_eq!(session.run(Read::new(file.fd(), 9)).data(), b"ld");
    assert_eq!(
        session.run(Read::new("f", 5)).data(),
        b"hello",
        "a path is opened anew"
    );
    assert_eq!(session.run(Pread::new(file.fd(), 4, 1)).data(), b"ello");
    assert_eq!(session.run(Lseek::new(file.fd(), 0, libc::SEEK_CUR)), ok(11));
    assert_eq!(session.end(), Some(0));
}

#[test]
fn calls_on_descriptors() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    let fd = session.run(Creat::new("f", 0o644)).fd();
    assert_eq!(session.run(Writev::new(fd, "one", "two", 2)), ok(6));
    assert_eq!(session.run(Fstat::new(fd)).statbuf.st_size, 6);
    assert_eq!(session.run(Stat::new(fd)).statbuf.st_size, 6);
    assert_eq!(session.run(Ftruncate::new(fd, 4)), ok(0));
    assert_eq!(session.run(Fallocate::new(fd, 0, 0, 9)), ok(0));
    assert_eq!(session.run(Fsync::new(fd)), ok(0));
    assert_eq!(session.run(Fchmod::new(fd, 0o600)), ok(0));
    assert_eq!(session.run(Chown::new(fd, u32::MAX, u32::MAX)), ok(0));
    assert_eq!(session.run(Utimensat::new(fd, 7, 0, 8, 0, None)), ok(0));
    let status = session.run(Stat::new("f")).statbuf;
    assert_eq!(
        (status.st_size, status.permissions(), status.st_mtim.tv_sec),
        (9, 0o600, 8)
    );
    assert!(!session.run(Statfs::new(fd)).failed());
    let read = session.run(Read::new(fd, 1));
    assert_eq!(
        (read.retval, read.errno),
        (-1, libc::EBADF),
        "creat() opens for writing"
    );
}

#[test]
fn copies_share_and_closed_ones_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    let fd = session.run(Open::new("f", NEW, 0o644)).fd();
    let copy = session.run(Dup::new(fd)).fd();
    assert_eq!((fd, copy), (Fd(3), Fd(4)));
    assert_eq!(session.run(Write::new(copy, "ab", 2, None)), ok(2));
    assert_eq!(session.run(Lseek::new(fd, 0, libc::SEEK_CUR)), ok(2));
    assert_eq!(session.run(Dup2::new(fd, 20)).retval, 20);
    assert_eq!(session.run(Dup3::new(fd, 21, libc::O_CLOEXEC)).retval, 21);
    assert_eq!(session.run(Dup3::new(fd, 3, 0)).errno, libc::EINVAL);
    assert_eq!(
        session.run(Fcntl::new(21, libc::F_GETFD, None)),
        ok(i64::from(libc::FD_CLOEXEC))
    );
    assert_eq!(session.run(Fcntl::new(fd, libc::F_DUPFD, 30)), ok(30));
    assert_eq!(
        session.run(Fcntl::new(fd, libc::F_SETLKW, 0)).errno,
        libc::EINVAL,
        "takes a pointer"
    );
    assert_eq!(session.run(Close::new(fd)), ok(0));
    assert_eq!(session.run(Close::new(fd)).errno, libc::EBADF);
    assert_eq!(
        session.run(Open::new("f", 0, None)).retval,
        3,
        "the number is free again"
    );
    assert_eq!(
        session.run(Read::new(Fd(20), 9)).retval,
        0,
        "the copy is still open"
    );
}

#[test]
fn directories_are_read_piece_by_piece() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    assert_eq!(session.run(DirectoryValidate::new(".", 40)), ok(42));
    let fd = session
        .run(Open::new(".", libc::O_RDONLY | libc::O_DIRECTORY, None))
        .fd();
    let mut names = Vec::new();
    loop {
        let piece = session.run(Getdents::new(fd, None, 256));
        assert_eq!(piece.errno, 0);
        if piece.retval == 0 {
            break;
        }
        names.extend(piece.dirents.into_iter().map(|entry| entry.d_name));
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 42);
    assert_eq!(
        session.run(Getdents::new(fd, 0, None)).dirents.len(),
        42,
        "from the start again"
    );
    assert_eq!(session.run(Openat::new(fd.0, "file_auto_2", 0, None)).retval, 4);
    assert_eq!(session.run(Fchdir::new(fd)), ok(0));
}

#[test]
fn directory_and_umask_last() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    let first = session.run(Getcwd::new(None)).path;
    assert_eq!(session.run(Mkdir::new("d", 0o777)), ok(0));
    assert_eq!(session.run(Chdir::new("d")), ok(0));
    assert_eq!(
        session.run(Getcwd::new(None)).path.to_string(),
        format!("{first}/d")
    );
    assert_eq!(session.run(Getcwd::new(2)).errno, libc::ERANGE);
    assert_eq!(session.run(GetcwdValidate::new("..")).path, first);
    session.run(Umask::new(0o077));
    assert_eq!(session.run(Umask::new(0o007)), ok(0o077));
    assert_eq!(session.run(Mkdir::new("e", 0o777)), ok(0));
    assert_eq!(session.run(Stat::new("e")).statbuf.permissions(), 0o770);
}

#[test]
fn a_forked_child_sees_what_its_parent_sees() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    std::fs::write(directory.path().join("f"), "").unwrap();
    assert_eq!(session.run(ForkAccess::new("f", libc::R_OK, 120_000)), ok(0));
    let missing = session.run(ForkAccess::new("missing", libc::R_OK, 120_000));
    assert_eq!((missing.retval, missing.errno), (-1, libc::ENOENT));
}

#[test]
fn dup_validate_leaves_nothing_open() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    std::fs::write(directory.path().join("f"), "").unwrap();
    assert_eq!(session.run(DupValidate::new("f")), ok(0));
    assert_eq!(session.run(DupValidate::new("missing")).errno, libc::ENOENT);
    assert_eq!(session.run(SyscallCoverage::new("f")).syscall, "ALLOK");
    assert_eq!(session.run(Open::new("/dev/null", 0, None)).retval, 3);
}
