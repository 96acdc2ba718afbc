//! Expectations: by opcode, node, name and predicate; how often; in which order. The file system in memory answers the rest.

use std::fs;

use gkfs_harness::fuse::abi::{Opcode, Opcodes, WriteIn, flags};
use gkfs_harness::fuse::matchers::{fails_with_errno, succeeds_with, that};
use gkfs_harness::fuse::{Attr, Fallback, Problem, Reply, alone, reply};
use gkfs_harness::prelude::*;

/// A test says what it cares about, and nothing else.
#[gkfs_harness::test(tags("fuse"))]
fn one_thing_only(fake: &FakeFuse) {
    fake.expect(Opcode::Fsync).errno(libc::EIO);
    let file = fs::File::create(fake.path().join("file")).unwrap();
    fails_with_errno(file.sync_all(), libc::EIO);
}

/// By what a request says.
#[gkfs_harness::test(tags("fuse"))]
fn by_predicate(fake: &FakeFuse) {
    let large = fake
        .expect(Opcode::Write)
        .matching(|write: &WriteIn| write.size > 100)
        .times(1..)
        .errno(libc::EFBIG);
    let path = fake.path().join("file");
    fs::write(&path, [0; 100]).unwrap();
    fails_with_errno(fs::write(&path, [0; 101]), libc::EFBIG);
    assert_eq!(large.count(), 1);
    assert_eq!(large.requests()[0].data().unwrap().len(), 101);
}

/// How often, as a number or a range; answers one after the other, the last one again and again.
#[gkfs_harness::test(tags("fuse"))]
fn counted(fake: &FakeFuse) {
    let path = fake.path().join("file");
    fs::write(&path, "").unwrap();
    let answers = [libc::EMFILE, libc::ENFILE].map(reply::errno);
    let opened = fake.expect(Opcode::Open).times(1..=3).replies(answers);
    for errno in [libc::EMFILE, libc::ENFILE, libc::ENFILE] {
        fails_with_errno(fs::File::open(&path), errno);
    }
    succeeds_with(
        Ok::<_, std::io::Error>(opened.count()),
        that(|count: &usize| (1..=3).contains(count)),
    );
    // Once more is noticed.
    fs::File::open(&path).unwrap();
    assert!(matches!(fake.take_problems()[..], [Problem::TooMany { .. }]));
}

/// One after the other.
#[gkfs_harness::test(tags("fuse"))]
fn in_order(fake: &FakeFuse) {
    let first = fake.expect(Opcode::Mkdir).name("first").pass();
    fake.expect(Opcode::Mkdir).name("second").after(&first).pass();
    fs::create_dir(fake.path().join("first")).unwrap();
    fs::create_dir(fake.path().join("second")).unwrap();
}

/// The other way round is noticed.
#[gkfs_harness::test(tags("fuse"))]
fn out_of_order_is_noticed(fake: &FakeFuse) {
    let first = fake.expect(Opcode::Mkdir).name("first").pass();
    fake.expect(Opcode::Mkdir).name("second").after(&first).pass();
    fs::create_dir(fake.path().join("second")).unwrap();
    fs::create_dir(fake.path().join("first")).unwrap();
    assert!(matches!(fake.take_problems()[..], [Problem::OutOfOrder { .. }]));
}

/// What must not come.
#[gkfs_harness::test(tags("fuse"))]
fn never(fake: &FakeFuse) {
    fake.expect(Opcode::Unlink).never();
    fs::write(fake.path().join("file"), "stays").unwrap();
    assert_eq!(fs::read(fake.path().join("file")).unwrap(), b"stays");
}

/// What did not come is told with what came instead.
#[gkfs_harness::test(tags("fuse"))]
fn an_unmet_expectation_says_what_came(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder());
    fake.expect(Opcode::Mkdir).name("expected").pass();
    fs::create_dir(fake.path().join("other")).unwrap();
    let error = fake.verify().unwrap_err().to_string();
    assert!(
        error.contains("MKDIR name=expected (expected once, at ") && error.contains("name=other"),
        "{error}"
    );
}

/// A file system that refuses everything, but for what is said.
#[gkfs_harness::test(tags("fuse"))]
fn another_fallback(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().fallback(Fallback::Errno(libc::EACCES)));
    fake.expect(Opcode::Lookup)
        .name("x")
        .reply(reply::entry(Attr::file(0o600).entry()));
    fails_with_errno(fs::metadata(fake.path().join("x")), libc::EACCES);
    fails_with_errno(fs::metadata(fake.path().join("y")), libc::EACCES);
    fake.verify().unwrap();
}

