//! A tree as it can be seen, and in what two of them differ.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use gkfs_overlay::{Detail, Kind};

/// What is seen of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    mode: u32,
    owner: (u32, u32),
    device: u64,
    content: Vec<u8>,
    xattr: Option<Vec<u8>>,
    /// Of what is no directory.
    modified: Option<(i64, i64)>,
}

pub(super) type Tree = BTreeMap<PathBuf, Seen>;

pub(super) fn tree(root: &Path) -> Tree {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let mut content = Vec::new();
            if meta.is_dir() {
                waiting.push(path.clone());
            } else if meta.is_symlink() {
                content = fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes();
            } else if meta.is_file() {
                content = fs::read(&path).unwrap();
            }
            let mut value = vec![0; 16];
            let xattr = rustix::fs::lgetxattr(&path, "user.colour", &mut *value).ok();
            let seen = Seen {
                mode: meta.mode(),
                owner: (meta.uid(), meta.gid()),
                device: meta.rdev(),
                content,
                xattr: xattr.map(|length| value[..length].to_vec()),
                modified: (!meta.is_dir()).then(|| (meta.mtime(), meta.mtime_nsec())),
            };
            found.insert(Path::new("/").join(path.strip_prefix(root).unwrap()), seen);
        }
    }
    found
}

/// The same without times: what is done to two trees is done at two moments.
pub(super) fn timeless(mut tree: Tree) -> Tree {
    for seen in tree.values_mut() {
        seen.modified = None;
    }
    tree
}

/// All that came, went or changed, and in what it did.
pub(super) fn difference(before: &Tree, after: &Tree) -> Vec<(Kind, PathBuf, Vec<Detail>)> {
    let mut all = Vec::new();
    for (path, was) in before {
        match after.get(path) {
            None => all.push((Kind::Del, path.clone(), Vec::new())),
            Some(is) if is != was => all.push((Kind::Mod, path.clone(), details(was, is))),
            Some(_) => {}
        }
    }
    let added = after.keys().filter(|path| !before.contains_key(*path));
    all.extend(added.map(|path| (Kind::Add, path.clone(), Vec::new())));
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

fn details(was: &Seen, is: &Seen) -> Vec<Detail> {
    if kind(was) != kind(is) {
        return vec![Detail::Type];
    }
    let differs = [
        (
            (&was.content, was.device) != (&is.content, is.device),
            Detail::Content,
        ),
        (was.mode != is.mode, Detail::Mode),
        (was.owner != is.owner, Detail::Owner),
        (was.xattr != is.xattr, Detail::Xattr),
        (was.modified != is.modified, Detail::Times),
    ];
    let found = differs.into_iter().filter(|(differs, _)| *differs);
    found.map(|(_, detail)| detail).collect()
}

/// The type, of its mode.
pub(super) fn kind(seen: &Seen) -> u32 {
    seen.mode & 0o170_000
}
