//! stat (4) and statfs (2).

use gkfs_harness::fuse::abi::flags::getattr;
use gkfs_harness::fuse::abi::{GetattrIn, Kstatfs, Opcode};
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds, succeeds_with};
use gkfs_harness::fuse::{Reply, reply};
use gkfs_harness::prelude::*;
use rustix::fs::OFlags;

use crate::support::{FH, FILE, at, attr, is_gvisor, open_file, open_sized, server};

/// Every field of a status is the server's.
#[gkfs_harness::test(tags("fuse"))]
fn stat_normal(fuse: &Fuse) {
    let fake = server(fuse);
    let ours = attr(&fake, libc::S_IFDIR | 0o700, 1, 512);
    fake.set_response(Opcode::Getattr, reply::attr(ours)).unwrap();
    let stat = succeeds(rustix::fs::stat(fake.path()));
    let theirs = ours.0;
    assert_eq!((stat.st_mode, stat.st_ino), (theirs.mode, theirs.ino));
    assert_eq!(
        (stat.st_nlink as u32, stat.st_uid, stat.st_gid),
        (theirs.nlink, theirs.uid, theirs.gid)
    );
    assert_eq!(
        (stat.st_size as u64, stat.st_blocks as u64),
        (theirs.size, theirs.blocks)
    );
    // Linux keeps a device's number only where there is a device.
    assert_eq!(stat.st_rdev, if is_gvisor() { theirs.rdev.into() } else { 0 });
    assert_eq!(stat.st_blksize as u32, theirs.blksize);
    for (seconds, nanoseconds) in [
        (stat.st_atime, stat.st_atime_nsec),
        (stat.st_mtime, stat.st_mtime_nsec),
        (stat.st_ctime, stat.st_ctime_nsec),
    ] {
        assert_eq!(
            (seconds as u64, nanoseconds as u32),
            (theirs.atime, theirs.atimensec)
        );
    }
    let request = fake.next_request().unwrap();
    let args = request.args::<GetattrIn>().unwrap();
    assert_eq!((request.node(), args.getattr_flags, args.fh), (1, 0, 0));
    fake.verify().unwrap();
}

/// An error comes through as it is.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn stat_not_found(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_response(Opcode::Getattr, reply::errno(libc::ENOENT))
        .unwrap();
    fails_with_errno(rustix::fs::stat(fake.path()), libc::ENOENT);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}

/// An open file answers, too. Linux asks for the node, not for the handle.
#[gkfs_harness::test(tags("fuse"))]
fn fstat_normal(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    let ours = attr(&fake, libc::S_IFREG | 0o600, 2, 512);
    fake.set_response(Opcode::Getattr, reply::attr(ours)).unwrap();
    let stat = succeeds(rustix::fs::fstat(&file));
    assert_eq!((stat.st_mode, stat.st_ino, stat.st_size), (ours.0.mode, 2, 512));
    let request = fake.next_request().unwrap();
    assert_eq!((request.opcode(), request.node()), (Opcode::Getattr, 2));
    fake.close(file);
    fake.verify().unwrap();
}

/// Reading behind the end asks how long the file has become, by its handle.
#[gkfs_harness::test(tags("fuse"))]
fn stat_by_file_handle(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_sized(&fake, OFlags::RDONLY, 0, 0);
    let ours = attr(&fake, libc::S_IFREG | 0o600, 2, 0);
    fake.set_response(Opcode::Getattr, reply::attr(ours)).unwrap();
    succeeds_with(rustix::io::read(&file, &mut [0; 8]), 0);
    let args = *fake.next_request().unwrap().args::<GetattrIn>().unwrap();
    assert_eq!((args.getattr_flags, args.fh), (getattr::FH, FH));
    fake.close(file);
    fake.verify().unwrap();
}

/// Every size of the file system is the server's.
#[gkfs_harness::test(tags("fuse"))]
fn statfs_normal(fuse: &Fuse) {
    let fake = server(fuse);
    let sizes = Kstatfs {
        blocks: 0x6000,
        bfree: 0x5000,
        bavail: 0x4000,
        files: 0x3000,
        ffree: 0x2000,
        bsize: 4096,
        namelen: 0x1000,
        frsize: 2048,
        ..Kstatfs::default()
    };
    fake.set_response(Opcode::Statfs, Reply::Statfs(sizes)).unwrap();
    let told = succeeds(rustix::fs::statfs(fake.path()));
    assert_eq!(
        (told.f_blocks, told.f_bfree, told.f_bavail),
        (0x6000, 0x5000, 0x4000)
    );
    assert_eq!((told.f_files, told.f_ffree), (0x3000, 0x2000));
    assert_eq!(
        (told.f_bsize, told.f_namelen, told.f_frsize),
        (4096, 0x1000, 2048)
    );
    assert_eq!(told.f_type as u32, 0x6573_5546);
    assert_eq!(fake.next_request().unwrap().node(), 1);
    fake.verify().unwrap();
}

/// An error comes through as it is.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn statfs_not_found(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    fake.set_response(Opcode::Statfs, reply::errno(libc::ENOENT))
        .unwrap();
    fails_with_errno(rustix::fs::statfs(at(&fake, FILE)), libc::ENOENT);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}
