//! Which file belongs to which tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gkfs_runner::discover::{Discovery, Group};
use gkfs_runner::event::SourceKind;

/// What a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Touched {
    /// No test.
    Nothing,
    /// These: ids of tests and names of groups.
    Some(BTreeSet<String>),
    /// Every test.
    All,
}

/// Where tests are. The nearest directory decides.
#[derive(Debug, Clone, Default)]
pub(super) struct Map {
    /// Files and directories on which every test depends.
    pub(super) everything: Vec<PathBuf>,
    /// Directories, each with the groups that are made of what is in them.
    dirs: Vec<(PathBuf, BTreeSet<String>)>,
    /// Scripts, each a test.
    scripts: Vec<(PathBuf, String)>,
}

impl Map {
    /// Takes note of what was found.
    pub(super) fn found(&mut self, discovery: &Discovery) {
        let (mut dirs, mut packages) = (Vec::new(), Vec::new());
        for group in &discovery.groups {
            let dir = if group.path.is_dir() {
                group.path.as_path()
            } else {
                group.path.parent().unwrap_or(&group.path)
            };
            add(&mut dirs, dir, &group.name);
            if group.source == SourceKind::Rust
                && let Some(package) = package(dir)
            {
                add(&mut packages, package, &group.name);
            }
        }
        // What else lies in a package, as a module that its tests share, belongs to all of them.
        for (dir, groups) in packages {
            groups.iter().for_each(|group| add(&mut dirs, &dir, group));
        }
        self.dirs = dirs;
        let script = |at: usize| discovery.groups.get(at).is_some_and(is_script);
        let scripts = discovery.tests.iter().filter(|test| script(test.group));
        self.scripts = scripts
            .filter_map(|test| Some((test.file.clone()?, test.id.clone())))
            .collect();
    }

    /// Returns what a change of these files touches.
    pub(super) fn touched(&self, paths: &BTreeSet<PathBuf>) -> Touched {
        let mut touched = BTreeSet::new();
        for path in paths {
            if self.everything.iter().any(|it| path.starts_with(it)) {
                return Touched::All;
            }
            if let Some((_, id)) = self.scripts.iter().find(|(file, _)| file == path) {
                touched.insert(id.clone());
                continue;
            }
            let above = self.dirs.iter().filter(|(dir, _)| path.starts_with(dir));
            if let Some((_, groups)) = above.max_by_key(|(dir, _)| dir.components().count()) {
                touched.extend(groups.iter().cloned());
            }
        }
        if touched.is_empty() {
            Touched::Nothing
        } else {
            Touched::Some(touched)
        }
    }
}

fn is_script(group: &Group) -> bool {
    group.source == SourceKind::Script
}

fn add(dirs: &mut Vec<(PathBuf, BTreeSet<String>)>, dir: &Path, group: &str) {
    match dirs.iter_mut().find(|(known, _)| known == dir) {
        Some((_, groups)) => groups.extend([group.to_owned()]),
        None => dirs.push((dir.to_owned(), BTreeSet::from([group.to_owned()]))),
    }
}

fn package(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.join("Cargo.toml").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(root: &Path) -> Map {
        let group = |name: &str, source, path: &str| Group {
            name: name.to_owned(),
            source,
            path: root.join(path),
            settings: gkfs_runner::GroupSettings::default(),
            error: None,
            made_of: Vec::new(),
        };
        let mut map = Map {
            everything: vec![root.join("gkfs-bench.toml")],
            ..Map::default()
        };
        map.found(&Discovery {
            groups: vec![
                group("read", SourceKind::Rust, "read/main.rs"),
                group("write", SourceKind::Rust, "write/main.rs"),
                group("scripts", SourceKind::Script, "scripts"),
            ],
            ..Discovery::default()
        });
        map.scripts = vec![(root.join("scripts/a.sh"), "scripts::a".to_owned())];
        map
    }

    #[test]
    fn the_nearest_place_decides() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        for name in ["read", "write", "scripts"] {
            std::fs::create_dir(root.join(name)).expect("a directory");
        }
        std::fs::write(root.join("Cargo.toml"), "").expect("a file");
        let map = map(root);
        let touched = |path: &str| map.touched(&BTreeSet::from([root.join(path)]));
        let some = |names: &[&str]| Touched::Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(touched("read/deep/mod.rs"), some(&["read"]));
        assert_eq!(touched("common.rs"), some(&["read", "write"]));
        assert_eq!(touched("scripts/a.sh"), some(&["scripts::a"]));
        assert_eq!(touched("scripts/lib.inc"), some(&["scripts"]));
        assert_eq!(touched("gkfs-bench.toml"), Touched::All);
        assert_eq!(
            map.touched(&BTreeSet::from(["/elsewhere/x".into()])),
            Touched::Nothing
        );
    }
}
