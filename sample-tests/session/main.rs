//! Sessions: many operations of one process, which keeps what it opened.

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// A descriptor lives from one operation to the next.
#[gkfs_harness::test(tags("descriptors"))]
fn descriptors_stay_open(daemon: &Daemon, session: &Session) {
    let file = daemon.mountdir().join("file");
    let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
    for word in ["one ", "two ", "three"] {
        assert_eq!(
            session.write(fd, word, word.len() as u64, None).retval,
            word.len() as i64
        );
    }
    assert_eq!(session.lseek(fd, 4, libc::SEEK_SET).retval, 4);
    assert_eq!(session.read(fd, 3).data(), b"two");
}

/// A session and a process of its own see the same file at once.
#[gkfs_harness::test(tags("data"))]
fn beside_a_process(daemon: &Daemon, client: &Client, session: &Session) {
    let file = daemon.mountdir().join("file");
    create_with(client, &file, "from the process");
    assert_eq!(session.read(&file, 100).data(), b"from the process");
    let fd = session.open(&file, libc::O_WRONLY | libc::O_TRUNC, None).fd();
    assert_eq!(session.write(fd, "from the session", 16, None).retval, 16);
    assert_eq!(content(client, &file), "from the session");
}

/// The umask of a session stays with it.
#[gkfs_harness::test(tags("metadata", "posix"))]
fn umask(daemon: &Daemon, session: &Session) {
    require(session, daemon.mountdir(), Cap::Umask);
    session.umask(0o027);
    let dir = daemon.mountdir().join("dir");
    assert_eq!(session.mkdir(&dir, 0o777).retval, 0);
    assert_eq!(session.stat(&dir).statbuf.permissions(), 0o750);
}

/// Some hundred operations take one process.
#[gkfs_harness::test(tags("data"))]
fn many_operations(daemon: &Daemon, session: &Session) {
    for number in 0..200 {
        let file = daemon.mountdir().join(format!("file{number}"));
        let fd = session.open(&file, libc::O_CREAT | libc::O_WRONLY, 0o644).fd();
        assert_eq!(session.pwrite(fd, "x", 1, number).retval, 1);
        assert_eq!(session.close(fd).retval, 0);
        assert_eq!(session.stat(&file).statbuf.st_size, number + 1);
    }
}
