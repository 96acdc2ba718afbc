//! One namespace, spread.

use gkfs_harness::prelude::*;
use sample_tests::{content, create, create_with, names};

/// One chunk of GekkoFS, in bytes.
const CHUNK: u64 = 512 * 1024;

/// Names that land on different daemons are listed together.
#[gkfs_harness::test(tags("cluster", "metadata"))]
fn one_listing(cluster: &ClusterOf<4>, client: &Client) {
    let mut wanted = Vec::new();
    for number in 0..12 {
        let name = format!("file{number:02}");
        create(client, cluster.mountdir().join(&name));
        wanted.push(name);
    }
    assert_eq!(names(&client.readdir(cluster.mountdir())), wanted);
}

/// Each daemon that has a share of the chunks keeps it in its own root, and together they are the file.
#[gkfs_harness::test(tags("cluster", "data"))]
fn chunks_are_spread(cluster: &ClusterOf<4>, client: &Client) -> TestResult {
    let file = cluster.mountdir().join("file");
    create(client, &file);
    assert_eq!(client.write_validate(&file, 8 * CHUNK).retval, 1);

    let mut shares = Vec::new();
    for daemon in cluster.daemons() {
        shares.push(super::chunks_of(daemon, "file")?);
    }
    // A hash decides: not every daemon needs to have a share, but one that has them all spreads nothing.
    assert!(shares.iter().all(|share| share.len() < 8), "{shares:?}");
    let mut chunks = shares.concat();
    chunks.sort_unstable();
    assert_eq!(chunks, [0, 1, 2, 3, 4, 5, 6, 7]);
    Ok(())
}

/// Renaming to a name that another daemon owns keeps the content.
#[gkfs_harness::test(tags("cluster", "rename"))]
fn rename_across(cluster: &ClusterOf<4>, client: &Client) {
    let mount = cluster.mountdir();
    create_with(client, mount.join("file0"), "content");
    for number in 0..8 {
        let (old, new) = (
            mount.join(format!("file{number}")),
            mount.join(format!("file{}", number + 1)),
        );
        assert_eq!(client.rename(&old, &new).retval, 0, "rename {number}");
        assert_eq!(client.stat(&old).errno, libc::ENOENT);
    }
    assert_eq!(content(client, mount.join("file8")), "content");
    assert_eq!(names(&client.readdir(&mount)), ["file8"]);
}

/// A directory is not empty while any daemon knows of an entry.
#[gkfs_harness::test(tags("cluster", "errno"))]
fn rmdir_asks_everyone(cluster: &ClusterOf<4>, client: &Client) {
    for number in 0..6 {
        let dir = cluster.mountdir().join(format!("dir{number}"));
        assert_eq!(client.mkdir(&dir, 0o755).retval, 0);
        create(client, dir.join("entry"));
        assert_eq!(client.rmdir(&dir).errno, libc::ENOTEMPTY, "dir{number}");
        assert_eq!(client.unlink(dir.join("entry")).retval, 0);
        assert_eq!(client.rmdir(&dir).retval, 0, "dir{number}");
    }
}
