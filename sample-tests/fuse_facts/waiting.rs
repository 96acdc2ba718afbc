//! Callers that wait: signals, order, concurrency.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use gkfs_harness::fuse::abi::{InterruptIn, Opcode, flags};
use gkfs_harness::fuse::matchers::fails_with_errno;
use gkfs_harness::fuse::{Model, reply};
use gkfs_harness::prelude::*;
use rustix::process::{Pid, Signal, kill_process};

/// A signal is told, and the caller waits on for the answer: it ends only then.
#[gkfs_harness::test(tags("fuse"))]
fn a_signal_is_told_and_the_caller_waits(fake: &FakeFuse) {
    let held = fake.expect(Opcode::Lookup).name("x").hold();
    let mut caller = Command::new("cat").arg(fake.path().join("x")).spawn().unwrap();
    let held = held.wait().unwrap();
    let pid = Pid::from_child(&caller);
    kill_process(pid, Signal::TERM).unwrap();
    held.wait_interrupted().unwrap();
    let told = fake
        .wait_request(|request| request.opcode() == Opcode::Interrupt)
        .unwrap();
    assert_eq!(
        told.args::<InterruptIn>().unwrap().unique,
        held.request().unique()
    );
    assert!(caller.try_wait().unwrap().is_none(), "it waits for the answer");
    held.reply(reply::errno(libc::EINTR)).unwrap();
    assert_eq!(caller.wait().unwrap().signal(), Some(libc::SIGTERM));
}

/// Two names of one directory are looked up one after the other, unless both sides agree on more.
#[gkfs_harness::test(tags("fuse"), params(parallel = [false, true]))]
fn lookups_in_one_directory(fuse: &Fuse, parallel: bool) {
    let flag = flags::init::PARALLEL_DIROPS;
    let builder = match parallel {
        true => fuse.builder().init_flags(flag),
        false => fuse.builder().without_init_flags(flag),
    };
    let fake = fuse.start(builder.fallback(gkfs_harness::fuse::Fallback::Model(Model::new())));
    let held = fake.expect(Opcode::Lookup).times(2).hold();
    let look = |name: &str| {
        let path = fake.path().join(name);
        std::thread::spawn(move || std::fs::metadata(path))
    };
    let first = look("one");
    let one = held.wait().unwrap();
    let second = look("two");
    if parallel {
        // Both are asked; the later one is answered first, and returns first.
        let two = held.wait().unwrap();
        two.reply(reply::errno(libc::ENODEV)).unwrap();
        fails_with_errno(second.join().unwrap(), libc::ENODEV);
        assert!(!first.is_finished());
        one.reply(reply::errno(libc::ENOENT)).unwrap();
    } else {
        // Long enough for a request that could be sent to be sent.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(held.expectation().count(), 1);
        one.reply(reply::errno(libc::ENOENT)).unwrap();
        held.wait().unwrap().reply(reply::errno(libc::ENODEV)).unwrap();
        fails_with_errno(second.join().unwrap(), libc::ENODEV);
    }
    fails_with_errno(first.join().unwrap(), libc::ENOENT);
    fake.verify().unwrap();
}
