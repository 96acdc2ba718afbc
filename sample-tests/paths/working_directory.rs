//! `chdir`, `getcwd`, and relative paths.

use gkfs_harness::prelude::*;
use sample_tests::create;

/// One process changes into a directory and finds itself there.
#[gkfs_harness::test(tags("paths"))]
fn getcwd_validate(daemon: &Daemon, client: &Client) {
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    let reply = client.getcwd_validate(&dir);
    assert_eq!((reply.retval, reply.errno), (0, 0));
    assert_eq!(reply.path.to_string(), dir.to_string_lossy());
}

/// A working directory must be one.
#[gkfs_harness::test(tags("paths", "errno"))]
fn chdir_refused(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    create(client, mount.join("file"));
    assert_eq!(client.chdir(mount.join("missing")).errno, libc::ENOENT);
    assert_eq!(client.chdir(mount.join("file")).errno, libc::ENOTDIR);
}

/// A relative path starts where the process is.
#[gkfs_harness::test(tags("paths"))]
fn relative(daemon: &Daemon, session: &Session) {
    let mount = &daemon.mountdir();
    assert_eq!(session.mkdir(mount.join("dir"), 0o755).retval, 0);
    assert_eq!(session.chdir(mount.join("dir")).retval, 0);
    assert_eq!(session.mkdir("sub", 0o755).retval, 0);
    assert_eq!(session.chdir("sub").retval, 0);
    assert!(
        session
            .open("../file", libc::O_CREAT | libc::O_WRONLY, 0o644)
            .retval
            >= 0
    );
    assert!(session.stat(mount.join("dir/file")).statbuf.is_file());
    assert!(session.stat(mount.join("dir/sub")).statbuf.is_dir());
}