/// A directory answers: what a test does not say is done to real files.
#[gkfs_harness::test(tags("fuse"))]
fn a_directory_behind_it(fuse: &Fuse, workspace: &Workspace) {
    fs::write(workspace.tmpdir().join("file"), "there").unwrap();
    let fake = fuse.start(fuse.builder().fallback(Fallback::Passthrough(workspace.tmpdir())));
    fake.expect(Opcode::Unlink).errno(libc::EPERM);
    assert_eq!(fs::read(fake.path().join("file")).unwrap(), b"there");
    fails_with_errno(fs::remove_file(fake.path().join("file")), libc::EPERM);
    fs::write(fake.path().join("new"), "made").unwrap();
    assert_eq!(fs::read(workspace.tmpdir().join("new")).unwrap(), b"made");
    fake.verify().unwrap();
}

/// What a kernel may send in one form or another is one thing to a test.
#[gkfs_harness::test(tags("fuse"))]
fn old_and_new_kernels(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().init_flags(flags::init::DO_READDIRPLUS));
    let renamed = fake.expect(Opcodes::RENAME).pass();
    let listed = fake.expect(Opcodes::LIST).times(1..).pass();
    fake.expect(Opcodes::STAT).times(1..).pass();
    fs::write(fake.path().join("a"), "").unwrap();
    fs::rename(fake.path().join("a"), fake.path().join("b")).unwrap();
    assert_eq!(fs::read_dir(fake.path()).unwrap().count(), 1);
    fs::metadata(fake.path().join("b")).unwrap();
    assert!(renamed.count() == 1 && listed.count() >= 1);
    fake.verify().unwrap();
}

/// What a test is not about is answered on the side, and can be looked at.
#[gkfs_harness::test(tags("fuse"))]
fn on_the_side(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().auto(Opcodes::CLOSE | Opcode::Getxattr.into()));
    // Nobody else has a copy of the file whose closing is counted.
    alone(|| fs::write(fake.path().join("file"), "contents")).unwrap();
    let opcodes: Vec<_> = fake.requests().iter().map(|request| request.opcode()).collect();
    assert_eq!(opcodes, [Opcode::Lookup, Opcode::Create, Opcode::Write]);
    assert_eq!(fake.aside(Opcode::Release).len(), 1);
    fake.verify().unwrap();
}

/// The kernel gives back every reference it was given, once it has no more use for it.
#[gkfs_harness::test(tags("fuse"))]
fn no_reference_leaks(fake: &FakeFuse) {
    // A copy of an open file, in a process that another test starts, would hold its node.
    alone(|| {
        for name in ["a", "b", "c"] {
            fs::write(fake.path().join(name), "").unwrap();
            fs::remove_file(fake.path().join(name)).unwrap();
        }
    });
    assert_eq!(fake.references(), [].into());
    alone(|| fs::write(fake.path().join("kept"), "")).unwrap();
    assert_eq!(fake.references().len(), 1);
}

/// What is never given back is found out: here somebody has it open, deep in the tree.
#[gkfs_harness::test(tags("fuse"))]
fn a_leak_is_noticed(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().check_leaks(true));
    alone(|| leak_and_mend(&fake));
}

fn leak_and_mend(fake: &FakeFuse) {
    let path = fake.path().join("a/b");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("let go"), "").unwrap();
    let file = fs::File::create(path.join("held")).unwrap();
    fs::rename(path.join("held"), path.join("moved")).unwrap();
    assert!(fake.references().len() >= 4);
    let node = std::os::unix::fs::MetadataExt::ino(&file.metadata().unwrap());
    let held = fake.verify().unwrap_err().problems;
    assert!(
        held.iter()
            .any(|it| matches!(it, Problem::Leaked { node: held, count: 1.. } if *held == node)),
        "{held:?}"
    );
    fake.close(file);
    fake.verify().unwrap();
    assert_eq!(fake.references(), [].into());
}

/// A server that hands out what was never asked for, or forgets too much, is found out.
#[gkfs_harness::test(tags("fuse"))]
fn strict(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().strict());
    fails_with_errno(fs::metadata(fake.path().join("x")), libc::ENOSYS);
    let problems = fake.take_problems();
    assert!(
        !problems.is_empty() && problems.iter().all(|it| matches!(it, Problem::Unexpected(_))),
        "{problems:?}"
    );
    fake.set_response(Opcode::Lookup, Reply::Errno(libc::ENOENT))
        .unwrap();
    fails_with_errno(fs::metadata(fake.path().join("x")), libc::ENOENT);
    while fake.next_request().is_ok() {}
    fake.verify().unwrap();
}
