//! Which daemon owns what: by hash, so that every client and daemon agrees without asking.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// The daemon that owns a path's directory entry; the mount's root belongs to the first.
///
/// `daemons` is the number of lines in the hosts file and must not be 0.
pub fn path_owner(path: &[u8], daemons: usize) -> usize {
    if path == b"/" {
        0
    } else {
        (xxh3_64(path) % daemons as u64) as usize
    }
}

/// The daemon that owns a chunk of the file whose chunk directories are called `key`.
///
/// Neighbouring chunks go to neighbouring daemons: a file of as many chunks as there are daemons uses all.
pub fn chunk_owner(key: &[u8], chunk: u64, daemons: usize) -> usize {
    (xxh3_64_with_seed(key, 1).wrapping_add(chunk) % daemons as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_daemon_owns_everything() {
        assert_eq!((path_owner(b"/a", 1), chunk_owner(b"a", 9, 1)), (0, 0));
    }

    #[test]
    fn as_many_chunks_as_daemons_use_every_daemon() {
        let mut owners: std::vec::Vec<_> = (0..4).map(|chunk| chunk_owner(b"dir:file", chunk, 4)).collect();
        owners.sort_unstable();
        assert_eq!(owners, [0, 1, 2, 3]);
    }
}
