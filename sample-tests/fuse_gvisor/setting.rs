//! setstat (8).

use std::os::fd::OwnedFd;

use gkfs_harness::fuse::abi::flags::fattr;
use gkfs_harness::fuse::abi::{Opcode, SetattrIn};
use gkfs_harness::fuse::matchers::succeeds;
use gkfs_harness::fuse::{FakeFuse, reply};
use gkfs_harness::prelude::*;
use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, Timespec, Timestamps, Uid};

use crate::support::{FH, FILE, at, attr, is_gvisor, open_file, server};

const REGULAR: u32 = libc::S_IFREG | 0o600;

/// A name of this kind, and a `SETATTR` of it that will be answered.
fn prepare(fake: &FakeFuse, mode: u32, size: u64) {
    let node = fake.set_inode_lookup(FILE, mode, 512).unwrap();
    let answer = reply::attr(attr(fake, mode, node, size));
    fake.set_response(Opcode::Setattr, answer).unwrap();
}

/// What was asked, of whom, by whom.
fn asked(fake: &FakeFuse) -> SetattrIn {
    let request = fake.next_request().unwrap();
    assert_eq!(request.opcode(), Opcode::Setattr);
    assert_eq!(request.header.len, 40 + 88);
    assert_eq!(request.header.uid, rustix::process::geteuid().as_raw());
    assert_eq!(request.header.gid, rustix::process::getegid().as_raw());
    *request.args().unwrap()
}

/// `chmod` of a directory.
#[gkfs_harness::test(tags("fuse"))]
fn chmod_directory(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, libc::S_IFDIR | 0o755, 512);
    succeeds(rustix::fs::chmodat(
        CWD,
        at(&fake, FILE),
        Mode::from_raw_mode(0o744),
        AtFlags::empty(),
    ));
    let args = asked(&fake);
    assert_eq!(
        (args.valid & !fattr::CTIME, args.mode),
        (fattr::MODE, libc::S_IFDIR | 0o744)
    );
    fake.verify().unwrap();
}

/// `chown` of a directory.
#[gkfs_harness::test(tags("fuse"))]
fn chown_directory(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, libc::S_IFDIR | 0o755, 512);
    // An ordinary user can give a file only to itself.
    let (uid, gid) = match fake.is_in_user_namespace() {
        true => (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        ),
        false => (1025, 1025),
    };
    let (user, group) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    succeeds(rustix::fs::chownat(
        CWD,
        at(&fake, FILE),
        user,
        group,
        AtFlags::empty(),
    ));
    let args = asked(&fake);
    assert_eq!(args.valid & !fattr::CTIME, fattr::UID | fattr::GID);
    assert_eq!((args.uid, args.gid), (uid, gid));
    fake.verify().unwrap();
}

/// `truncate` of a path. Linux tells whose lock it is, too.
#[gkfs_harness::test(tags("fuse"))]
fn truncate(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, REGULAR, 313);
    let path = std::ffi::CString::new(at(&fake, FILE).into_os_string().into_encoded_bytes()).unwrap();
    truncate_path(&path, 313);
    let args = asked(&fake);
    assert_eq!((args.valid, args.size), (fattr::SIZE | lock_owner(), 313));
    fake.verify().unwrap();
}

/// What Linux tells with a truncation.
fn lock_owner() -> u32 {
    if is_gvisor() { 0 } else { fattr::LOCKOWNER }
}

/// There is no safe `truncate` of a path: the command makes the call.
fn truncate_path(path: &std::ffi::CStr, size: u64) {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::OsStr::from_bytes(path.to_bytes());
    let done = std::process::Command::new("perl")
        .args(["-e", "truncate($ARGV[0], $ARGV[1]) or die \"$!\"", "--"])
        .arg(path)
        .arg(size.to_string())
        .output();
    match done {
        Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
        Err(error) => skip!("`truncate` of a path is called by perl, which is not here: {error}"),
    }
}

