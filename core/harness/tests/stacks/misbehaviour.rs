//! Daemons that do not do what daemons do: each is one message with the thing and what it said.

use std::time::Duration;

use gkfs_harness::prelude::*;

use crate::bed;

/// What a daemon does that gets ready.
const READY: &str = "echo '[26-11-22 03:05:47.390691] 1 [I][main] Startup successful. Daemon is ready.' \
                     >> $GKFS_DAEMON_LOG_PATH\n";

fn start(script: &str, patience: Duration) -> gkfs_harness::Result<Daemon> {
    let bench = bed::scripts(&[("gkfs_daemon", script)]);
    Daemon::start_with(&bench, DaemonOptions::default().ready_within(patience))
}

fn long() -> Duration {
    Duration::from_secs(20)
}

#[test]
fn one_that_dies_before_it_is_ready_is_quoted() {
    let script = "echo 'bad option' >&2; echo 'last words' > $GKFS_DAEMON_LOG_PATH; exit 3";
    let error = start(script, long()).unwrap_err().to_string();
    for part in [
        "ended before it was ready",
        "exit status 3",
        "bad option",
        "last words",
        "--rootdir",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn one_that_never_gets_ready_is_not_waited_for_longer() {
    let error = start("exec sleep 1000", Duration::from_millis(200))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the daemon was not ready after 0.2 s"),
        "{error}"
    );
}

#[test]
fn one_whose_port_is_taken_gets_another() {
    let script = format!(
        "if [ ! -e tried ]; then touch tried; echo 'Could not initialize hg_class with protocol' >&2; exit 1; fi\n\
         {READY} exec sleep 1000"
    );
    let daemon = start(&script, long()).unwrap();
    assert!(daemon.is_running());
    daemon.kill().unwrap();
}

#[test]
fn one_that_fails_at_its_end_fails_the_test() {
    let script = format!("trap 'echo assertion >&2; exit 1' TERM\n{READY} sleep 1000 & wait");
    let error = start(&script, long())
        .unwrap()
        .shutdown()
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the daemon did not end with status 0"),
        "{error}"
    );
    assert!(
        error.contains("exit status 1") && error.contains("assertion"),
        "{error}"
    );
}

#[test]
fn a_stack_without_a_daemon_says_where_it_was_looked_for() {
    let error = Daemon::start(&bed::scripts(&[])).unwrap_err().to_string();
    assert!(
        error.starts_with("no gkfs_daemon in the stack `scripts`"),
        "{error}"
    );
}
