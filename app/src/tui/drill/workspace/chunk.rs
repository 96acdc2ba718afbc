//! The directories in which GekkoFS keeps the contents of files.
//!
//! Those of `/a/b` are in `root/chunks/a:b/`, in files named by the number of the chunk. The embedded daemon ends a
//! name with `~` and the number of the node where the path alone would not tell two files apart.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes of a file in one chunk, as GekkoFS is built by default.
pub(crate) const CHUNK: u64 = 512 * 1024;

/// What a directory of chunks, or a file in it, holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui::drill) struct Chunk {
    /// The path in the file system when the file was made.
    pub(in crate::tui::drill) path: String,
    /// The number of the node, where the name tells it.
    pub(in crate::tui::drill) node: Option<u64>,
    /// The chunk's number; none is the whole directory.
    pub(in crate::tui::drill) number: Option<u64>,
}

/// Decodes a path below a workspace.
pub(in crate::tui::drill) fn chunk(relative: &Path) -> Option<Chunk> {
    let names: Vec<&OsStr> = relative.iter().collect();
    let (root, key, number) = match *names.as_slice() {
        [root, chunks, key] if chunks == "chunks" => (root, key, None),
        [root, chunks, key, number] if chunks == "chunks" => {
            (root, key, Some(number.to_str()?.parse().ok()?))
        }
        _ => return None,
    };
    if root != "root" && !root.as_bytes().starts_with(b"root-") {
        return None;
    }
    let (path, node) = decode(&key.to_string_lossy());
    Some(Chunk { path, node, number })
}

/// Returns the path that the name of a chunk directory stands for, and the node's number if it ends in one.
pub(crate) fn decode(key: &str) -> (String, Option<u64>) {
    let node = key.rsplit_once('~').and_then(|(path, node)| {
        let number = u64::from_str_radix(node, 16).ok()?;
        Some((path, number))
    });
    let (path, node) = node.map_or((key, None), |(path, node)| (path, Some(node)));
    (format!("/{}", path.replace(':', "/")), node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_directories_have_their_paths() {
        let of = |path: &str| chunk(Path::new(path)).map(|it| (it.path, it.node, it.number));
        assert_eq!(
            of("root/chunks/top:file_a/3"),
            Some(("/top/file_a".to_owned(), None, Some(3)))
        );
        assert_eq!(of("root-2/chunks/f"), Some(("/f".to_owned(), None, None)));
        assert_eq!(
            of("root/chunks/a:b~1f/0"),
            Some(("/a/b".to_owned(), Some(0x1f), Some(0)))
        );
        assert_eq!(of("root/chunks/save~"), Some(("/save~".to_owned(), None, None)));
        assert_eq!(of("root/chunks"), None);
        assert_eq!(of("tmp/chunks/f"), None);
        assert_eq!(of("rooted/chunks/f"), None);
        assert_eq!(of("root/chunks/f/notes"), None);
    }
}
