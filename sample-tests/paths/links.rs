//! Symbolic links, which GekkoFS's own client does not make, and links outside that lead in.

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// A link is followed, relative and absolute.
#[gkfs_harness::test(tags("paths", "posix"))]
fn followed(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Symlink);
    let mount = &daemon.mountdir();
    session.mkdir(mount.join("dir"), 0o755);
    create_with(session, mount.join("dir/file"), "content");
    assert_eq!(session.symlink("dir", mount.join("relative")).retval, 0);
    assert_eq!(
        session
            .symlink(mount.join("dir/file"), mount.join("absolute"))
            .retval,
        0
    );

    assert_eq!(content(session, mount.join("relative/file")), "content");
    assert_eq!(content(session, mount.join("absolute")), "content");
    assert!(session.lstat(mount.join("absolute")).statbuf.is_symlink());
    assert_eq!(
        session.readlink(mount.join("relative"), None).target.to_string(),
        "dir"
    );
}

/// Links that lead to each other end in an error.
#[gkfs_harness::test(tags("paths", "posix", "errno"))]
fn in_a_circle(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Symlink);
    let (one, two) = (daemon.mountdir().join("one"), daemon.mountdir().join("two"));
    assert_eq!(session.symlink("two", &one).retval, 0);
    assert_eq!(session.symlink("one", &two).retval, 0);
    assert_eq!(session.stat(&one).errno, libc::ELOOP);
}

/// A link to nothing exists itself, but not what it names.
#[gkfs_harness::test(tags("paths", "posix", "errno"))]
fn dangling(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Symlink);
    let link = daemon.mountdir().join("link");
    assert_eq!(session.symlink("nowhere", &link).retval, 0);
    assert_eq!(session.stat(&link).errno, libc::ENOENT);
    assert!(session.lstat(&link).statbuf.is_symlink());
    assert_eq!(session.unlink(&link).retval, 0);
    assert_eq!(session.lstat(&link).errno, libc::ENOENT);
}

/// A link inside that leads out reads what lies outside.
#[gkfs_harness::test(tags("paths", "posix"))]
fn leading_out(workspace: &Workspace, daemon: &Daemon, session: &Session) -> TestResult {
    require(session, daemon.mountdir(), Cap::Symlink);
    let outside = workspace.tmpdir().join("outside");
    std::fs::write(&outside, "outside")?;
    let link = daemon.mountdir().join("link");
    assert_eq!(session.symlink(&outside, &link).retval, 0);
    assert_eq!(content(session, &link), "outside");
    Ok(())
}
