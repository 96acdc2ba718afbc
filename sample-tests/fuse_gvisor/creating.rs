//! create (2), mkdir (2), mknod (3), symlink (2).

use gkfs_harness::fuse::abi::{CreateIn, MkdirIn, MknodIn, Opcode};
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds};
use gkfs_harness::fuse::{FakeFuse, Name, reply};
use gkfs_harness::prelude::*;
use rustix::fs::{CWD, FileType, Mode, OFlags};

use crate::support::{FH, FILE, LARGE, at, attr, missing, server, skip_lookup, umask};

/// A new node of this kind, numbered 5, will be told.
fn prepare(fake: &FakeFuse, opcode: Opcode, mode: u32) {
    missing(fake);
    fake.set_response(opcode, reply::entry(attr(fake, mode, 5, 512).entry()))
        .unwrap();
}

/// A file is made and opened in one.
#[gkfs_harness::test(tags("fuse"))]
fn create_file(fuse: &Fuse) {
    let fake = server(fuse);
    // Every kernel looks before it opens.
    fake.set_response(Opcode::Lookup, reply::errno(libc::ENOENT))
        .unwrap();
    let entry = attr(&fake, libc::S_IFREG | 0o777, 5, 0).entry();
    fake.set_response(Opcode::Create, reply::create(entry, FH, 0))
        .unwrap();
    let flags = OFlags::CREATE | OFlags::RDWR;
    let file = succeeds(rustix::fs::openat(
        CWD,
        at(&fake, FILE),
        flags,
        Mode::from_raw_mode(0o777),
    ));
    let got = rustix::fs::fcntl_getfl(&file).unwrap();
    assert_eq!(got & OFlags::ACCMODE, OFlags::RDWR);
    assert_eq!(fake.next_request().unwrap().opcode(), Opcode::Lookup);
    let request = fake.next_request().unwrap();
    let args = request.args::<CreateIn>().unwrap();
    assert_eq!(args.flags & !LARGE, (libc::O_CREAT | libc::O_RDWR) as u32);
    assert_eq!(
        (args.mode, args.umask),
        (libc::S_IFREG | 0o777 & !umask(), umask())
    );
    assert_eq!(request.name(), Some(&Name::from(FILE)));
    fake.close(file);
    fake.verify().unwrap();
}

/// What is there already is not made again.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn create_file_already_exists(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR;
    fails_with_errno(
        rustix::fs::openat(CWD, at(&fake, FILE), flags, Mode::RUSR),
        libc::EEXIST,
    );
    fake.verify().unwrap();
}

/// Name, permissions and umask of a new directory.
#[gkfs_harness::test(tags("fuse"))]
fn mkdir(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, Opcode::Mkdir, libc::S_IFDIR | 0o755);
    succeeds(rustix::fs::mkdir(at(&fake, FILE), Mode::from_raw_mode(0o755)));
    skip_lookup(&fake);
    let request = fake.next_request().unwrap();
    let args = request.args::<MkdirIn>().unwrap();
    assert_eq!((args.mode & 0o777, args.umask), (0o755 & !umask(), umask()));
    assert_eq!(request.name(), Some(&Name::from(FILE)));
    fake.verify().unwrap();
}

/// A directory that is none is an error.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn mkdir_type_error(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, Opcode::Mkdir, libc::S_IFREG | 0o755);
    fails_with_errno(
        rustix::fs::mkdir(at(&fake, FILE), Mode::from_raw_mode(0o755)),
        libc::EIO,
    );
    skip_lookup(&fake);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}

fn mkfifo(fake: &FakeFuse) -> rustix::io::Result<()> {
    rustix::fs::mknodat(CWD, at(fake, FILE), FileType::Fifo, Mode::from_raw_mode(0o600), 0)
}

/// Name, kind, permissions and device of a new node.
#[gkfs_harness::test(tags("fuse"))]
fn mknod_regular_file(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, Opcode::Mknod, libc::S_IFREG | 0o600);
    let mode = Mode::from_raw_mode(0o600);
    succeeds(rustix::fs::mknodat(
        CWD,
        at(&fake, FILE),
        FileType::RegularFile,
        mode,
        0,
    ));
    skip_lookup(&fake);
    let request = fake.next_request().unwrap();
    let args = request.args::<MknodIn>().unwrap();
    assert_eq!((args.mode, args.rdev), (libc::S_IFREG | 0o600 & !umask(), 0));
    assert_eq!((args.umask, request.name()), (umask(), Some(&Name::from(FILE))));
    fake.verify().unwrap();
}

/// A node of another kind than the one asked for is an error.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn mknod_file_type_error(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, Opcode::Mknod, libc::S_IFREG | 0o600);
    fails_with_errno(mkfifo(&fake), libc::EIO);
    skip_lookup(&fake);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}

/// The root cannot be made a second time.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn mknod_node_id_error(fuse: &Fuse) {
    let fake = server(fuse);
    missing(&fake);
    let entry = attr(&fake, libc::S_IFIFO | 0o600, 5, 0).entry().node(1);
    fake.set_response(Opcode::Mknod, reply::entry(entry)).unwrap();
    fails_with_errno(mkfifo(&fake), libc::EIO);
    skip_lookup(&fake);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}

/// Name and target of a new link.
#[gkfs_harness::test(tags("fuse"))]
fn symlink(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, Opcode::Symlink, libc::S_IFLNK | 0o777);
    succeeds(rustix::fs::symlink("target", at(&fake, FILE)));
    skip_lookup(&fake);
    let request = fake.next_request().unwrap();
    let gkfs_harness::fuse::Body::Symlink { name, target } = &request.body else {
        panic!("{request}");
    };
    assert_eq!((name, target), (&Name::from(FILE), &Name::from("target")));
    fake.verify().unwrap();
}

/// A link that is none is an error.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn symlink_type_error(fuse: &Fuse) {
    let fake = server(fuse);
    prepare(&fake, Opcode::Symlink, libc::S_IFREG | 0o777);
    fails_with_errno(rustix::fs::symlink("target", at(&fake, FILE)), libc::EIO);
    skip_lookup(&fake);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}
