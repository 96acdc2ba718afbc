//! Paths: how a name is found.

mod links;
mod working_directory;

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// Dots, doubled slashes and detours name the same file.
#[gkfs_harness::test(tags("paths"), params(path = ["dir/file", "./dir/file", "dir//file", "dir/./file", "dir/../dir/file", "dir/sub/../file"]))]
fn spellings(path: &str, daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    client.mkdir(mount.join("dir"), 0o755);
    client.mkdir(mount.join("dir/sub"), 0o755);
    create_with(client, mount.join("dir/file"), "content");
    assert_eq!(content(client, format!("{}/{path}", mount.display())), "content");
}

/// A path may leave the mount and come back, and one that only begins like it is another place.
#[gkfs_harness::test(tags("paths"))]
fn in_and_out(daemon: &Daemon, client: &Client) {
    let mount = &daemon.mountdir();
    let name = mount.file_name().expect("a mount has a name").to_string_lossy();
    create_with(client, mount.join("file"), "inside");
    assert_eq!(
        content(client, format!("{}/../{name}/file", mount.display())),
        "inside"
    );

    let beside = format!("{}-beside", mount.display());
    assert_eq!(client.stat(format!("{beside}/file")).errno, libc::ENOENT);
}

/// Names may hold what is not a slash, in any writing.
#[gkfs_harness::test(tags("paths"), params(name = ["with space", "naïve", "日本", "a:b", "%41", "-n", "~", "..."]))]
fn names(name: &str, daemon: &Daemon, client: &Client) {
    let file = daemon.mountdir().join(name);
    create_with(client, &file, "content");
    assert_eq!(content(client, &file), "content");
    assert_eq!(sample_tests::names(&client.readdir(daemon.mountdir())), [name]);
}

/// A name that is too long is refused, the longest is not.
#[gkfs_harness::test(tags("paths", "posix", "errno"))]
fn long_names(daemon: &Daemon, client: &Client, session: &Session) {
    require(session, daemon.mountdir(), Cap::NameMax);
    assert_eq!(
        client
            .mkdir(daemon.mountdir().join("n".repeat(255)), 0o755)
            .retval,
        0
    );
    assert_eq!(
        client.mkdir(daemon.mountdir().join("n".repeat(256)), 0o755).errno,
        libc::ENAMETOOLONG
    );
}
