//! Every way a test can end, on purpose. Run it with `gkfs-bench run showcase --retries 1`.

use std::process::Command;

use gkfs_harness::prelude::*;
use gkfs_harness::{Error, Result};

/// Passes.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn passes(daemon: &Daemon, client: &Client) {
    assert_eq!(client.mkdir(daemon.mountdir().join("dir"), 0o755).retval, 0);
}

/// Fails: the assertion stands first, then the last steps and the ends of the logs.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn fails(daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    let reply = client.mkdir(&dir, 0o755);
    assert_eq!((reply.retval, reply.errno), (0, 0), "made a second time");
}

/// Times out: the test itself never ends, and is ended with everything it started.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase", timeout = "1s")]
fn times_out(daemon: &Daemon, client: &Client) {
    assert_eq!(client.stat(daemon.mountdir()).retval, 0);
    loop {
        std::thread::park();
    }
}

/// Leaks a process that left the test's session; it is found by its environment, named and ended.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn leaks(_daemon: &Daemon) -> TestResult {
    Command::new("setsid")
        .args(["--fork", "sleep", "1000"])
        .status()?;
    Ok(())
}

/// Its daemon crashes: the test did not ask for that, so it fails, whatever else it finds.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn crashes_its_daemon(daemon: &Daemon, client: &Client) -> TestResult {
    assert_eq!(client.stat(daemon.mountdir()).retval, 0);
    let pid = daemon.pid().ok_or("the daemon is not running")?;
    Command::new("kill").args(["-ABRT", &pid.to_string()]).status()?;
    while client.try_call(op::Stat::new(daemon.mountdir())).is_ok() {}
    Ok(())
}

/// Flakes: fails the first time, passes the second.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn flakes(daemon: &Daemon, client: &Client) {
    assert_eq!(client.stat(daemon.mountdir()).retval, 0);
    let attempt = std::env::var("GKFS_BENCH_ATTEMPT").unwrap_or_default();
    assert_ne!(attempt, "1", "the first attempt fails");
}

/// Skips, with a reason.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn skips(_workspace: &Workspace) {
    skip!("there is nothing to do today");
}

/// Changes more than it should: the list says what.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn changes_too_much(view: &Overlay) -> TestResult {
    Command::new("sh")
        .args(["-c", "echo wanted > /tmp/wanted; echo stray >> /etc/stray"])
        .status()?;
    assert_eq!(view.changes()?, ["add:/tmp/wanted"]);
    Ok(())
}

/// A fixture that cannot be had.
struct Unobtainable;

impl Fixture for Unobtainable {
    fn setup(_context: &TestContext) -> Result<Self> {
        Err(Error::Fixture {
            name: "Unobtainable",
            problem: "it is not to be had".into(),
        })
    }
}

/// Its set-up fails: an error of the harness, not of the file system.
#[gkfs_harness::test(tags("showcase"), ignore = "part of the showcase")]
fn cannot_be_set_up(_fixture: &Unobtainable) {}
