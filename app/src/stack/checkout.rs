//! Are we in a GekkoFS checkout or build tree? Then its developer means that build, never the embedded stack.

use std::fs;
use std::path::{Path, PathBuf};

/// Where a build tree keeps what a stack consists of, relative to its root.
const BIN_DIRS: [&str; 4] = [
    "src/daemon",
    "tests/integration/harness",
    "tests/integration",
    "bin",
];
/// A program of its examples that its own tests run.
const EXAMPLE: &str = "examples/gfind";
const LIB_DIRS: [&str; 3] = ["src/client", "lib", "lib64"];

/// Where a build tree keeps the virtual environment of its tests.
const ENVIRONMENTS: [&str; 2] = ["tests/integration/pytest-venv", "tests/pytest-venv"];

/// Where a source tree has scripts that are no tests: they start jobs on clusters, fetch and build.
const NO_TESTS: [&str; 8] = [
    "apps",
    "docker",
    "docs",
    "examples",
    "external",
    "scripts",
    "tests/scripts",
    "tools",
];

/// What must be there for a build to be usable.
const DAEMON: &str = "gkfs_daemon";
const LIBRARY: &str = "libgkfs_intercept.so";

/// A GekkoFS tree that the working directory or the suite lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// Its topmost directory.
    pub(crate) root: PathBuf,
    /// Builds with a daemon and a client library.
    pub(crate) usable: Vec<Build>,
    /// Build trees, or the places where one would be, in which something was missing.
    pub(crate) looked_in: Vec<PathBuf>,
}

/// A usable build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Build {
    /// The build tree.
    pub(crate) root: PathBuf,
    /// Directories with executables.
    pub(crate) bin_dirs: Vec<PathBuf>,
    /// Directories with the client library.
    pub(crate) lib_dirs: Vec<PathBuf>,
}

/// Looks upwards from `dir` for a GekkoFS checkout or build tree.
pub(crate) fn find(dir: &Path) -> Option<Checkout> {
    let root = dir
        .ancestors()
        .filter(|dir| is_source(dir) || is_build(dir))
        .last()?;
    let mut builds: Vec<PathBuf> = dir
        .ancestors()
        .filter(|dir| is_build(dir))
        .map(Path::to_path_buf)
        .collect();
    if builds.is_empty() {
        builds = build_trees_in(root);
    }
    let (usable, unusable): (Vec<_>, Vec<_>) = builds
        .into_iter()
        .map(|build| look(&build))
        .partition(|build| !build.bin_dirs.is_empty() && !build.lib_dirs.is_empty());
    let mut looked_in: Vec<PathBuf> = unusable.into_iter().map(|build| build.root).collect();
    if usable.is_empty() && looked_in.is_empty() {
        looked_in.push(root.join("build"));
    }
    Some(Checkout {
        root: root.to_path_buf(),
        usable,
        looked_in,
    })
}

impl Checkout {
    /// Returns the build that was made last; where one stands in a build tree, there is no other.
    pub(crate) fn newest(&self) -> Option<&Build> {
        let made = |build: &&Build| {
            let programs = build.bin_dirs.iter().map(|dir| dir.join(DAEMON));
            let times = programs.filter_map(|path| path.metadata().ok()?.modified().ok());
            times.max()
        };
        self.usable.iter().max_by_key(made)
    }

    /// Returns the directories with example programs that its own tests run, of the build that is meant first; a build
    /// may have them that has no daemon.
    pub(crate) fn examples(&self) -> Vec<PathBuf> {
        let meant = self.newest().map(|build| &build.root).into_iter();
        let mut dirs: Vec<PathBuf> = Vec::new();
        for build in meant
            .chain(self.usable.iter().map(|build| &build.root))
            .chain(&self.looked_in)
        {
            let dir = build.join(EXAMPLE);
            if dir.is_dir() && !dirs.contains(&dir) {
                dirs.push(dir);
            }
        }
        dirs
    }

    /// Returns the usable builds that are not meant.
    pub(crate) fn others(&self) -> Vec<&Path> {
        let meant = self.newest().map(|build| &build.root);
        let others = self.usable.iter().map(|build| &build.root);
        others
            .filter(|root| Some(*root) != meant)
            .map(PathBuf::as_path)
            .collect()
    }

    /// Returns the virtual environments that CMake makes for tests, in all its builds.
    pub(crate) fn environments(&self) -> Vec<PathBuf> {
        let builds = self.usable.iter().map(|build| &build.root).chain(&self.looked_in);
        let dirs = builds.flat_map(|build| ENVIRONMENTS.map(|name| build.join(name)));
        dirs.filter(|dir| dir.is_dir()).collect()
    }

    /// Returns the directories whose scripts are no tests.
    pub(crate) fn without_tests(&self) -> Vec<PathBuf> {
        NO_TESTS.map(|name| self.root.join(name)).to_vec()
    }

    /// Says what was looked for, and where.
    pub(crate) fn missing(&self) -> String {
        let places: Vec<String> = self
            .looked_in
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        format!(
            "this is a GekkoFS tree ({}), but no usable build was found: looked for {DAEMON} in {{{}}} and {LIBRARY} in {{{}}} below {}",
            self.root.display(),
            BIN_DIRS.join(", "),
            LIB_DIRS.join(", "),
            places.join(", ")
        )
    }
}

