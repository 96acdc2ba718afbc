//! read (8).

use std::os::fd::OwnedFd;

use gkfs_harness::fuse::abi::flags::fopen;
use gkfs_harness::fuse::abi::{Opcode, ReadIn};
use gkfs_harness::fuse::matchers::{succeeds, succeeds_with};
use gkfs_harness::fuse::{FakeFuse, reply};
use gkfs_harness::prelude::*;
use rustix::fs::OFlags;

use crate::support::{FH, is_gvisor, open_file, open_sized, server, server_with};

const TEXT: &[u8] = b"test_data";

/// The data of the next read, and what was asked for.
fn read(fake: &FakeFuse, file: &OwnedFd, size: usize, answer: &[u8]) -> (Vec<u8>, ReadIn) {
    fake.set_response(Opcode::Read, reply::data(answer)).unwrap();
    let mut buffer = vec![0; size];
    let length = succeeds(rustix::io::read(file, &mut buffer));
    buffer.truncate(length);
    let args = *fake.next_request().unwrap().args::<ReadIn>().unwrap();
    assert_eq!(args.fh, FH);
    (buffer, args)
}

/// What is asked of the server for so many bytes: gVisor asks for whole pages.
fn asked(size: usize) -> u32 {
    let page = if is_gvisor() { 4096 } else { 1 };
    (size as u32).next_multiple_of(page)
}

/// All that was asked for.
#[gkfs_harness::test(tags("fuse"))]
fn whole(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    let (data, args) = read(&fake, &file, TEXT.len(), TEXT);
    assert_eq!(data, TEXT);
    assert_eq!((args.offset, args.size), (0, asked(TEXT.len())));
    fake.close(file);
    fake.verify().unwrap();
}

/// Piece by piece, each from where the last one ended.
#[gkfs_harness::test(tags("fuse"))]
fn partial(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    let mut offset = 0;
    for size in [1, 3, 5] {
        let (data, args) = read(&fake, &file, size, &TEXT[offset..offset + size]);
        assert_eq!(data, TEXT[offset..offset + size]);
        assert_eq!((args.offset, args.size), (offset as u64, asked(size)));
        offset += size;
    }
    fake.close(file);
    fake.verify().unwrap();
}

/// From a place.
#[gkfs_harness::test(tags("fuse"))]
fn pread(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    fake.set_response(Opcode::Read, reply::data(TEXT)).unwrap();
    let mut buffer = [0; 9];
    succeeds_with(rustix::io::pread(&file, &mut buffer, 8), TEXT.len());
    let args = *fake.next_request().unwrap().args::<ReadIn>().unwrap();
    assert_eq!(
        (args.offset, args.size, &buffer[..]),
        (8, asked(TEXT.len()), TEXT)
    );
    fake.close(file);
    fake.verify().unwrap();
}

/// Nothing is asked for when nothing is wanted.
#[gkfs_harness::test(tags("fuse"))]
fn zero(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    succeeds_with(rustix::io::read(&file, &mut [0; 0][..]), 0);
    assert_eq!(fake.unconsumed_requests(), 0);
    fake.close(file);
    fake.verify().unwrap();
}

/// Less than was asked for is all there is.
#[gkfs_harness::test(tags("fuse"))]
fn short(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    assert_eq!(read(&fake, &file, TEXT.len(), &TEXT[..5]).0, &TEXT[..5]);
    fake.close(file);
    fake.verify().unwrap();
}

/// Nothing is the end.
#[gkfs_harness::test(tags("fuse"))]
fn short_end_of_file(fuse: &Fuse) {
    let fake = server(fuse);
    let file = open_file(&fake, OFlags::RDONLY);
    assert_eq!(read(&fake, &file, TEXT.len(), b"").0, b"");
    fake.close(file);
    fake.verify().unwrap();
}

const FRAGMENT: usize = 4096;

/// Reads ten fragments, of which the last is so long.
fn fragments(fuse: &Fuse, last: usize) {
    let fake = server_with(fuse, |builder| builder.max_read(FRAGMENT as u32));
    // gVisor asks for nothing behind the end.
    let file = open_sized(&fake, OFlags::RDONLY, 10 * FRAGMENT as u64, fopen::DIRECT_IO);
    let contents: Vec<u8> = (0..10 * FRAGMENT).map(|index| (index % 251) as u8).collect();
    let end = 9 * FRAGMENT + last;
    for start in (0..contents.len()).step_by(FRAGMENT) {
        let piece = &contents[start..(start + FRAGMENT).min(end)];
        fake.set_response(Opcode::Read, reply::data(piece)).unwrap();
    }
    let mut buffer = vec![0; 10 * FRAGMENT];
    succeeds_with(rustix::io::read(&file, &mut buffer), end);
    assert_eq!(buffer[..end], contents[..end]);
    for fragment in 0..10 {
        let args = *fake.next_request().unwrap().args::<ReadIn>().unwrap();
        assert_eq!(
            (args.offset, args.size as usize),
            (fragment * FRAGMENT as u64, FRAGMENT)
        );
    }
    fake.close(file);
    fake.verify().unwrap();
}

/// More than `max_read` comes in fragments.
#[gkfs_harness::test(tags("fuse"))]
fn fragmented(fuse: &Fuse) {
    fragments(fuse, FRAGMENT);
}

/// And ends where the last one is short.
#[gkfs_harness::test(tags("fuse"))]
fn fragmented_short(fuse: &Fuse) {
    fragments(fuse, 100);
}
