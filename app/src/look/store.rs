//! The chunks in a daemon's root directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a file in one chunk, as GekkoFS is built by default.
pub(super) const CHUNK: u64 = 512 * 1024;

/// Sizes of chunks, by their numbers.
pub(super) type Chunks = BTreeMap<u64, u64>;

/// Returns the root directories of a workspace's daemons: one, or those of a cluster in their order.
pub(super) fn roots(workspace: &Path) -> Vec<PathBuf> {
    let cluster: Vec<PathBuf> = (0..)
        .map(|index| workspace.join(format!("root-{index}")))
        .take_while(|root| root.is_dir())
        .collect();
    if cluster.is_empty() {
        vec![workspace.join("root")]
    } else {
        cluster
    }
}

/// Returns all chunks, by the names of their directories; of a cluster together.
pub(super) fn chunks(roots: &[PathBuf]) -> BTreeMap<String, Chunks> {
    let mut all: BTreeMap<String, Chunks> = BTreeMap::new();
    let dirs = roots
        .iter()
        .flat_map(|root| fs::read_dir(root.join("chunks")).into_iter().flatten().flatten());
    for dir in dirs.filter(|dir| dir.file_type().is_ok_and(|kind| kind.is_dir())) {
        let key = dir.file_name().to_string_lossy().into_owned();
        let chunks = all.entry(key).or_default();
        for chunk in fs::read_dir(dir.path()).into_iter().flatten().flatten() {
            let number = chunk.file_name().to_str().and_then(|name| name.parse().ok());
            if let (Some(number), Ok(meta)) = (number, chunk.metadata()) {
                *chunks.entry(number).or_default() += meta.len();
            }
        }
    }
    all
}

/// Copies a root directory: plain files and directories, and nothing else there may be. At most so many bytes.
pub(super) fn copy(from: &Path, to: &Path, most: &mut u64) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("cannot copy {}: {error}", path.display());
    fs::create_dir_all(to).map_err(|error| failed(to, error))?;
    let entries = match fs::read_dir(from) {
        // A daemon that never wrote left nothing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| failed(from, error))?,
    };
    for entry in entries {
        let entry = entry.map_err(|error| failed(from, error))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let meta = entry.metadata().map_err(|error| failed(&path, error))?;
        if meta.is_dir() {
            copy(&path, &target, most)?;
        } else if meta.is_file() {
            *most = most
                .checked_sub(meta.len())
                .ok_or("the root directory is too large to be copied for a look")?;
            fs::copy(&path, &target).map_err(|error| failed(&path, error))?;
        }
    }
    Ok(())
}
