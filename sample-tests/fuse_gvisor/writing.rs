//! write (6).

use std::os::fd::OwnedFd;

use gkfs_harness::fuse::abi::{Opcode, WriteIn};
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds_with};
use gkfs_harness::fuse::{FakeFuse, reply};
use gkfs_harness::prelude::*;
use rustix::fs::OFlags;

use crate::support::{FH, open_sized, server, server_with};

const TEXT: &[u8] = b"test_data";

/// Through the page cache, which hands every write on at once.
fn open(fake: &FakeFuse) -> OwnedFd {
    open_sized(fake, OFlags::WRONLY, 512, 0)
}

/// What was to be written, and where.
fn written(fake: &FakeFuse) -> (WriteIn, Vec<u8>) {
    let request = fake.next_request().unwrap();
    let args = *request.args::<WriteIn>().unwrap();
    assert_eq!(args.fh, FH);
    (args, request.data().unwrap().to_vec())
}

fn prepare(fake: &FakeFuse, length: usize) {
    fake.set_response(Opcode::Write, reply::written(length as u32))
        .unwrap();
}

/// All of it.
#[gkfs_harness::test(tags("fuse"))]
fn normal(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open(&fake);
    prepare(&fake, TEXT.len());
    succeeds_with(rustix::io::write(&file, TEXT), TEXT.len());
    let (args, data) = written(&fake);
    assert_eq!(
        (args.offset, args.size as usize, &data[..]),
        (0, TEXT.len(), TEXT)
    );
    fake.close(file);
    fake.verify().unwrap();
}

/// Less than was given.
#[gkfs_harness::test(tags("fuse"))]
fn short(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open(&fake);
    prepare(&fake, 5);
    succeeds_with(rustix::io::write(&file, TEXT), 5);
    assert_eq!(written(&fake).1, TEXT);
    fake.close(file);
    fake.verify().unwrap();
}

/// Nothing of it is an error.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn short_zero(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open(&fake);
    prepare(&fake, 0);
    fails_with_errno(rustix::io::write(&file, TEXT), libc::EIO);
    fake.skip_request().unwrap();
    fake.close(file);
    fake.verify().unwrap();
}

/// Nothing is sent when nothing is given.
#[gkfs_harness::test(tags("fuse"))]
fn zero(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open(&fake);
    succeeds_with(rustix::io::write(&file, b""), 0);
    assert_eq!(fake.unconsumed_requests(), 0);
    fake.close(file);
    fake.verify().unwrap();
}

/// At a place.
#[gkfs_harness::test(tags("fuse"))]
fn pwrite(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open(&fake);
    prepare(&fake, TEXT.len());
    succeeds_with(rustix::io::pwrite(&file, TEXT, 17), TEXT.len());
    let (args, data) = written(&fake);
    assert_eq!((args.offset, &data[..]), (17, TEXT));
    fake.close(file);
    fake.verify().unwrap();
}

/// More than `max_write` goes in fragments.
#[gkfs_harness::test(tags("fuse"))]
fn fragmented(fuse: &Fuse) {
    const FRAGMENT: usize = 4096;
    let fake = server_with(fuse, |builder| {
        builder.init(|init| init.max_write = FRAGMENT as u32)
    });
    let file = open(&fake);
    let contents: Vec<u8> = (0..10 * FRAGMENT).map(|index| (index % 251) as u8).collect();
    (0..10).for_each(|_| prepare(&fake, FRAGMENT));
    succeeds_with(rustix::io::write(&file, &contents), contents.len());
    for (fragment, expected) in contents.chunks(FRAGMENT).enumerate() {
        let (args, data) = written(&fake);
        assert_eq!((args.offset, &data[..]), ((fragment * FRAGMENT) as u64, expected));
    }
    fake.close(file);
    fake.verify().unwrap();
}