/// Reads of a build tree what a stack needs; lists stay empty where it is missing.
fn look(build: &Path) -> Build {
    let dirs = |names: &[&str], wanted: &str| -> Vec<PathBuf> {
        let dirs: Vec<PathBuf> = names.iter().map(|name| build.join(name)).collect();
        if dirs.iter().any(|dir| dir.join(wanted).is_file()) {
            dirs
        } else {
            Vec::new()
        }
    };
    let present =
        |dirs: Vec<PathBuf>| -> Vec<PathBuf> { dirs.into_iter().filter(|dir| dir.is_dir()).collect() };
    let mut bin_dirs: Vec<PathBuf> = present(dirs(&BIN_DIRS, DAEMON));
    if !bin_dirs.is_empty() {
        bin_dirs.extend(Some(build.join(EXAMPLE)).filter(|dir| dir.is_dir()));
    }
    Build {
        root: build.to_path_buf(),
        bin_dirs,
        lib_dirs: present(dirs(&LIB_DIRS, LIBRARY)),
    }
}

fn is_source(dir: &Path) -> bool {
    let text = fs::read_to_string(dir.join("CMakeLists.txt"))
        .unwrap_or_default()
        .to_lowercase();
    // The name may stand on a line of its own after the parenthesis.
    text.split("project").skip(1).any(|rest| {
        rest.trim_start()
            .strip_prefix('(')
            .is_some_and(|name| name.trim_start().starts_with("gekkofs"))
    })
}

fn is_build(dir: &Path) -> bool {
    let cache = fs::read_to_string(dir.join("CMakeCache.txt")).unwrap_or_default();
    cache.lines().any(|line| {
        line.to_lowercase().starts_with("cmake_project_name:") && line.to_lowercase().ends_with("=gekkofs")
    })
}

/// Returns the build trees directly inside a source tree, by name.
fn build_trees_in(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| is_build(path))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a parent")).expect("parents");
        fs::write(path, text).expect("write");
    }

    fn checkout(dir: &Path) -> PathBuf {
        write(
            &dir.join("CMakeLists.txt"),
            "cmake_minimum_required(VERSION 3.13)\nproject(\n    GekkoFS\n    VERSION 0.9.3\n)\n",
        );
        dir.to_path_buf()
    }

    fn build(dir: &Path) {
        write(
            &dir.join("CMakeCache.txt"),
            "//x\nCMAKE_PROJECT_NAME:STATIC=GekkoFS\n",
        );
    }

    #[test]
    fn another_project_is_no_checkout() {
        let dir = tempfile::tempdir().expect("temporary directory");
        write(
            &dir.path().join("CMakeLists.txt"),
            "project(mine) # tests GekkoFS\n",
        );
        assert_eq!(find(dir.path()), None);
    }

    #[test]
    fn a_checkout_without_a_build_says_what_it_looked_for() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let root = checkout(dir.path());
        write(&root.join("tests/a.sh"), "");
        let found = find(&root.join("tests")).expect("a checkout");
        assert!(found.usable.is_empty());
        let message = found.missing();
        for word in [
            "gkfs_daemon",
            "libgkfs_intercept.so",
            "src/daemon",
            &*root.join("build").to_string_lossy(),
        ] {
            assert!(message.contains(word), "{word} in: {message}");
        }
    }

    #[test]
    fn only_a_build_with_daemon_and_library_is_usable() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let root = checkout(dir.path());
        build(&root.join("build-debug"));
        write(&root.join("build-debug/src/daemon/gkfs_daemon"), "");
        build(&root.join("build"));
        write(&root.join("build/src/daemon/gkfs_daemon"), "");
        write(&root.join("build/src/client/libgkfs_intercept.so"), "");
        write(&root.join("build/examples/gfind/sfind"), "");
        let found = find(&root).expect("a checkout");
        assert_eq!(found.looked_in, [root.join("build-debug")]);
        let [usable] = found.usable.as_slice() else {
            panic!("one build: {found:?}")
        };
        let bin_dirs = ["build/src/daemon", "build/examples/gfind"];
        assert_eq!(usable.bin_dirs, bin_dirs.map(|dir| root.join(dir)));
        assert_eq!(usable.lib_dirs, [root.join("build/src/client")]);
        assert_eq!(found.examples(), [root.join("build/examples/gfind")]);
    }

    #[test]
    fn a_build_without_a_daemon_may_have_the_examples_that_tests_run() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let root = checkout(dir.path());
        build(&root.join("build"));
        assert!(find(&root).expect("a checkout").examples().is_empty());
        write(&root.join("build/examples/gfind/sfind"), "");
        let found = find(&root).expect("a checkout");
        assert_eq!(found.examples(), [root.join("build/examples/gfind")]);
    }

    #[test]
    fn of_several_builds_the_newest_is_meant() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let root = checkout(dir.path());
        for (name, seconds) in [("build", 5), ("debug", 9), ("release", 7)] {
            build(&root.join(name));
            let daemon = root.join(name).join("src/daemon/gkfs_daemon");
            write(&daemon, "");
            write(&root.join(name).join("src/client/libgkfs_intercept.so"), "");
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            let file = fs::File::options().append(true).open(&daemon).expect("a file");
            file.set_modified(at).expect("a time");
        }
        let found = find(&root).expect("a checkout");
        assert_eq!(found.newest().expect("a build").root, root.join("debug"));
        assert_eq!(found.others(), [root.join("build"), root.join("release")]);
    }

    #[test]
    fn inside_a_build_tree_that_build_is_meant() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let root = checkout(dir.path());
        for name in ["build", "other"] {
            build(&root.join(name));
            write(&root.join(name).join("src/daemon/gkfs_daemon"), "");
            write(&root.join(name).join("src/client/libgkfs_intercept.so"), "");
        }
        let found = find(&root.join("other/src/daemon")).expect("a checkout");
        assert_eq!(found.root, root);
        assert_eq!(
            found.usable.iter().map(|build| &build.root).collect::<Vec<_>>(),
            [&root.join("other")]
        );
    }
}
