//! Replies that are held, delayed, or given in another order; deadlines; several workers.

use std::fs;
use std::time::{Duration, Instant};

use gkfs_harness::fuse::abi::Opcode;
use gkfs_harness::fuse::matchers::fails_with_errno;
use gkfs_harness::fuse::{Fault, Problem, Reply, reply};
use gkfs_harness::prelude::*;

/// Two calls at a time, answered in the other order.
#[gkfs_harness::test(tags("fuse"))]
fn out_of_order(fake: &FakeFuse) {
    for name in ["a", "b"] {
        fs::create_dir(fake.path().join(name)).unwrap();
    }
    let held = fake.expect(Opcode::Mkdir).name("new").times(2).hold();
    let make = |name: &str| {
        let path = fake.path().join(name).join("new");
        std::thread::spawn(move || fs::create_dir(path))
    };
    let first = make("a");
    let one = held.wait().unwrap();
    let second = make("b");
    let two = held.wait().unwrap();
    two.reply(reply::errno(libc::ENOSPC)).unwrap();
    fails_with_errno(second.join().unwrap(), libc::ENOSPC);
    assert!(!first.is_finished());
    one.reply(reply::errno(libc::EDQUOT)).unwrap();
    fails_with_errno(first.join().unwrap(), libc::EDQUOT);
}

/// A request that was held may go its way after all: the file system in memory answers it.
#[gkfs_harness::test(tags("fuse"))]
fn released(fake: &FakeFuse) {
    let held = fake.expect(Opcode::Mkdir).hold();
    let path = fake.path().join("dir");
    let made = std::thread::spawn(move || fs::create_dir(path));
    let mkdir = held.wait().unwrap();
    assert!(!made.is_finished());
    mkdir.release().unwrap();
    made.join().unwrap().unwrap();
    assert!(fs::metadata(fake.path().join("dir")).unwrap().is_dir());
    let mkdirs = fake.requests();
    let mkdirs = mkdirs.iter().filter(|request| request.opcode() == Opcode::Mkdir);
    assert_eq!(mkdirs.count(), 1, "it came once");
}

/// A slow server: a test of what its caller does meanwhile.
#[gkfs_harness::test(tags("fuse"))]
fn delayed(fake: &FakeFuse) {
    let delay = Duration::from_millis(40);
    fake.expect(Opcode::Lookup)
        .name("slow")
        .delay(delay)
        .errno(libc::ENOENT);
    let start = Instant::now();
    fails_with_errno(fs::metadata(fake.path().join("slow")), libc::ENOENT);
    assert!(start.elapsed() >= delay);
}

/// Slow by a rule.
#[gkfs_harness::test(tags("fuse"))]
fn slow_by_rule(fake: &FakeFuse) {
    let delay = Duration::from_millis(10);
    let slow = fake.fault(Fault::on(Opcode::Mkdir).slow(delay));
    let start = Instant::now();
    for name in ["a", "b", "c"] {
        fs::create_dir(fake.path().join(name)).unwrap();
    }
    assert!(start.elapsed() >= 3 * delay && slow.count() == 3);
}

/// A request that nobody answers is answered at the deadline, and the test hears of it: nothing hangs.
#[gkfs_harness::test(tags("fuse"))]
fn a_deadline_answers(fuse: &Fuse) {
    let builder = fuse
        .builder()
        .deadline(Duration::from_millis(30))
        .deadline_errno(libc::ETIMEDOUT);
    let fake = fuse.start(builder);
    fake.expect(Opcode::Lookup).reply(Reply::Nothing);
    fails_with_errno(fs::metadata(fake.path().join("x")), libc::ETIMEDOUT);
    assert!(matches!(fake.take_problems()[..], [Problem::Deadline(_)]));
    fake.verify().unwrap();
}

/// Several workers, each with a device of its own, answer at once.
#[gkfs_harness::test(tags("fuse"))]
fn several_workers(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().workers(4));
    let inside = std::sync::Arc::new(std::sync::Barrier::new(2));
    let meet = inside.clone();
    for name in ["a", "b"] {
        fs::create_dir(fake.path().join(name)).unwrap();
    }
    // Each waits for the other one: with one worker neither would be answered.
    fake.on(Opcode::Mkdir, move |request| {
        if request.name().is_some_and(|name| name == "meets") {
            meet.wait();
        }
        None
    });
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let path = fake.path().join(name).join("meets");
            scope.spawn(move || fs::create_dir(path).unwrap());
        }
    });
    fake.verify().unwrap();
}
