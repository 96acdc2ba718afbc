//! A `ClusterOf<N>` is `N` daemons that make one file system: files and chunks are spread over them.

use gkfs_harness::prelude::*;

/// A file of eight chunks is spread over four daemons and reads back whole.
#[gkfs_harness::test(tags("cluster"))]
fn cluster(cluster: &ClusterOf<4>, client: &Client) {
    let file = cluster.mountdir().join("file");
    sample_tests::create(client, &file);
    assert_eq!(client.write_validate(&file, 8 * 512 * 1024).retval, 1);
}
