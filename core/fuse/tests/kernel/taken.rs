//! Somebody else ends the connection, or takes the mount away: the test hears who and what, nobody is stuck, nothing is left.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use gkfs_fuse::abi::Opcode;
use gkfs_fuse::matchers::{fails_with_errno, succeeds};
use gkfs_fuse::{FakeFuse, Mount, WaitError, reply};

use crate::support::{mounted, start, until};

/// Whoever waits for this is stuck.
const NEVER: Duration = Duration::from_secs(36_000);
/// How the end of a connection is told that somebody else ended.
const WHO: &str = "somebody else did it, by `umount`, or through /sys/fs/fuse/connections/N/abort";

fn may_try(what: &str) -> bool {
    let may = rustix::process::geteuid().is_root();
    if !may {
        println!("SKIP: only root can {what}");
    }
    may
}

/// What a command does, if it is there.
fn done(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(done) => Some(done),
        Err(error) => {
            println!("SKIP: {command:?} cannot be run: {error}");
            None
        }
    }
}

/// Aborts the connection that serves this, by the file system for that, mounted where nobody else sees it.
fn abort(mount: &Path) -> bool {
    let device = fs::metadata(mount).expect("the root's attributes").dev();
    let script = format!(
        "mount -t fusectl none /sys/fs/fuse/connections && echo 1 > /sys/fs/fuse/connections/{}/abort",
        rustix::fs::minor(device)
    );
    let Some(done) = done(Command::new("unshare").args(["--mount", "sh", "-c", &script])) else {
        return false;
    };
    if !done.status.success() {
        println!(
            "SKIP: no such mount here: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    done.status.success()
}

fn is_closed<T: std::fmt::Debug>(told: Result<T, WaitError>) {
    let error = told.expect_err("there is no connection");
    assert!(matches!(&error, WaitError::Closed(why) if why == WHO), "{error}");
    assert_eq!(error.to_string(), format!("the connection has ended: {WHO}"));
}

#[test]
fn an_aborted_connection_is_told_to_all_who_wait() {
    if !may_try("abort a connection") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for place in [Mount::Detached, Mount::At(dir.path().to_owned())] {
        let fake = start!(FakeFuse::builder().mount(place).deadline(NEVER));
        let held = fake.expect(Opcode::Lookup).name("held").hold();
        let other = fake.expect(Opcode::Lookup).name("other").hold();
        std::thread::scope(|scope| {
            let caller = scope.spawn(|| fs::metadata(fake.path().join("held")));
            let request = held.wait().unwrap();
            let never = scope.spawn(|| other.wait());
            let nothing = scope.spawn(|| fake.wait_request(|request| request.opcode() == Opcode::Bmap));
            if !abort(fake.path()) {
                // Which frees all of them.
                return fake.abort();
            }
            fails_with_errno(caller.join().unwrap(), libc::ECONNABORTED);
            is_closed(never.join().unwrap());
            is_closed(nothing.join().unwrap());
            is_closed(request.clone().reply(reply::errno(libc::ENOENT)));
            is_closed(request.wait_interrupted());
            is_closed(request.release());
            fails_with_errno(fs::metadata(fake.path().join("more")), libc::ENOTCONN);
            let verdict = fake.verify().unwrap_err().to_string();
            assert!(
                verdict.contains(&format!("the connection ended early: {WHO}")),
                "{verdict}"
            );
        });
        fake.stop();
        assert!(!mounted(dir.path()));
    }
    dir.close().expect("an empty directory");
}

/// A server keeps its own mount in use; it cannot be taken away by mistake.
#[test]
fn a_plain_unmount_is_refused_and_a_forced_one_ends_the_connection() {
    if !may_try("unmount") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let fake = start!(FakeFuse::builder().mount(Mount::At(dir.path().to_owned())));
    let Some(refused) = done(Command::new("umount").arg(dir.path())) else {
        return fake.stop();
    };
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("busy"), "{said}");
    succeeds(fs::write(dir.path().join("file"), "still there"));
    fake.verify().unwrap();
    // Whether it says that it did or not: the connection is ended first.
    let _ = done(Command::new("umount").arg("-f").arg(dir.path()));
    until("the server has heard of it", || !fake.problems().is_empty());
    let verdict = fake.verify().unwrap_err().to_string();
    assert!(verdict.contains(WHO), "{verdict}");
    fails_with_errno(
        fs::metadata(dir.path().join("file")),
        [libc::ENOTCONN, libc::ENOENT],
    );
    fake.stop();
    assert!(!mounted(dir.path()));
    dir.close().expect("an empty directory");
}

#[test]
fn a_mount_that_is_taken_away_is_named() {
    if !may_try("unmount") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let fake = start!(FakeFuse::builder().mount(Mount::At(dir.path().to_owned())));
    succeeds(fs::write(dir.path().join("file"), "in the model"));
    let Some(taken) = done(Command::new("umount").arg("-l").arg(dir.path())) else {
        return fake.stop();
    };
    assert!(
        taken.status.success(),
        "{}",
        String::from_utf8_lossy(&taken.stderr)
    );
    fails_with_errno(fs::metadata(dir.path().join("file")), libc::ENOENT);
    for _ in 0..2 {
        let verdict = fake.verify().unwrap_err();
        assert_eq!(verdict.problems.len(), 1, "it is told once: {verdict}");
        let said = verdict.to_string();
        let place = format!("the mount at {} was taken away", dir.path().display());
        assert!(said.contains(&place) && said.contains("umount -l"), "{said}");
    }
    // Whoever mounts there next keeps it.
    let next = start!(FakeFuse::builder().mount(Mount::At(dir.path().to_owned())));
    fake.stop();
    assert!(mounted(dir.path()));
    succeeds(fs::write(dir.path().join("file"), "in the next"));
    next.verify().unwrap();
    drop(next);
    assert!(!mounted(dir.path()));
    dir.close().expect("an empty directory");
}
