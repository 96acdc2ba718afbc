//! Several daemons that make one file system.

mod killed;
mod stopped;
mod together;

use gkfs_harness::{Daemon, TestResult};

/// Numbers of the chunks that a daemon keeps of a file: its root holds `chunks/<path with : for />/<number>`, unless it
/// has none.
fn chunks_of(daemon: &Daemon, path: &str) -> TestResult<Vec<u64>> {
    let directory = daemon.rootdir().join("chunks").join(path.replace('/', ":"));
    let mut chunks = Vec::new();
    if !directory.exists() {
        return Ok(chunks);
    }
    for entry in std::fs::read_dir(directory)? {
        chunks.push(entry?.file_name().to_string_lossy().parse()?);
    }
    Ok(chunks)
}
