//! Going through two directories at once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use gkfs_runner::record::log_name;

use super::{Change, Counts, Kind, Node, Side, is_of_daemon};
use crate::mounts::Mounts;

/// What is in a directory, by name; first what is a directory itself, and no `true`.
type Names = BTreeMap<(bool, OsString), [Option<Side>; 2]>;

/// A directory that is gone through.
struct Open {
    /// Its node; the workspace itself is none.
    node: Option<usize>,
    depth: usize,
    /// Its path below the workspace.
    below: PathBuf,
    left: std::collections::btree_map::IntoIter<(bool, OsString), [Option<Side>; 2]>,
}

/// Two directories, gone through as one.
pub(super) struct Walk<'a> {
    dirs: [&'a Path; 2],
    mounts: [Mounts; 2],
}

impl<'a> Walk<'a> {
    pub(super) fn new(dirs: [&'a Path; 2]) -> Walk<'a> {
        Walk {
            dirs,
            mounts: dirs.map(Mounts::below),
        }
    }

    /// Returns all that they hold, at most so many names, and whether that is not all.
    pub(super) fn all(&self, most: usize) -> (Vec<Node>, bool) {
        let mut nodes: Vec<Node> = Vec::new();
        let mut open = vec![Open {
            node: None,
            depth: 0,
            below: PathBuf::new(),
            left: self.list(Path::new(""), [true, true]).into_iter(),
        }];
        let mut is_cut = false;
        while let Some(dir) = open.last_mut() {
            let next = if is_cut { None } else { dir.left.next() };
            let Some(((_, name), sides)) = next else {
                let end = nodes.len();
                if let Some(node) = open.pop().and_then(|dir| dir.node) {
                    nodes[node].end = end;
                }
                continue;
            };
            if nodes.len() == most {
                is_cut = true;
                continue;
            }
            let (below, depth, at) = (dir.below.join(name), dir.depth, nodes.len());
            let is_dir = [0, 1].map(|side| sides[side].as_ref().is_some_and(|side| side.kind == Kind::Dir));
            if is_dir.contains(&true) && !is_of_daemon(&below) {
                open.push(Open {
                    node: Some(at),
                    depth: depth + 1,
                    left: self.list(&below, is_dir).into_iter(),
                    below: below.clone(),
                });
            }
            nodes.push(Node {
                path: below,
                depth,
                end: at + 1,
                sides,
                change: Change::Same,
                held: Counts::default(),
            });
        }
        (nodes, is_cut)
    }

    /// Lists a directory on the sides that have it.
    fn list(&self, below: &Path, on: [bool; 2]) -> Names {
        let mut names = Names::new();
        for side in [0, 1].into_iter().filter(|side| on[*side]) {
            let entries = fs::read_dir(self.dirs[side].join(below));
            for entry in entries.into_iter().flatten().flatten() {
                let path = entry.path();
                if self.mounts[side].hold(&path) {
                    continue;
                }
                // Compressed or not, it is the same log.
                let name = log_name(PathBuf::from(entry.file_name())).into_os_string();
                let Some(told) = entry.metadata().ok().map(|meta| describe(path, &meta)) else {
                    continue;
                };
                // What is a directory on one side only has one row, too: where the left one has it.
                let is_no_dir = told.kind != Kind::Dir;
                let is_other = names.contains_key(&(!is_no_dir, name.clone()));
                let key = (is_no_dir != is_other, name);
                names.entry(key).or_insert([None, None])[side] = Some(told);
            }
        }
        names
    }
}

fn describe(path: PathBuf, meta: &Metadata) -> Side {
    let kind = if meta.is_dir() {
        Kind::Dir
    } else if meta.is_symlink() {
        Kind::Link(fs::read_link(&path).unwrap_or_default())
    } else if meta.is_file() {
        Kind::File
    } else {
        Kind::Special
    };
    Side {
        kind,
        size: meta.len(),
        mode: meta.mode() & 0o7777,
        path,
    }
}
