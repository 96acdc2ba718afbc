//! A script is several lines of shell, with the file system in place of the directory. Whole files of them
//! can be tests, too: see `scripts/`. A shell forks for a pipe; `require` skips the test, with the reason,
//! where the file system's client does not follow it there.

use gkfs_harness::prelude::*;

/// Redirections, pipes and tests work on the mount.
#[gkfs_harness::test(tags("posix"))]
fn script(daemon: &Daemon, session: &Session, shell: &Shell) {
    require(session, daemon.mountdir(), Cap::Fork);
    let code = format!(
        "cd {}
         seq 1 100 > numbers
         grep 7 numbers | wc -l > count
         [ $(cat count) -eq 19 ]",
        daemon.mountdir().display()
    );
    shell.script(&code).assert_success();
}
