//! What the kernel does with what it is told unasked.

use std::time::Duration;

use gkfs_harness::fuse::abi::{Opcode, Opcodes};
use gkfs_harness::fuse::{Fallback, Model, NotifyError};
use gkfs_harness::prelude::*;

/// A file whose name and attributes hold for an hour, known to the kernel.
fn cached(fuse: &Fuse) -> FakeFuse {
    let model = Model::new()
        .file("file", "contents")
        .valid(Duration::from_secs(3600));
    let fake = fuse.start(fuse.builder().fallback(Fallback::Model(model)));
    std::fs::metadata(fake.path().join("file")).unwrap();
    fake
}

/// How many requests of these opcodes a look at the file makes.
fn look(fake: &FakeFuse, opcodes: impl Into<Opcodes>) -> usize {
    let opcodes = opcodes.into();
    let before = fake.requests().len();
    std::fs::metadata(fake.path().join("file")).unwrap();
    let after = fake.requests();
    after[before..]
        .iter()
        .filter(|request| opcodes.contains(request.opcode()))
        .count()
}

/// A name that is out of date is looked up again.
#[gkfs_harness::test(tags("fuse"))]
fn inval_entry(fuse: &Fuse) {
    let fake = cached(fuse);
    assert_eq!(look(&fake, Opcodes::ALL), 0);
    fake.notify().inval_entry(1, "file").unwrap();
    assert_eq!(look(&fake, Opcode::Lookup), 1);
    fake.verify().unwrap();
}

/// Attributes that are out of date are asked for again.
#[gkfs_harness::test(tags("fuse"))]
fn inval_inode(fuse: &Fuse) {
    let fake = cached(fuse);
    fake.notify().inval_inode(2, -1, 0).unwrap();
    assert_eq!(look(&fake, Opcodes::STAT), 1);
    assert_eq!(look(&fake, Opcodes::ALL), 0);
    fake.verify().unwrap();
}

/// A node or name that the kernel does not have is `ENOENT`, a code that it does not have `EINVAL`.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn what_is_unknown(fuse: &Fuse) {
    let fake = cached(fuse);
    let said = |errno| Err(NotifyError { errno });
    assert_eq!(fake.notify().inval_inode(77, 0, 0), said(libc::ENOENT));
    assert_eq!(fake.notify().inval_entry(1, "none"), said(libc::ENOENT));
    assert_eq!(fake.notify().raw(99, &[]), said(libc::EINVAL));
    assert_eq!(fake.notify().raw(2, &[0; 3]), said(libc::EINVAL));
    fake.verify().unwrap();
}
