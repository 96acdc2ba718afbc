//! readlink (2), rmdir (2), unlink (3).

use gkfs_harness::fuse::abi::{Opcode, flags};
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds};
use gkfs_harness::fuse::{FakeFuse, Name, reply};
use gkfs_harness::prelude::*;

use crate::support::{FILE, at, server, server_with};

fn target(fake: &FakeFuse) -> rustix::io::Result<String> {
    rustix::fs::readlink(at(fake, FILE), Vec::new()).map(|target| target.into_string().unwrap())
}

/// A target is read, and kept where that was agreed on.
#[gkfs_harness::test(tags("fuse"))]
fn readlink(fuse: &Fuse) {
    let fake = server_with(fuse, |builder| builder.init_flags(flags::init::CACHE_SYMLINKS));
    fake.set_inode_lookup(FILE, libc::S_IFLNK | 0o777, 11).unwrap();
    fake.set_response(Opcode::Readlink, reply::data("target_name"))
        .unwrap();
    assert_eq!(succeeds(target(&fake)), "target_name");
    assert_eq!(fake.next_request().unwrap().opcode(), Opcode::Readlink);
    let bytes = fake.received_bytes();
    assert_eq!(succeeds(target(&fake)), "target_name");
    assert_eq!(fake.received_bytes(), bytes);
    fake.verify().unwrap();
}

/// A file has none.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn readlink_of_a_file(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    fails_with_errno(target(&fake), libc::EINVAL);
    assert_eq!(fake.unconsumed_requests(), 0);
    fake.verify().unwrap();
}

/// Removes, and checks that the request names what was removed.
fn removes(fake: &FakeFuse, opcode: Opcode, node: u64, remove: impl FnOnce() -> rustix::io::Result<()>) {
    fake.set_response(opcode, reply::ok()).unwrap();
    succeeds(remove());
    let request = fake.next_request().unwrap();
    assert_eq!((request.opcode(), request.node()), (opcode, node));
    assert_eq!(request.name(), Some(&Name::from(FILE)));
    fake.verify().unwrap();
}

/// A directory is removed by its name.
#[gkfs_harness::test(tags("fuse"))]
fn rmdir(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFDIR | 0o700, 512).unwrap();
    removes(&fake, Opcode::Rmdir, 1, || rustix::fs::rmdir(at(&fake, FILE)));
}

/// A directory in a directory, too.
#[gkfs_harness::test(tags("fuse"))]
fn rmdir_below(fuse: &Fuse) {
    let fake = server(fuse);
    let parent = fake.set_inode_lookup("sub", libc::S_IFDIR | 0o700, 512).unwrap();
    fake.set_inode_lookup(FILE, libc::S_IFDIR | 0o700, 512).unwrap();
    removes(&fake, Opcode::Rmdir, parent, || {
        rustix::fs::rmdir(at(&fake, "sub").join(FILE))
    });
}

/// A file is removed by its name.
#[gkfs_harness::test(tags("fuse"))]
fn unlink(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    removes(&fake, Opcode::Unlink, 1, || rustix::fs::unlink(at(&fake, FILE)));
}

/// A file in a directory, too.
#[gkfs_harness::test(tags("fuse"))]
fn unlink_below(fuse: &Fuse) {
    let fake = server(fuse);
    let parent = fake.set_inode_lookup("sub", libc::S_IFDIR | 0o700, 512).unwrap();
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    removes(&fake, Opcode::Unlink, parent, || {
        rustix::fs::unlink(at(&fake, "sub").join(FILE))
    });
}

/// The server says that there is no such file.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn unlink_no_file(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, 512).unwrap();
    fake.set_response(Opcode::Unlink, reply::errno(libc::ENOENT))
        .unwrap();
    fails_with_errno(rustix::fs::unlink(at(&fake, FILE)), libc::ENOENT);
    fake.skip_request().unwrap();
    fake.verify().unwrap();
}
