//! Which file belongs to which tests.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gkfs_runner::discover::{Discovery, Group};
use gkfs_runner::event::SourceKind;

use super::Scope;
use super::place::is_source;
use super::touched::Touched;

/// Where tests are. A file that a compiler or a search named belongs to whom it was named for; of all others the
/// nearest directory decides.
#[derive(Default)]
pub(super) struct Map {
    scope: Scope,
    /// Groups by the files they are made of.
    files: HashMap<PathBuf, BTreeSet<String>>,
    /// Groups by directories: their own, those of their packages, and of packages these depend on.
    dirs: HashMap<PathBuf, BTreeSet<String>>,
    /// Scripts, each a test, by file.
    scripts: HashMap<PathBuf, String>,
    /// Files of pytest tests, each with the beginnings of their ids.
    modules: HashMap<PathBuf, BTreeSet<String>>,
    /// Directories of scripts, each with its group.
    script_dirs: HashMap<PathBuf, String>,
    last: Option<(Arc<Discovery>, u64)>,
    /// How often something changed that cargo builds.
    epoch: u64,
}

impl Map {
    /// Another scope; whether it is another.
    pub(super) fn set_scope(&mut self, scope: Scope) -> bool {
        let other = self.scope != scope;
        self.scope = scope;
        other
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The last discovery, if what cargo builds is as it was when that began.
    pub(super) fn known(&self) -> Option<Arc<Discovery>> {
        let (discovery, epoch) = self.last.as_ref()?;
        let broken = discovery.groups.iter().any(|group| group.error.is_some());
        (*epoch == self.epoch && !broken).then(|| discovery.clone())
    }

    /// The scope, and what tests are made of outside of its root.
    pub(super) fn wants(&self) -> (Scope, Vec<PathBuf>) {
        let all = self.files.keys().chain(self.dirs.keys());
        let outside = all.filter(|path| !path.starts_with(&self.scope.root));
        (self.scope.clone(), outside.cloned().collect())
    }

    /// Takes note of what was found.
    pub(super) fn found(&mut self, discovery: &Arc<Discovery>, epoch: u64) {
        let broken = discovery.groups.iter().any(|group| group.error.is_some());
        if !broken {
            self.files.clear();
            self.dirs.clear();
        }
        // What a group was made of before it was broken is what can mend it.
        (self.scripts, self.script_dirs, self.modules) = Default::default();
        for group in &discovery.groups {
            self.group(group);
        }
        for test in &discovery.tests {
            let group = &discovery.groups[test.group];
            if let Some(file) = test.file.as_ref().filter(|_| group.source == SourceKind::Script) {
                self.scripts.insert(file.clone(), test.id.clone());
            }
            if let Some(file) = test.file.as_ref().filter(|_| test.node.is_some()) {
                let module = test.name.split("::").next().unwrap_or_default();
                let beginning = format!("{}::{module}", group.name);
                self.modules.entry(file.clone()).or_default().insert(beginning);
            }
        }
        self.last = Some((discovery.clone(), epoch));
    }

    fn group(&mut self, group: &Group) {
        let name = || BTreeSet::from([group.name.clone()]);
        let dir = if group.path.is_dir() {
            group.path.as_path()
        } else {
            group.path.parent().unwrap_or(&group.path)
        };
        if group.source == SourceKind::Script {
            self.script_dirs.insert(dir.to_owned(), group.name.clone());
        }
        self.dirs.entry(dir.to_owned()).or_default().extend(name());
        // What else lies in a package, as a module that its tests share, belongs to all of them.
        if group.source == SourceKind::Rust
            && let Some(package) = package(dir)
        {
            self.dirs.entry(package.to_owned()).or_default().extend(name());
        }
        for path in &group.made_of {
            let map = if path.is_dir() {
                &mut self.dirs
            } else {
                &mut self.files
            };
            map.entry(path.clone()).or_default().extend(name());
        }
    }

    /// What a change of unknown files may touch.
    pub(super) fn everything(&mut self) -> Touched {
        self.epoch += 1;
        Touched {
            packages: true,
            suite: true,
            build: !self.scope.sources.is_empty(),
            ..Touched::default()
        }
    }

    /// Returns what a change of these files touches.
    pub(super) fn touched(&mut self, paths: &BTreeSet<PathBuf>) -> Touched {
        let mut touched = Touched::default();
        for path in paths {
            self.touch(path, &mut touched);
        }
        self.epoch += u64::from(touched.packages || touched.suite);
        touched
    }

    fn touch(&self, path: &Path, touched: &mut Touched) {
        if *path == self.scope.suite_file {
            touched.suite = true;
            return;
        }
        if self.scope.binaries.iter().any(|binary| binary == path) {
            touched.stack = true;
            return;
        }
        if let Some(id) = self.script(path) {
            touched.tests.insert(id);
            return;
        }
        // Its tests are looked for anew: there may be others in it by now.
        if let Some(beginnings) = self.modules.get(path) {
            touched.tests.extend(beginnings.iter().cloned());
            touched.packages = true;
            return;
        }
        let sources = self
            .scope
            .sources
            .iter()
            .filter(|source| path.starts_with(source));
        let source = sources.filter(|_| is_source(path));
        let source = source.map(|source| depth(source)).max();
        if let Some(groups) = self.files.get(path) {
            touched.tests.extend(groups.iter().cloned());
            touched.packages = true;
            touched.build |= source.is_some_and(|depth| depth > self.scope.root.components().count());
            return;
        }
        let nearest = path.ancestors().skip(1).find(|dir| self.dirs.contains_key(*dir));
        if let Some(dir) = nearest.filter(|dir| source.is_none_or(|source| depth(dir) >= source)) {
            touched.tests.extend(self.dirs[dir].iter().cloned());
            touched.packages |= !self.script_dirs.contains_key(dir);
        } else if source.is_some() {
            touched.build = true;
        } else {
            // Whether there are tests in it is known when they are looked for.
            touched.packages |= may_hold_tests(path);
        }
    }

    /// The test that a script is, whether it was found already or is new.
    fn script(&self, path: &Path) -> Option<String> {
        if let Some(id) = self.scripts.get(path) {
            return Some(id.clone());
        }
        let group = self.script_dirs.get(path.parent()?)?;
        let name = path
            .file_stem()
            .filter(|_| path.extension().is_some_and(|end| end == "sh"))?;
        Some(format!("{group}::{}", name.to_str()?))
    }
}

/// Whether a file that no group knows looks like the first of one.
fn may_hold_tests(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_pytest = |stem: &str| stem.starts_with("test_") || stem.ends_with("_test");
    name == "Cargo.toml" || name.ends_with(".sh") || name.strip_suffix(".py").is_some_and(is_pytest)
}

fn depth(path: &Path) -> usize {
    path.components().count()
}

fn package(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.join("Cargo.toml").is_file())
}
