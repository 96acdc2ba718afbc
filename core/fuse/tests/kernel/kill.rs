//! Whatever kills a test's process ends it, and takes its mount away.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gkfs_fuse::abi::Opcode;
use gkfs_fuse::{FakeFuse, Mount};

use crate::support::{mounted, until};

/// Tells the test binary to be a victim, and where it mounts.
const VICTIM: &str = "GKFS_FUSE_TEST_VICTIM";

fn victim(role: &str, place: &Path) -> Child {
    let own = std::env::current_exe().expect("our own path");
    Command::new(own)
        .args(["--exact", &format!("kill::{role}"), "--ignored", "--nocapture"])
        .env(VICTIM, place)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a victim")
}

fn builder() -> Option<gkfs_fuse::Builder> {
    let place = std::env::var_os(VICTIM)?;
    let builder = FakeFuse::builder().deadline(Duration::from_secs(36_000));
    Some(match place.is_empty() {
        true => builder,
        false => builder.mount(Mount::At(place.into())),
    })
}

/// Reads until the victim says this; returns whether it did.
fn says(victim: &mut Child, word: &str) -> bool {
    let out = victim.stdout.take().expect("its output");
    let mut lines = BufReader::new(out).lines();
    lines.any(|line| line.is_ok_and(|line| line.contains(word)))
}

/// Waits for its end, which comes at once unless it sleeps where no signal reaches it.
fn ends(victim: &mut Child) {
    let pid = victim.id();
    let end = Instant::now() + Duration::from_secs(120);
    while victim.try_wait().expect("a child of ours").is_none() {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(Instant::now() < end, "killed, and still there: {state}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[ignore = "a victim of the other tests"]
fn waits_for_ever() {
    let Some(builder) = builder() else {
        return;
    };
    let fake = builder.start().expect("a server");
    let held = fake.expect(Opcode::Lookup).hold();
    let path = fake.path().join("never");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _held = held.wait().expect("a lookup");
            println!("held");
            std::io::stdout().flush().expect("an output");
            std::thread::sleep(Duration::from_secs(36_000));
        });
        // The thread that is killed sleeps in the kernel, in a call that the server has taken.
        let _: std::io::Result<_> = std::fs::metadata(path);
    });
}

#[test]
#[ignore = "a victim of the other tests"]
fn goes_on_and_on() {
    while let Some(builder) = builder() {
        let fake = builder.start().expect("a server");
        let _: std::io::Result<()> = std::fs::write(fake.path().join("file"), "contents");
        let _: std::io::Result<_> = std::fs::read(fake.path().join("file"));
        fake.stop();
    }
}

fn usable() -> bool {
    match FakeFuse::builder().start() {
        Ok(_) => true,
        Err(error) => {
            println!("SKIP: {error}");
            false
        }
    }
}

fn places() -> Vec<std::path::PathBuf> {
    let kept = tempfile::tempdir().expect("a directory").keep();
    if rustix::process::geteuid().is_root() {
        vec!["".into(), kept]
    } else {
        println!("SKIP: only root can mount at a place, so that is not tried");
        std::fs::remove_dir(kept).expect("an empty directory");
        vec!["".into()]
    }
}

#[test]
fn a_caller_that_waits_for_its_own_server_can_be_killed() {
    if !usable() {
        return;
    }
    for place in places() {
        let mut victim = victim("waits_for_ever", &place);
        assert!(says(&mut victim, "held"));
        victim.kill().expect("a process to kill");
        ends(&mut victim);
        gone(&place);
    }
}

#[test]
fn a_kill_at_any_moment_leaves_no_mount() {
    if !usable() {
        return;
    }
    let mut random = fastrand::Rng::with_seed(7);
    for place in places() {
        for _ in 0..25 {
            let mut victim = victim("goes_on_and_on", &place);
            std::thread::sleep(Duration::from_micros(random.u64(0..30_000)));
            victim.kill().expect("a process to kill");
            ends(&mut victim);
            if !place.as_os_str().is_empty() {
                until("nothing is mounted any more", || !mounted(&place));
            }
        }
        gone(&place);
    }
}

fn gone(place: &Path) {
    if !place.as_os_str().is_empty() {
        until("nothing is mounted any more", || !mounted(place));
        std::fs::remove_dir(place).expect("an empty directory");
    }
}
