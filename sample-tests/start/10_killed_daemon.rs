//! A test may break things: a daemon that the test kills is no failure, one that dies on its own is.

use gkfs_harness::prelude::*;

/// A daemon that was killed can be started again. How much it kept is up to its GekkoFS.
#[gkfs_harness::test]
fn killed_daemon(daemon: &Daemon, client: &Client) -> TestResult {
    let dir = daemon.mountdir().join("dir");
    assert_eq!(client.mkdir(&dir, 0o755).retval, 0);

    daemon.kill()?;
    let error = client.try_call(op::Stat::new(&dir)).expect_err("nobody answers");
    log!(info, "without a daemon: {error}");

    daemon.restart()?;
    assert_eq!(client.mkdir(dir.with_file_name("other"), 0o755).retval, 0);
    Ok(())
}
