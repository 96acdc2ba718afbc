//! What an open file notices of a rename.

use gkfs_harness::prelude::*;

/// A descriptor goes on with its file under the new name.
#[gkfs_harness::test(tags("rename", "posix"))]
fn descriptor_follows(daemon: &Daemon, session: &Session) {
    let (old, new) = (daemon.mountdir().join("old"), daemon.mountdir().join("new"));
    let fd = session.open(&old, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    assert_eq!(session.write(fd, "before ", 7, None).retval, 7);
    assert_eq!(session.rename(&old, &new).retval, 0);
    let after = session.write(fd, "after", 5, None);
    if after.errno == libc::ENOENT {
        skip!("the stack knows an open file by its old name only");
    }
    assert_eq!(after.retval, 5);
    assert_eq!(session.read(&new, 100).data(), b"before after");
}

/// Truncating and seeking under the new name see the file, not its history.
#[gkfs_harness::test(tags("rename"))]
fn truncate_and_seek(daemon: &Daemon, session: &Session) {
    let (old, new) = (daemon.mountdir().join("old"), daemon.mountdir().join("new"));
    let fd = session.open(&old, libc::O_CREAT | libc::O_WRONLY, 0o644).fd();
    assert_eq!(session.write(fd, "0123456789", 10, None).retval, 10);
    assert_eq!(session.close(fd).retval, 0);
    assert_eq!(session.rename(&old, &new).retval, 0);
    assert_eq!(session.lseek(&new, 0, libc::SEEK_END).retval, 10);
    assert_eq!(session.truncate(&new, 4).retval, 0);
    assert_eq!(session.lseek(&new, 0, libc::SEEK_END).retval, 4);
}
