//! open (4) and release (1).

use gkfs_harness::fuse::abi::{Opcode, OpenIn, ReleaseIn};
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds};
use gkfs_harness::fuse::reply;
use gkfs_harness::prelude::*;
use rustix::fs::{CWD, Mode, OFlags};

use crate::support::{FH, FILE, LARGE, aside_one, at, open_file, server};

/// The flags come as they were given.
#[gkfs_harness::test(tags("fuse"))]
fn regular_file(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    fake.set_response(Opcode::Open, reply::open(FH, 0)).unwrap();
    let file = succeeds(rustix::fs::openat(
        CWD,
        at(&fake, FILE),
        OFlags::RDWR,
        Mode::empty(),
    ));
    let args = *fake.next_request().unwrap().args::<OpenIn>().unwrap();
    assert_eq!(args.flags & !LARGE, libc::O_RDWR as u32);
    assert_eq!(
        rustix::fs::fcntl_getfl(&file).unwrap() & OFlags::ACCMODE,
        OFlags::RDWR
    );
    fake.close(file);
    fake.verify().unwrap();
}

/// A server without `OPEN` is not asked a second time.
#[gkfs_harness::test(tags("fuse"))]
fn set_no_open(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    fake.set_response(Opcode::Open, reply::errno(libc::ENOSYS))
        .unwrap();
    let open = || rustix::fs::openat(CWD, at(&fake, FILE), OFlags::RDWR, Mode::empty());
    let file = succeeds(open());
    fake.skip_request().unwrap();
    let bytes = fake.received_bytes();
    let again = succeeds(open());
    assert_eq!(fake.received_bytes(), bytes);
    fake.close(file);
    fake.close(again);
    fake.verify().unwrap();
}

/// A directory that cannot be opened.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn open_fail(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_response(Opcode::Opendir, reply::errno(libc::ENOENT))
        .unwrap();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    fails_with_errno(
        rustix::fs::openat(CWD, fake.path(), flags, Mode::empty()),
        libc::ENOENT,
    );
    assert_eq!(fake.next_request().unwrap().opcode(), Opcode::Opendir);
    fake.verify().unwrap();
}

/// A file is no directory, and the server need not be asked.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn directory_flag_on_regular_file(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    fails_with_errno(
        rustix::fs::openat(CWD, at(&fake, FILE), flags, Mode::empty()),
        libc::ENOTDIR,
    );
    assert_eq!(fake.unconsumed_requests(), 0);
    fake.verify().unwrap();
}

/// A handle is given back with the flags it was opened with.
#[gkfs_harness::test(tags("fuse"))]
fn release_regular_file(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDWR);
    fake.close(file);
    let args = *aside_one(&fake, Opcode::Release).args::<ReleaseIn>().unwrap();
    assert_eq!((args.fh, args.flags & !LARGE), (FH, libc::O_RDWR as u32));
    fake.verify().unwrap();
}
