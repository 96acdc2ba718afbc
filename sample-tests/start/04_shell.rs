//! `Shell` runs any program on the mount. `assert_success` shows the command line, the exit status and the
//! output when it fails; `parsed_stdout` takes the output of well-known commands apart.

use gkfs_harness::prelude::*;
use sample_tests::create_with;

/// `stat --terse` agrees with the operation of the same name.
#[gkfs_harness::test]
fn shell(daemon: &Daemon, client: &Client, shell: &Shell) -> TestResult {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "hello");

    let reply = shell.run("stat", args!["--terse", &file]);
    let stat: parse::Stat = reply.assert_success().parsed_stdout()?;
    assert_eq!(stat.size as i64, client.stat(&file).statbuf.st_size);
    Ok(())
}
