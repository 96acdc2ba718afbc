//! readdir (1).

use gkfs_harness::fuse::abi::{Opcode, ReadIn};
use gkfs_harness::fuse::{DirEntry, reply};
use gkfs_harness::prelude::*;
use rustix::fs::{CWD, Dir, Mode, OFlags};

use crate::support::{FH, FILE, aside_one, at, server};

/// Three entries, then none; the handle is given back.
#[gkfs_harness::test(tags("fuse"))]
fn readdir(fuse: &Fuse) {
    let fake = server(fuse);
    fake.set_inode_lookup(FILE, libc::S_IFDIR | 0o700, 512).unwrap();
    fake.set_response(Opcode::Opendir, reply::open(FH, 0)).unwrap();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let dir = rustix::fs::openat(CWD, at(&fake, FILE), flags, Mode::empty()).unwrap();
    assert_eq!(fake.next_request().unwrap().opcode(), Opcode::Opendir);

    let entries = [
        DirEntry::new(".", 2, libc::DT_DIR),
        DirEntry::new("..", 1, libc::DT_DIR),
        DirEntry::new("testFile", 3, libc::DT_REG),
    ];
    fake.set_response(Opcode::Readdir, reply::directory(entries))
        .unwrap();
    fake.set_response(Opcode::Readdir, reply::directory([])).unwrap();
    let listed: Vec<_> = Dir::new(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(listed, [".", "..", "testFile"]);
    for offset in [0, 3] {
        let args = *fake.next_request().unwrap().args::<ReadIn>().unwrap();
        assert_eq!((args.fh, args.offset), (FH, offset));
    }
    assert_eq!(aside_one(&fake, Opcode::Releasedir).header.len, 40 + 24);
    fake.verify().unwrap();
}
