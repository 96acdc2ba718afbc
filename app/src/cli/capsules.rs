//! Capsules that were opened: each once, in the cache, until others need the room.

use std::fs;
use std::hash::Hasher as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gkfs_runner::record::capsule::{self, CapsuleError, MARK};

use crate::{CommandError, Env};

/// So many stay open; the one that was looked at longest ago goes first.
const MOST: usize = 8;

/// Returns the directory of the run in a capsule, which is opened if it is not yet.
///
/// # Errors
/// It is none, or nothing can be written.
pub(super) fn open(file: &Path, env: &Env) -> Result<PathBuf, CommandError> {
    let cache = cache(env);
    let content = hash(file).map_err(|source| CapsuleError::Io {
        what: "read",
        path: file.to_owned(),
        source,
    });
    let dir = cache.join(content.map_err(CommandError::usage)?);
    if !dir.join(MARK).is_file() {
        make_room(&cache);
        match capsule::unpack(file, &dir) {
            Ok(_) => {}
            // Somebody else was quicker; what is there came from the same bytes.
            Err(_) if dir.join(MARK).is_file() => {}
            Err(error) => return Err(CommandError::usage(error)),
        }
    }
    // When it was last looked at.
    let now = fs::File::open(dir.join(MARK)).and_then(|mark| mark.set_modified(SystemTime::now()));
    drop(now);
    Ok(dir)
}

fn cache(env: &Env) -> PathBuf {
    let home = || env.var("HOME").map(|home| Path::new(home).join(".cache"));
    let cache = env.var("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    cache
        .unwrap_or_else(std::env::temp_dir)
        .join("gkfs-bench/capsules")
}

/// The same bytes are the same capsule, wherever they lie.
fn hash(file: &Path) -> io::Result<String> {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    let mut opened = fs::File::open(file)?;
    let mut block = vec![0; 256 * 1024];
    loop {
        match opened.read(&mut block)? {
            0 => return Ok(format!("{:032x}", hasher.digest128())),
            read => hasher.write(&block[..read]),
        }
    }
}

/// Removes what was looked at longest ago. What cannot be removed is in nobody's way.
fn make_room(cache: &Path) {
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    let looked_at = |dir: &Path| fs::metadata(dir.join(MARK)).and_then(|meta| meta.modified()).ok();
    let mut opened: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| Some((looked_at(&entry.path())?, entry.path())))
        .collect();
    opened.sort();
    for (_, dir) in opened.iter().take((opened.len() + 1).saturating_sub(MOST)) {
        let _: io::Result<()> = fs::remove_dir_all(dir);
    }
}
