//! Tests without side effects: real code does what it likes to the whole machine, and only the list of changes remains.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use gkfs_harness::prelude::*;

// Lets an ordinary user run them, too.
gkfs_harness::enter_user_namespace_before_main!();

/// A program installs its settings: the list says exactly what it did.
#[gkfs_harness::test]
fn a_program_installs_itself(view: &Overlay) -> TestResult {
    let script = "mkdir -p /opt/example/bin && echo 'echo hi' > /opt/example/bin/hi && \
                  chmod 755 /opt/example/bin/hi && ln -s /opt/example/bin/hi /opt/hi";
    assert!(Command::new("sh").args(["-c", script]).status()?.success());
    assert_eq!(
        view.changes()?.only(|path| path.starts_with("/opt")),
        [
            "add:/opt/example",
            "add:/opt/example/bin",
            "add:/opt/example/bin/hi",
            "add:/opt/hi"
        ]
    );
    Ok(())
}

/// What is deleted is deleted for this test alone.
#[gkfs_harness::test]
fn the_users_of_the_machine_are_gone(view: &Overlay) -> TestResult {
    fs::remove_file("/etc/passwd")?;
    assert!(fs::read("/etc/passwd").is_err());
    assert_eq!(view.changes()?, ["del:/etc/passwd"]);
    Ok(())
}

/// Modes, links and sockets are files like others.
#[gkfs_harness::test]
fn all_kinds_of_files(view: &Overlay, workspace: &Workspace) -> TestResult {
    let dir = "/tmp/gkfs-sample";
    fs::create_dir(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    symlink("nowhere", "/tmp/gkfs-sample/link")?;
    let listener = UnixListener::bind("/tmp/gkfs-sample/socket")?;
    UnixStream::connect("/tmp/gkfs-sample/socket")?;
    drop(listener);
    // The test's own directory is real: nothing in it is a change.
    fs::write(workspace.tmpdir().join("real"), "")?;
    assert_eq!(
        view.changes()?,
        [
            "add:/tmp/gkfs-sample",
            "add:/tmp/gkfs-sample/link",
            "add:/tmp/gkfs-sample/socket"
        ]
    );
    Ok(())
}

/// A view in a view: the inner one reports its own changes alone, and goes back to the outer one's state.
#[gkfs_harness::test]
fn an_inner_view_is_an_undo(view: &Overlay) -> TestResult {
    fs::write("/etc/gkfs-sample.conf", "one")?;
    let inner = gkfs_harness::overlay::push()?;
    fs::write("/etc/gkfs-sample.conf", "two")?;
    assert_eq!(inner.changes()?, ["mod:/etc/gkfs-sample.conf"]);
    inner.pop()?;
    assert_eq!(fs::read_to_string("/etc/gkfs-sample.conf")?, "one");
    assert_eq!(view.changes()?, ["add:/etc/gkfs-sample.conf"]);
    Ok(())
}

/// A disk that is full, without a disk.
#[gkfs_harness::test]
fn a_full_disk(_view: &Overlay) -> TestResult {
    let small = gkfs_harness::overlay::Builder::new()
        .limit_bytes(64 << 10)
        .push()?;
    let error = fs::write("/etc/gkfs-sample.conf", vec![0; 1 << 20]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    drop(small);
    Ok(())
}

/// A file system runs in the view: the daemon's files are the test's own, and nothing else has changed.
#[gkfs_harness::test]
fn a_daemon_writes_in_its_workspace_only(view: &Overlay, daemon: &Daemon, client: &Client) -> TestResult {
    assert_eq!(client.mkdir(daemon.mountdir().join("dir"), 0o755).retval, 0);
    let changes = view.changes()?;
    assert!(changes.is_empty(), "{:?}", changes.to_strings());
    Ok(())
}
