//! Where to look: declared groups, directories, and which packages they lead to.

use std::fs;
use std::path::{Path, PathBuf};

use super::collect::Collect;
use super::ctest::{self, BuildDir};
use super::pytest::{self, Task};
use super::{DiscoverError, GroupSpec, Lookup, name_of, script};
use crate::event::SourceKind;

/// How far below a directory without groups they are looked for.
const DEEPEST: u32 = 2;

/// A search that adds script groups as it finds them, and collects what others have to be asked about.
pub(super) struct Search<'a> {
    lookup: &'a Lookup,
    /// Manifests, each with what is declared about its package.
    pub(super) packages: Vec<(PathBuf, Vec<&'a GroupSpec>)>,
    /// What pytest is to collect.
    pub(super) pytest: Vec<Task>,
    /// Build directories whose tests ctest knows.
    pub(super) ctest: Vec<BuildDir>,
}

impl<'a> Search<'a> {
    pub(super) fn new(lookup: &'a Lookup) -> Self {
        Self {
            lookup,
            packages: Vec::new(),
            pytest: Vec::new(),
            ctest: Vec::new(),
        }
    }

    /// Follows a declaration.
    pub(super) fn declared(&mut self, spec: &'a GroupSpec, collect: &mut Collect<'_>) {
        if !spec.path.exists() {
            collect.broken(
                spec,
                format!("there is no {}; correct its path", spec.path.display()),
            );
            return;
        }
        match spec.source {
            SourceKind::Script => script::discover(&spec.name, &spec.path, &spec.settings, collect),
            SourceKind::Rust => match manifest_above(&spec.path) {
                Some(manifest) => self.package(manifest).push(spec),
                None => collect.broken(spec, format!("no Cargo.toml in or above {}", spec.path.display())),
            },
            SourceKind::Pytest => self.pytest.push(Task {
                python: spec.python.clone(),
                args: spec.args.clone(),
                env: spec.env.clone(),
                ..Task::new(&spec.name, &spec.path, &spec.settings)
            }),
            SourceKind::Ctest => self.ctest.push(BuildDir {
                name: spec.name.clone(),
                path: spec.path.canonicalize().unwrap_or_else(|_| spec.path.clone()),
                settings: spec.settings.clone(),
            }),
        }
    }

    /// Looks into a directory (or a file's) where nothing is declared.
    pub(super) fn look(&mut self, path: &Path, collect: &mut Collect<'_>) -> Result<(), DiscoverError> {
        let Ok(path) = path.canonicalize() else {
            return Err(DiscoverError::NoSuchPath(path.to_owned()));
        };
        let dir = if path.is_dir() {
            path
        } else {
            path.parent().unwrap_or(Path::new("/")).to_owned()
        };
        if !self.below(&dir, 0, collect)
            && let Some(manifest) = manifest_above(&dir)
        {
            self.package(manifest);
        }
        Ok(())
    }

    /// Whether something was found in `dir` or, where nothing is, a little below.
    fn below(&mut self, dir: &Path, depth: u32, collect: &mut Collect<'_>) -> bool {
        let manifest = dir.join("Cargo.toml");
        let has_manifest = manifest.is_file();
        let has_scripts = self.may_have_scripts(dir) && script::has_scripts(dir);
        if has_manifest {
            self.package(manifest);
        }
        if has_scripts {
            let settings = self
                .lookup
                .script_defaults
                .as_ref()
                .unwrap_or(&self.lookup.defaults);
            script::discover(&name_of(dir), dir, settings, collect);
        }
        let has_pytest = pytest::has_tests(dir);
        if has_pytest {
            let task = Task::new(&name_of(dir), dir, &self.lookup.defaults);
            self.pytest.push(task);
        }
        let has_ctest = ctest::has_tests(dir);
        if has_ctest {
            self.ctest.push(BuildDir {
                name: name_of(dir),
                path: dir.to_owned(),
                settings: self.lookup.defaults.clone(),
            });
        }
        let has_any = has_manifest || has_scripts || has_pytest || has_ctest;
        if has_any || depth == DEEPEST {
            return has_any;
        }
        let mut found = false;
        for dir in subdirs(dir) {
            found |= self.below(&dir, depth + 1, collect);
        }
        found
    }

    fn may_have_scripts(&self, dir: &Path) -> bool {
        !self.lookup.no_scripts.iter().any(|not| dir.starts_with(not))
    }

    /// What is declared about a package, which from now on is one to be built.
    fn package(&mut self, manifest: PathBuf) -> &mut Vec<&'a GroupSpec> {
        let known = self.packages.iter().position(|(known, _)| *known == manifest);
        let at = known.unwrap_or_else(|| {
            self.packages.push((manifest, Vec::new()));
            self.packages.len() - 1
        });
        &mut self.packages[at].1
    }
}

/// The directories in a directory, in order, but hidden ones and what builds leave.
fn subdirs(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut dirs: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    dirs.retain(|dir| !name_of(dir).starts_with('.') && name_of(dir) != "target");
    dirs.sort_unstable();
    dirs
}

/// The nearest `Cargo.toml` in or above `path`, with its symbolic links resolved.
fn manifest_above(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors()
        .map(|dir| dir.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
}
