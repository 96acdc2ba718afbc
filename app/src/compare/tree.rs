//! The workspaces of two attempts, as lines to be compared: which files they hold, and how large those are that the test
//! made.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path};

use gkfs_runner::record::log_name;

use super::logs::Log;
use crate::mounts::Mounts;

/// More entries are not compared.
const MOST: usize = 100_000;

/// Lists a workspace. What daemons keep for themselves, and how long logs are, differs without meaning anything.
pub(super) fn read(workspace: &Path) -> Log {
    let mut log = Log::default();
    let mounts = Mounts::below(workspace);
    let mut waiting = vec![workspace.to_owned()];
    while let Some(dir) = waiting.pop() {
        let entries = fs::read_dir(&dir).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| !mounts.hold(&entry.path())) {
            let path = entry.path();
            let (Ok(meta), Ok(below)) = (entry.metadata(), path.strip_prefix(workspace)) else {
                continue;
            };
            // Compressed or not, it is the same log.
            let named = log_name(below.to_owned());
            let shown = named.to_string_lossy();
            if meta.is_dir() {
                log.lines.push(format!("{shown}/"));
                if !is_of_daemon(below) {
                    waiting.push(path.clone());
                }
            } else if is_in(below, "logs") || is_of_daemon(below) {
                log.lines.push(shown.into_owned());
            } else {
                log.lines.push(format!("{shown}  {} bytes", meta.len()));
            }
        }
        if log.lines.len() > MOST {
            log.limit = Some(format!("the first {MOST} entries"));
            break;
        }
    }
    log.lines.sort();
    log.lines.truncate(MOST);
    log
}

/// Of an attempt that passed the daemons' directories do not stay: where only one has them, that is no difference.
pub(super) fn level(left: &mut Log, right: &mut Log) {
    let has_roots = |log: &Log| log.lines.iter().any(|line| is_root(line));
    if has_roots(left) != has_roots(right) {
        for log in [left, right] {
            log.lines.retain(|line| !is_root(line));
        }
    }
}

fn is_root(line: &str) -> bool {
    let first = line.split('/').next().unwrap_or_default();
    line.contains('/') && (first == "root" || first == "oracle" || first.starts_with("root-"))
}

fn is_in(below: &Path, dir: &str) -> bool {
    below.components().next() == Some(Component::Normal(OsStr::new(dir)))
}

/// Whether something lies in a daemon's root, and is no chunk.
fn is_of_daemon(below: &Path) -> bool {
    let mut parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    let is_root = parts
        .next()
        .is_some_and(|first| first == "root" || first.starts_with("root-"));
    is_root && parts.next().is_some_and(|second| second != "chunks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_made_is_told_with_its_size_and_what_daemons_keep_is_not() {
        let dir = tempfile::tempdir().expect("temporary directory");
        for made in [
            "logs",
            "root/chunks/a",
            "root/metadata/deep",
            "root-1/rocksdb",
            "tmp",
        ] {
            fs::create_dir_all(dir.path().join(made)).expect("a directory");
        }
        for (file, bytes) in [
            ("logs/gkfs_daemon.log", 7),
            ("root/chunks/a/0", 5),
            ("root/metadata/deep/data.mdb", 4096),
            ("tmp/x", 2),
        ] {
            fs::write(dir.path().join(file), vec![0; bytes]).expect("write");
        }
        assert_eq!(
            read(dir.path()).lines,
            [
                "logs/",
                "logs/gkfs_daemon.log",
                "root-1/",
                "root-1/rocksdb/",
                "root/",
                "root/chunks/",
                "root/chunks/a/",
                "root/chunks/a/0  5 bytes",
                "root/metadata/",
                "tmp/",
                "tmp/x  2 bytes",
            ]
        );
    }
}
