//! What a test binary says about its tests in the ELF section `gkfs_tests`: one JSON object a line.

use std::fs::File;
use std::path::Path;

use object::{Object as _, ObjectSection as _, ReadCache};
use serde::Deserialize;

/// Name of the section.
const SECTION: &str = "gkfs_tests";

/// One line of the section. Fields it does not know are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Entry {
    /// libtest's name of the test.
    pub(super) name: String,
    /// The name for people: `write[empty]` where libtest has `write::empty`.
    pub(super) id: Option<String>,
    /// Source file, relative to the workspace's root.
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) timeout_ms: Option<u64>,
}

/// Reads a binary's section; a binary without one, or that is no ELF file, says nothing.
pub(super) fn read(binary: &Path) -> Vec<Entry> {
    let Ok(file) = File::open(binary) else {
        return Vec::new();
    };
    let cache = ReadCache::new(file);
    let section = object::File::parse(&cache).ok().and_then(|elf| {
        let section = elf.section_by_name(SECTION)?;
        section.uncompressed_data().ok().map(std::borrow::Cow::into_owned)
    });
    parse(&section.unwrap_or_default())
}

/// Lines end in a newline or, where a linker pads them, in zeros. What is no entry is left out: the test is still
/// listed by its binary.
fn parse(section: &[u8]) -> Vec<Entry> {
    let lines = section
        .split(|byte| matches!(byte, b'\n' | 0))
        .filter(|line| !line.is_empty());
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_may_end_in_newlines_or_zeros() {
        let entries =
            parse(b"{\"name\":\"a\",\"tags\":[\"x\"],\"line\":3,\"new\":1}\n\0\0{\"name\":\"b\"}\0garbage\n");
        assert_eq!(
            entries
                .iter()
                .map(|entry| entry.name.as_str())
                .collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!((entries[0].line, entries[0].tags.len()), (Some(3), 1));
    }

    #[test]
    fn what_is_no_binary_says_nothing() {
        assert_eq!(read(Path::new("/proc/self/status")), []);
        assert_eq!(read(Path::new("/nonexistent")), []);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }
    }
}
