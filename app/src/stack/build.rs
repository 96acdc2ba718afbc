//! How a stack is built: as the suite file says, or, for one that lies in a build tree of CMake, by CMake.

use std::fs;
use std::path::{Path, PathBuf};

use gkfs_harness::Stack;

use crate::suite::Suite;

/// A way to build a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// A line for `sh`.
    pub(crate) command: String,
    /// Where it is run.
    pub(crate) cwd: PathBuf,
    /// Directories and files whose change calls for it.
    pub(crate) sources: Vec<PathBuf>,
    /// Whether the suite file says so; what is guessed is not run unasked.
    pub(crate) said: bool,
}

/// Returns how the stack of a suite is built, if that is known.
pub(crate) fn way(suite: &Suite, stack: &Stack) -> Option<Way> {
    if let Some(build) = &suite.config.build {
        let cwd = suite.root.join(&build.cwd);
        let sources = if build.sources.is_empty() {
            vec![cwd.clone()]
        } else {
            build.sources.iter().map(|path| suite.root.join(path)).collect()
        };
        return Some(Way {
            command: build.command.clone(),
            cwd: cwd.canonicalize().unwrap_or(cwd),
            sources: sources
                .into_iter()
                .map(|path| path.canonicalize().unwrap_or(path))
                .collect(),
            said: true,
        });
    }
    let dirs = stack.bin_dirs.iter().chain(&stack.lib_dirs);
    dirs.filter_map(|dir| dir.canonicalize().ok())
        .find_map(|dir| cmake(&dir))
}

/// The build tree of CMake that a directory lies in.
fn cmake(dir: &Path) -> Option<Way> {
    let tree = dir.ancestors().find(|dir| dir.join("CMakeCache.txt").is_file())?;
    let cache = fs::read_to_string(tree.join("CMakeCache.txt")).ok()?;
    let home = cache
        .lines()
        .find_map(|line| line.strip_prefix("CMAKE_HOME_DIRECTORY:INTERNAL="))?;
    Some(Way {
        command: format!("cmake --build {}", shell_words::quote(&tree.to_string_lossy())),
        cwd: tree.to_owned(),
        sources: vec![PathBuf::from(home.trim())],
        said: false,
    })
}

#[cfg(test)]
mod tests {
    use gkfs_harness::stack::Kind;

    use super::*;
    use crate::suite::parse;

    #[test]
    fn the_suite_file_goes_first_and_a_build_tree_is_a_guess() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path().canonicalize().expect("a path");
        let bin = root.join("build/src/daemon");
        fs::create_dir_all(&bin).expect("directories");
        let mut suite = Suite {
            root: root.clone(),
            ..Suite::default()
        };
        let stack = Stack {
            bin_dirs: vec![bin],
            ..Stack::new("given", Kind::Gekkofs)
        };
        assert_eq!(way(&suite, &stack), None);
        let cache = format!("# cache\nCMAKE_HOME_DIRECTORY:INTERNAL={}\n", root.display());
        fs::write(root.join("build/CMakeCache.txt"), cache).expect("a file");
        let guess = way(&suite, &stack).expect("a way");
        assert_eq!(
            guess.command,
            format!("cmake --build {}", root.join("build").display())
        );
        assert_eq!((guess.sources, guess.said), (vec![root.clone()], false));
        let text = "version = 1\n[build]\ncommand = \"make\"\nsources = [\"src\"]\n";
        suite.config = parse(Path::new("gkfs-bench.toml"), text).expect("a suite file");
        let said = way(&suite, &stack).expect("a way");
        assert_eq!(
            (said.command.as_str(), said.cwd, said.said),
            ("make", root.clone(), true)
        );
        assert_eq!(said.sources, [root.join("src")]);
    }
}
