//! What a server may tell the kernel unasked: all nine notifications.

use std::fs;
use std::time::Duration;

use gkfs_harness::fuse::abi::{NotifyRetrieveIn, Opcode, Opcodes, PollIn, flags};
use gkfs_harness::fuse::{Fallback, Model, NotifyError, Reply, reply};
use gkfs_harness::prelude::*;

/// A file system whose answers hold for an hour; the file is node 2.
fn cached(fuse: &Fuse) -> FakeFuse {
    let model = Model::new()
        .file("file", "contents")
        .valid(Duration::from_secs(3600));
    let fake = fuse.start(fuse.builder().fallback(Fallback::Model(model)));
    fs::metadata(fake.path().join("file")).unwrap();
    fake
}

fn lookups(fake: &FakeFuse) -> usize {
    fake.requests()
        .iter()
        .filter(|request| request.opcode() == Opcode::Lookup)
        .count()
}

/// Skips where the kernel is older than the notification.
fn known(told: Result<(), NotifyError>, since: &str) {
    match told {
        Err(NotifyError { errno: libc::EINVAL }) => skip!("the kernel is older than Linux {since}"),
        told => told.unwrap(),
    }
}

/// A name can be taken away, or only be made old.
#[gkfs_harness::test(tags("fuse"))]
fn names(fuse: &Fuse) {
    let fake = cached(fuse);
    fake.notify().inval_entry(1, "file").unwrap();
    fs::metadata(fake.path().join("file")).unwrap();
    assert_eq!(lookups(&fake), 2);
    fake.notify().expire_entry(1, "file").unwrap();
    fs::metadata(fake.path().join("file")).unwrap();
    assert_eq!(lookups(&fake), 3);
    fake.verify().unwrap();
}

/// All names at once.
#[gkfs_harness::test(tags("fuse"))]
fn all_names(fuse: &Fuse) {
    let fake = cached(fuse);
    known(fake.notify().inc_epoch(), "6.16");
    fs::metadata(fake.path().join("file")).unwrap();
    assert_eq!(lookups(&fake), 2);
    fake.verify().unwrap();
}

/// A name that was removed elsewhere is gone without a question.
#[gkfs_harness::test(tags("fuse"))]
fn removed(fuse: &Fuse) {
    let fake = cached(fuse);
    fake.notify().delete(1, 2, "file").unwrap();
    fake.expect(Opcode::Lookup).name("file").errno(libc::ENOENT);
    assert!(fs::metadata(fake.path().join("file")).is_err());
    fake.verify().unwrap();
}

/// Nodes that nobody uses are let go, and given back.
#[gkfs_harness::test(tags("fuse"))]
fn pruned(fuse: &Fuse) {
    let fake = cached(fuse);
    assert_eq!(fake.references(), [(2, 1)].into());
    known(fake.notify().prune(&[2]), "6.18");
    assert_eq!(fake.references(), [].into());
    fake.verify().unwrap();
}

/// Contents can be put into the page cache, and asked back from there.
#[gkfs_harness::test(tags("fuse"))]
fn contents(fuse: &Fuse) {
    let fake = cached(fuse);
    fake.notify().store(2, 0, b"CONTENTS").unwrap();
    // An open that keeps what is in the cache.
    fake.expect(Opcode::Open)
        .reply(reply::open(7, flags::fopen::KEEP_CACHE));
    let never = fake.expect(Opcode::Read).never();
    assert_eq!(fs::read(fake.path().join("file")).unwrap(), b"CONTENTS");
    assert_eq!(never.count(), 0);
    fake.notify().retrieve(2, 0, 8, 77).unwrap();
    let back = fake
        .wait_request(|request| request.opcode() == Opcode::NotifyReply)
        .unwrap();
    assert_eq!((back.unique(), back.data()), (77, Some(&b"CONTENTS"[..])));
    assert_eq!(back.args::<NotifyRetrieveIn>().unwrap().offset, 0);
    fake.verify().unwrap();
}

/// Who waits for a file is woken.
#[gkfs_harness::test(tags("fuse"))]
fn poll(fuse: &Fuse) {
    use rustix::event::{PollFd, PollFlags};
    let fake = cached(fuse);
    let polled = fake
        .expect(Opcode::Poll)
        .times(2..)
        .replies([Reply::Poll(0), Reply::Poll(u32::from(PollFlags::IN.bits()))]);
    let file = fs::File::open(fake.path().join("file")).unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let mut wanted = [PollFd::new(&file, PollFlags::IN)];
            rustix::event::poll(&mut wanted, None).unwrap();
            wanted[0].revents()
        });
        polled.wait(1).unwrap();
        let handle = polled.requests()[0].args::<PollIn>().unwrap().kh;
        fake.notify().poll(handle).unwrap();
        assert_eq!(waits.join().unwrap(), PollFlags::IN);
    });
    drop(file);
    fake.verify().unwrap();
}

/// A server that starts again may ask for every open request a second time.
#[gkfs_harness::test(tags("fuse"))]
fn resend(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().init_flags(flags::init::HAS_RESEND));
    if !fake.protocol().has(flags::init::HAS_RESEND) {
        skip!("the kernel is older than Linux 6.9");
    }
    let held = fake.expect(Opcode::Lookup).times(2).hold();
    let path = fake.path().join("x");
    let caller = std::thread::spawn(move || fs::metadata(path));
    let first = held.wait().unwrap();
    fake.notify().resend().unwrap();
    let second = held.wait().unwrap();
    assert_eq!(
        second.request().unique(),
        first.request().unique() | gkfs_harness::fuse::abi::UNIQUE_RESEND
    );
    // The first number is as good as the second one: one answer does.
    first.reply(reply::errno(libc::ENOENT)).unwrap();
    assert!(caller.join().unwrap().is_err());
    fake.forgive();
}

/// Attributes are asked for again.
#[gkfs_harness::test(tags("fuse"))]
fn attributes(fuse: &Fuse) {
    let fake = cached(fuse);
    let asked = fake.expect(Opcodes::STAT).times(0..).pass();
    fs::metadata(fake.path().join("file")).unwrap();
    let before = asked.count();
    fake.notify().inval_inode(2, 0, 0).unwrap();
    fs::metadata(fake.path().join("file")).unwrap();
    assert_eq!(asked.count(), before + 1);
    fake.verify().unwrap();
}
