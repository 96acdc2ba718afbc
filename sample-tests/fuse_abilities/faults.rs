//! Faults: by rule, by chance, and replies that no server should send.

use std::fs;

use gkfs_harness::fuse::abi::{Opcode, Opcodes};
use gkfs_harness::fuse::matchers::fails_with_errno;
use gkfs_harness::fuse::{Attr, Corrupt, Fault, reply};
use gkfs_harness::prelude::*;

/// Every third write fails.
#[gkfs_harness::test(tags("fuse"))]
fn every_third(fake: &FakeFuse) {
    let fault = fake.fault(Fault::on(Opcode::Write).errno(libc::ENOSPC).every(3));
    let failed: Vec<bool> = (0..6)
        .map(|_| fs::write(fake.path().join("file"), "x").is_err())
        .collect();
    assert_eq!(failed, [false, false, true, false, false, true]);
    assert_eq!(fault.count(), 2);
}

/// By chance, and the same chance each time: the seed decides.
#[gkfs_harness::test(tags("fuse"))]
fn by_chance(fuse: &Fuse) {
    let run = |seed| {
        let fake = fuse.start(fuse.builder());
        fake.fault(Fault::on(Opcode::Mkdir).chance(0.5, seed));
        let failed: Vec<bool> = (0..32)
            .map(|index| fs::create_dir(fake.path().join(index.to_string())).is_err())
            .collect();
        fake.verify().unwrap();
        failed
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

/// A disk that fills up: so many requests go well, then none does.
#[gkfs_harness::test(tags("fuse"))]
fn a_full_disk(fake: &FakeFuse) {
    fake.fault(
        Fault::on(Opcodes::from([Opcode::Create, Opcode::Mkdir]))
            .errno(libc::ENOSPC)
            .after(2),
    );
    fs::create_dir(fake.path().join("a")).unwrap();
    fs::write(fake.path().join("b"), "").unwrap();
    fails_with_errno(fs::create_dir(fake.path().join("c")), libc::ENOSPC);
    fails_with_errno(fs::File::create(fake.path().join("d")), libc::ENOSPC);
}

/// Only one file is bad.
#[gkfs_harness::test(tags("fuse"))]
fn one_bad_name(fake: &FakeFuse) {
    fake.fault(Fault::on(Opcode::Lookup).name("bad"));
    fails_with_errno(fs::metadata(fake.path().join("bad")), libc::EIO);
    fails_with_errno(fs::metadata(fake.path().join("good")), libc::ENOENT);
}

/// A reply that lies about its length is refused, and the caller still gets an answer.
#[gkfs_harness::test(tags("fuse"))]
fn a_lie_about_length(fake: &FakeFuse) {
    fake.expect(Opcode::Lookup)
        .rejected_with(libc::EINVAL)
        .corrupt(Corrupt::LengthLies(1));
    fails_with_errno(fs::metadata(fake.path().join("x")), libc::EIO);
}

/// Random bodies, from a seed: whatever the kernel makes of them, nothing hangs.
#[gkfs_harness::test(tags("fuse"), params(seed = [1, 2, 3]))]
fn garbage(fuse: &Fuse, seed: u64) {
    let fake = fuse.start(fuse.builder());
    let right = reply::entry(Attr::file(0o600).entry());
    fake.expect(Opcode::Lookup)
        .times(0..)
        .corrupt_reply(right, Corrupt::Garbage(seed));
    log!(info, "{:?}", fs::metadata(fake.path().join("x")));
    fake.forgive();
}
