//! Replies that are wrong: what the caller gets, what the server's `write` says, and whether the request is over.

use gkfs_harness::fuse::abi::Opcode;
use gkfs_harness::fuse::matchers::fails_with_errno;
use gkfs_harness::fuse::{Attr, Corrupt, Entry, Reply, What, reply};
use gkfs_harness::prelude::*;

/// Any error down to -511 goes through, known or not.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn the_largest_errno(fake: &FakeFuse) {
    fake.expect(Opcode::Lookup).errno(511);
    fails_with_errno(std::fs::metadata(fake.path().join("x")), 511);
}

/// What is no reply is refused, and its request stays open: without the `EIO` that the server then sends, the caller would
/// wait for ever.
#[gkfs_harness::test(tags("fuse", "errno"))]
#[case::errno_too_large(how = Corrupt::OnlyError(-512))]
#[case::positive_errno(how = Corrupt::OnlyError(libc::ENOSYS))]
#[case::more_than_there_is(how = Corrupt::LengthLies(8))]
#[case::less_than_there_is(how = Corrupt::LengthLies(-8))]
#[case::one_byte(how = Corrupt::Short(1))]
#[case::error_with_a_body(how = Corrupt::Error(-2))]
fn refused_and_still_open(fake: &FakeFuse, how: Corrupt) {
    let right = reply::entry(Attr::file(0o600).entry());
    let was_error_with_body = how == Corrupt::Error(-2);
    fake.expect(Opcode::Lookup)
        .rejected_with(libc::EINVAL)
        .corrupt_reply(right, how);
    fails_with_errno(
        std::fs::metadata(fake.path().join("x")),
        [libc::EIO, libc::ENOENT],
    );
    let conversation = fake.transcript().to_string();
    // The second answer, which was taken, is noted only if the request was open.
    let mended = conversation.matches("← LOOKUP").count() == 2;
    assert!(mended || was_error_with_body, "{conversation}");
}

/// A reply of the wrong size is refused, and the caller gets `EIO` at once.
#[gkfs_harness::test(tags("fuse", "errno"))]
#[case::empty(how = Corrupt::NoBody)]
#[case::too_short(how = Corrupt::Short(16 + 100))]
#[case::too_long(how = Corrupt::Long(8))]
fn refused_and_over(fake: &FakeFuse, how: Corrupt) {
    let right = reply::entry(Attr::file(0o600).entry());
    fake.expect(Opcode::Lookup)
        .rejected_with(libc::EINVAL)
        .corrupt_reply(right, how);
    fails_with_errno(std::fs::metadata(fake.path().join("x")), libc::EIO);
    let conversation = fake.transcript().to_string();
    assert_eq!(conversation.matches("← LOOKUP").count(), 1, "{conversation}");
}

/// A reply to nobody is refused with `ENOENT`.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn an_unknown_number(fake: &FakeFuse) {
    fake.expect(Opcode::Lookup)
        .rejected_with(libc::ENOENT)
        .corrupt(Corrupt::Unique(1 << 40));
    fails_with_errno(std::fs::metadata(fake.path().join("x")), libc::EIO);
}

fn entry() -> Entry {
    Attr::file(0o600).ino(2).entry()
}

/// Entries that cannot be: the kernel takes the reply, and the caller gets an error.
#[gkfs_harness::test(tags("fuse", "errno"))]
#[case::no_node(entry = entry().node(0), errno = libc::ENOENT)]
#[case::the_root(entry = entry().node(1), errno = libc::EIO)]
#[case::no_kind(entry = Attr::new(0, 2, 0).entry(), errno = libc::EIO)]
#[case::too_large(entry = Attr::file(0o600).size(u64::MAX).entry(), errno = libc::EIO)]
fn an_entry_that_cannot_be(fake: &FakeFuse, entry: Entry, errno: i32) {
    fake.expect(Opcode::Lookup).times(1..).reply(reply::entry(entry));
    fails_with_errno(std::fs::metadata(fake.path().join("x")), errno);
}

/// A server that crashes: `ECONNABORTED` for who waits, `ENOTCONN` from then on.
#[gkfs_harness::test(tags("fuse", "errno"))]
fn a_crash(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder());
    let held = fake.expect(Opcode::Lookup).hold();
    let path = fake.path().join("x");
    let caller = std::thread::spawn(move || std::fs::metadata(path));
    held.wait().unwrap();
    fake.abort();
    fails_with_errno(caller.join().unwrap(), libc::ECONNABORTED);
    fails_with_errno(std::fs::metadata(fake.path()), libc::ENOTCONN);
    fake.forgive();
}

/// Closing asks for a `RELEASE` and does not wait for it: without answers there are twelve at a time.
#[gkfs_harness::test(tags("fuse"))]
fn unanswered_releases(fuse: &Fuse) {
    let builder = fuse.builder().init(|init| {
        init.max_background = 12;
        init.congestion_threshold = 9;
    });
    let fake = fuse.start(builder);
    let held = fake.expect(Opcode::Release).times(0..).hold();
    std::fs::write(fake.path().join("x"), "").unwrap();
    for _ in 0..20 {
        drop(std::fs::File::open(fake.path().join("x")).unwrap());
    }
    fake.settle();
    assert_eq!(held.expectation().count(), 12);
    for _ in 0..21 {
        held.wait().unwrap().reply(Reply::Empty).unwrap();
    }
    fake.verify().unwrap();
}

/// What the server sends is noted with the kernel's answer to it.
#[gkfs_harness::test(tags("fuse"))]
fn a_refusal_is_on_record(fuse: &Fuse) {
    let refused = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = refused.clone();
    let fake = fuse.start(fuse.builder().observer(move |event| {
        if matches!(
            event.what,
            What::Rejected {
                errno: libc::EINVAL,
                ..
            }
        ) {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }));
    fake.expect(Opcode::Lookup)
        .rejected_with(libc::EINVAL)
        .corrupt(Corrupt::LengthLies(1));
    fails_with_errno(std::fs::metadata(fake.path().join("x")), libc::EIO);
    fake.verify().unwrap();
    fake.stop();
    assert_eq!(refused.load(std::sync::atomic::Ordering::SeqCst), 1);
}
