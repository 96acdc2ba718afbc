//! Which directories are watched, and which files in them count.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::Gitignore;
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{Match, WalkBuilder};

/// What a session is about, as far as files are concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The suite's directory.
    pub(crate) root: PathBuf,
    /// The suite file, whether it is there or not.
    pub(crate) suite_file: PathBuf,
    /// Where we write ourselves.
    pub(crate) own: PathBuf,
    /// The stack's programs.
    pub(crate) binaries: Vec<PathBuf>,
    /// Directories and files that the stack is built from.
    pub(crate) sources: Vec<PathBuf>,
    /// Globs of files that count; all when empty.
    pub(crate) include: Vec<String>,
    /// Globs of files that do not.
    pub(crate) exclude: Vec<String>,
    /// Look now and then, instead of being told.
    pub(crate) poll: bool,
}

/// What of it counts.
#[derive(Clone)]
pub(super) struct Place {
    scope: Scope,
    globs: Override,
    /// What each directory's own `.gitignore` says.
    ignored: Arc<Mutex<HashMap<PathBuf, Arc<Gitignore>>>>,
}

impl Place {
    pub(super) fn new(scope: Scope) -> Result<Place, String> {
        let wrong = |error| format!("suite file: [watch]: {error}");
        let mut globs = OverrideBuilder::new(&scope.root);
        for glob in &scope.include {
            globs.add(glob).map_err(wrong)?;
        }
        for glob in &scope.exclude {
            globs.add(&format!("!{glob}")).map_err(wrong)?;
        }
        Ok(Place {
            globs: globs.build().map_err(wrong)?,
            scope,
            ignored: Arc::default(),
        })
    }

    /// All directories to watch; `outside` are further files and directories that tests are made of.
    pub(super) fn dirs(&self, outside: &[PathBuf]) -> BTreeSet<PathBuf> {
        let mut dirs = self.below(&self.scope.root);
        for path in self.scope.sources.iter().chain(outside) {
            if path.is_dir() && !dirs.contains(path) {
                dirs.extend(self.below(path));
            } else if let Some(parent) = path.parent().filter(|parent| parent.is_dir()) {
                dirs.insert(parent.to_owned());
            }
        }
        // Programs often lie where a build puts them, among what is ignored otherwise.
        let parents = self.scope.binaries.iter().filter_map(|path| path.parent());
        dirs.extend(parents.filter(|dir| dir.is_dir()).map(Path::to_owned));
        dirs
    }

    /// The directories in and below `root` whose files count.
    pub(super) fn below(&self, root: &Path) -> BTreeSet<PathBuf> {
        let own = self.scope.own.clone();
        let walk = WalkBuilder::new(root)
            .hidden(true)
            .require_git(false)
            .filter_entry(move |entry| !is_of_builds(entry.path()) && !entry.path().starts_with(&own))
            .build();
        walk.flatten()
            .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()))
            .map(ignore::DirEntry::into_path)
            .collect()
    }

    /// Whether a file is one of the stack's programs.
    pub(super) fn is_binary(&self, path: &Path) -> bool {
        self.scope.binaries.iter().any(|binary| binary == path)
    }

    /// Whether a file counts: none that an editor or a build leaves beside the real one.
    pub(super) fn file(&self, path: &Path) -> bool {
        if self.is_binary(path) || path == self.scope.suite_file {
            return true;
        }
        !is_passing(path)
            && !path.starts_with(&self.scope.own)
            && !self.globs.matched(path, false).is_ignore()
            && !self.is_ignored(path)
    }

    /// Whether a file may be one that the stack is built from: neither prose nor a program.
    pub(super) fn is_source(&self, path: &Path) -> bool {
        !self.is_binary(path) && is_source(path)
    }

    /// A `.gitignore` is another.
    pub(super) fn forget_ignored(&self) {
        self.lock().clear();
    }

    /// As git sees it: the nearest `.gitignore` that has something to say decides, up to the top of the work tree.
    fn is_ignored(&self, path: &Path) -> bool {
        for dir in path.ancestors().skip(1) {
            match self.gitignore(dir).matched_path_or_any_parents(path, false) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None if dir.join(".git").exists() => return false,
                Match::None => {}
            }
        }
        false
    }

    fn gitignore(&self, dir: &Path) -> Arc<Gitignore> {
        let read = || Arc::new(Gitignore::new(dir.join(".gitignore")).0);
        self.lock().entry(dir.to_owned()).or_insert_with(read).clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Gitignore>>> {
        self.ignored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a build tool owns a directory: cargo and others tag it, CMake and Meson leave their caches.
fn is_of_builds(dir: &Path) -> bool {
    const MARKS: [&str; 4] = ["CACHEDIR.TAG", "CMakeCache.txt", "meson-info", ".ninja_log"];
    dir.is_dir() && MARKS.iter().any(|mark| dir.join(mark).exists())
}

/// Whether a file only passes by: hidden, an editor's, or an object of a compiler.
fn is_passing(path: &Path) -> bool {
    const ENDS: [&str; 10] = [
        ".swp", ".swx", ".tmp", ".o", ".a", ".d", ".so", ".pyc", ".gcda", ".gcno",
    ];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.')
        || name.ends_with('~')
        || name == "4913"
        || ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a file may be one that a program is built from.
pub(super) fn is_source(path: &Path) -> bool {
    !is_prose(path) && !is_program(path)
}

/// Whether a file is for people: no build depends on it.
fn is_prose(path: &Path) -> bool {
    const ENDS: [&str; 9] = ["md", "rst", "adoc", "png", "svg", "jpg", "pdf", "html", "log"];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    let text = end == "txt" && name != "CMakeLists.txt";
    text || ENDS.contains(&end) || name.starts_with("LICENSE") || name.starts_with("COPYING")
}

/// Whether a file is what a linker wrote: a build in its own source tree leaves such.
fn is_program(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}
