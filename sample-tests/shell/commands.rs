//! Single commands.

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// `cp` brings a file into the mount.
#[gkfs_harness::test(tags("shell"))]
fn cp(daemon: &Daemon, client: &Client, files: &FileFactory, shell: &Shell) -> TestResult {
    let original = files.create("original", "20kB")?;
    let copy = daemon.mountdir().join("copy");
    shell.cp([original.path(), &copy]).assert_success();
    assert_eq!(client.stat(&copy).statbuf.st_size, original.size() as i64);
    Ok(())
}

/// `mv` within the mount renames.
#[gkfs_harness::test(tags("shell", "rename"))]
fn mv(daemon: &Daemon, client: &Client, shell: &Shell) {
    let (old, new) = (daemon.mountdir().join("old"), daemon.mountdir().join("new"));
    create_with(client, &old, "content");
    shell.mv([&old, &new]).assert_success();
    assert_eq!(client.stat(&old).errno, libc::ENOENT);
    assert_eq!(content(client, &new), "content");
}

/// `ls` of a missing file fails, and says which.
#[gkfs_harness::test(tags("shell", "errno"))]
fn ls_missing(daemon: &Daemon, shell: &Shell) {
    let reply = shell.ls(&[daemon.mountdir().join("missing")]);
    assert_ne!(reply.code(), Some(0));
    assert!(reply.stderr().contains("missing"), "{}", reply.stderr());
}

/// `stat --terse`, taken apart.
#[gkfs_harness::test(tags("shell", "metadata"))]
fn stat(daemon: &Daemon, client: &Client, shell: &Shell) -> TestResult {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "12345");
    let reply = shell.run("stat", args!["--terse", &file]);
    let stat: parse::Stat = reply.assert_success().parsed_stdout()?;
    assert_eq!(stat.size, 5);
    Ok(())
}

/// `wc` counts what was written.
#[gkfs_harness::test(tags("shell", "data"))]
fn wc(daemon: &Daemon, client: &Client, shell: &Shell) -> TestResult {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "one two\nthree\n");
    let reply = shell.wc([&file]);
    let counts: parse::Counts = reply.assert_success().parsed_stdout()?;
    assert_eq!((counts.lines, counts.words, counts.bytes), (2, 3, 14));
    Ok(())
}
