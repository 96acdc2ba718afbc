//! A daemon that does not answer.

use std::time::Duration;

use gkfs_harness::prelude::*;

/// A client waits for a stopped daemon until its deadline, and goes on when the daemon does.
#[gkfs_harness::test(tags("cluster"))]
fn client_waits(daemon: &Daemon, client: &Client) -> TestResult {
    daemon.stop()?;
    let impatient = client.timeout(Duration::from_millis(300));
    let late = impatient.try_call(op::Stat::new(daemon.mountdir()));
    daemon.cont()?;

    let error = late.expect_err("a stopped daemon answers nothing").to_string();
    assert!(error.contains("stat"), "{error}");
    assert_eq!(client.stat(daemon.mountdir()).retval, 0);
    Ok(())
}
