//! `FileFactory` makes files outside the file system, of any size, with content that is the same in every
//! run of the same seed. A test that returns `TestResult` may use `?`.

use gkfs_harness::prelude::*;

/// A file of two and a half chunks survives the way in and out.
#[gkfs_harness::test]
fn files(daemon: &Daemon, files: &FileFactory, shell: &Shell) -> TestResult {
    let original = files.create("original", "1280K")?;
    let inside = daemon.mountdir().join("inside");
    let back = files.dir().join("back");

    shell.cp([original.path(), &inside]).assert_success();
    shell.cp([&inside, &back]).assert_success();
    assert_eq!(std::fs::read(&back)?, std::fs::read(original.path())?);
    Ok(())
}
