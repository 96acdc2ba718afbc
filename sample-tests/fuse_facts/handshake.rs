//! Versions and flags.

use gkfs_harness::fuse::abi::flags::init;
use gkfs_harness::fuse::abi::{InitOut, MAJOR};
use gkfs_harness::fuse::matchers::fails;
use gkfs_harness::fuse::{Fallback, Model, Reply, reply};
use gkfs_harness::prelude::*;

/// Every minor version works, in its own form of replies and requests: names, attributes, contents and new files.
#[gkfs_harness::test(tags("fuse"), params(minor = [0, 3, 4, 6, 8, 9, 12, 14, 23, 31, 36, 45, 60]))]
fn every_version_is_spoken(fuse: &Fuse, minor: u32) {
    let model = Model::new().file("file", "contents");
    let fake = fuse.start(fuse.builder().protocol(minor).fallback(Fallback::Model(model)));
    let kernel = fake.kernel().unwrap();
    assert_eq!(
        (kernel.major, fake.protocol().minor),
        (MAJOR, minor.min(kernel.minor))
    );
    assert_eq!(std::fs::metadata(fake.path().join("file")).unwrap().len(), 8);
    assert_eq!(std::fs::read(fake.path().join("file")).unwrap(), b"contents");
    std::fs::write(fake.path().join("new"), "more").unwrap();
    assert_eq!(std::fs::read(fake.path().join("new")).unwrap(), b"more");
    rustix::fs::statfs(fake.path()).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, fake.path().join("fifo"), fifo, 0o600.into(), 0).unwrap();
    assert_eq!(std::fs::read_dir(fake.path()).unwrap().count(), 3);
    fake.verify().unwrap();
}

/// A flag that the kernel does not know is not agreed on.
#[gkfs_harness::test(tags("fuse"))]
fn unknown_flags_are_dropped(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().init_flags(1 << 62 | init::PARALLEL_DIROPS));
    assert!(!fake.protocol().has(1 << 62) && fake.protocol().has(init::PARALLEL_DIROPS));
    fake.verify().unwrap();
}

/// A server of another major version, or one that fails the handshake, has a mount that answers nothing.
#[gkfs_harness::test(tags("fuse", "errno"))]
#[case::another_major(reply = Reply::Init(InitOut { major: 6, minor: 0, ..InitOut::default() }))]
#[case::an_error(reply = reply::errno(libc::EPROTO))]
fn a_handshake_that_fails(fuse: &Fuse, reply: Reply) {
    let fake = fuse.start(fuse.builder().init_reply(reply));
    let errno = fails(std::fs::metadata(fake.path().join("x")));
    log!(info, "the caller gets errno {errno}");
    fake.forgive();
}

/// Until the handshake is answered, callers wait.
#[gkfs_harness::test(tags("fuse"))]
fn callers_wait_for_the_handshake(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().hold_init());
    let path = fake.path().join("x");
    let caller = std::thread::spawn(move || std::fs::metadata(path));
    assert_eq!(fake.requests().len(), 0);
    assert!(!caller.is_finished());
    fake.release_init();
    assert_eq!(
        caller.join().unwrap().unwrap_err().raw_os_error(),
        Some(libc::ENOENT)
    );
    fake.verify().unwrap();
}