fn times(atime: (i64, i64), mtime: (i64, i64)) -> Timestamps {
    let time = |(tv_sec, tv_nsec)| Timespec { tv_sec, tv_nsec };
    Timestamps {
        last_access: time(atime),
        last_modification: time(mtime),
    }
}

/// Times in seconds, as `utime` sets them.
#[gkfs_harness::test(tags("fuse"))]
fn utime(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, REGULAR, 512);
    let set = times((1_597_159_766, 0), (1_597_159_765, 0));
    succeeds(rustix::fs::utimensat(
        CWD,
        at(&fake, FILE),
        &set,
        AtFlags::empty(),
    ));
    let args = asked(&fake);
    assert_eq!(args.valid & !fattr::CTIME, fattr::ATIME | fattr::MTIME);
    assert_eq!((args.atime, args.mtime), (1_597_159_766, 1_597_159_765));
    fake.verify().unwrap();
}

/// Times in microseconds, as `utimes` sets them.
#[gkfs_harness::test(tags("fuse"))]
fn utimes(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, REGULAR, 512);
    let set = times((1_597_159_766, 234_945 * 1000), (1_597_159_765, 232_391 * 1000));
    succeeds(rustix::fs::utimensat(
        CWD,
        at(&fake, FILE),
        &set,
        AtFlags::empty(),
    ));
    let args = asked(&fake);
    assert_eq!(args.valid & !fattr::CTIME, fattr::ATIME | fattr::MTIME);
    assert_eq!((args.atimensec, args.mtimensec), (234_945_000, 232_391_000));
    fake.verify().unwrap();
}

/// An open file whose `SETATTR` will be answered.
fn opened(fake: &FakeFuse, size: u64) -> OwnedFd {
    let file = open_file(fake, OFlags::RDWR);
    fake.set_response(Opcode::Setattr, reply::attr(attr(fake, REGULAR, 2, size)))
        .unwrap();
    file
}

/// `ftruncate` goes by the handle.
#[gkfs_harness::test(tags("fuse"))]
fn ftruncate(fuse: &Fuse) {
    let fake = server(fuse);
    let file = opened(&fake, 313);
    succeeds(rustix::fs::ftruncate(&file, 313));
    let args = asked(&fake);
    assert_eq!(args.valid, fattr::SIZE | fattr::FH | lock_owner());
    assert_eq!((args.size, args.fh), (313, FH));
    fake.close(file);
    fake.verify().unwrap();
}

/// `fchmod`. Linux changes the node, gVisor goes by the handle.
#[gkfs_harness::test(tags("fuse"))]
fn fchmod(fuse: &Fuse) {
    let fake = server(fuse);
    let file = opened(&fake, 512);
    succeeds(rustix::fs::fchmod(&file, Mode::from_raw_mode(0o744)));
    let args = asked(&fake);
    let by = if is_gvisor() { fattr::FH } else { 0 };
    assert_eq!(
        (args.valid & !fattr::CTIME, args.mode),
        (fattr::MODE | by, libc::S_IFREG | 0o744)
    );
    fake.close(file);
    fake.verify().unwrap();
}

/// `fchown`. Linux changes the node, gVisor goes by the handle.
#[gkfs_harness::test(tags("fuse"))]
fn fchown(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDWR);
    // Linux asks first, for it may have to take set-uid bits away.
    let known = reply::attr(attr(&fake, REGULAR, 2, 512));
    if !is_gvisor() {
        fake.set_response(Opcode::Getattr, known.clone()).unwrap();
    }
    fake.set_response(Opcode::Setattr, known).unwrap();
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    succeeds(rustix::fs::fchown(&file, Some(uid), Some(gid)));
    if !is_gvisor() {
        assert_eq!(fake.next_request().unwrap().opcode(), Opcode::Getattr);
    }
    let args = asked(&fake);
    assert_eq!(args.valid & (fattr::UID | fattr::GID), fattr::UID | fattr::GID);
    assert_eq!((args.uid, args.gid), (uid.as_raw(), gid.as_raw()));
    fake.close(file);
    fake.verify().unwrap();
}
