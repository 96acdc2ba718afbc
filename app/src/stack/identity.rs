//! Which build of a file this is: what a result must name to mean anything later.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use object::read::ReadCache;
use object::{Object, read};

/// Returns the linker's build-id of an ELF file, or else a hash of its bytes (`xxh3:…`: the same bytes are
/// the same build).
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn build_id(path: &Path) -> std::io::Result<String> {
    // The cache reads only the headers and the note, not a debug build's hundreds of megabytes.
    let cache = ReadCache::new(File::open(path)?);
    let note = read::File::parse(&cache)
        .ok()
        .and_then(|elf| elf.build_id().ok().flatten().map(hex));
    match note {
        Some(id) => Ok(id),
        None => hash(path),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = BufReader::new(File::open(path)?);
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    let mut block = vec![0; 64 * 1024];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(format!("xxh3:{:032x}", hasher.digest128())),
            n => hasher.update(&block[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_without_a_note_are_known_by_their_hash() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let [a, b, c] = ["a", "b", "c"].map(|name| dir.path().join(name));
        for (path, text) in [(&a, "one"), (&b, "one"), (&c, "two")] {
            std::fs::write(path, text).expect("write");
        }
        let id = |path: &Path| build_id(path).expect("readable");
        assert!(id(&a).starts_with("xxh3:"));
        assert_eq!(id(&a), id(&b));
        assert_ne!(id(&a), id(&c));
        assert!(build_id(&dir.path().join("none")).is_err());
    }
}
