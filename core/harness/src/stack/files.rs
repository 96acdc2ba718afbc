//! Finds a stack's programs and its one client library.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Stack;
use crate::error::{Error, Result};

/// The daemon's program.
pub const DAEMON: &str = "gkfs_daemon";
/// The client program that runs one operation.
pub const CLIENT: &str = "gkfs.io";
/// The library that puts the file system under a client.
pub const PRELOAD_LIBRARY: &str = "libgkfs_intercept.so";

/// The first directory's file of that name. `PATH` is not searched: it could have another build's.
pub(super) fn program(stack: &Stack, name: &'static str) -> Result<PathBuf> {
    let found = stack
        .bin_dirs
        .iter()
        .map(|dir| dir.join(name))
        .find(|path| is_executable(path));
    found.ok_or_else(|| Error::Missing {
        name,
        stack: stack.name.clone(),
        searched: stack.bin_dirs.clone(),
        hint: hint(stack, name),
    })
}

fn hint(stack: &Stack, name: &str) -> String {
    let not_executable = stack
        .bin_dirs
        .iter()
        .map(|dir| dir.join(name))
        .find(|path| path.is_file());
    match not_executable {
        Some(path) => format!("; {} is there but not executable", path.display()),
        None if name == CLIENT => "; GekkoFS builds it with -DGKFS_BUILD_TESTS=ON".into(),
        None => "; name the build's directories with --bin-dir or in [stack.NAME] of gkfs-bench.toml".into(),
    }
}

/// The one file among all directories; a link to it is the same file.
pub(super) fn preload_library(stack: &Stack) -> Result<PathBuf> {
    let searched: Vec<PathBuf> = stack.bin_dirs.iter().chain(&stack.lib_dirs).cloned().collect();
    let mut found: Vec<(PathBuf, (u64, u64))> = Vec::new();
    for path in searched.iter().map(|dir| dir.join(PRELOAD_LIBRARY)) {
        let Ok(metadata) = path.metadata() else { continue };
        let identity = (metadata.dev(), metadata.ino());
        if metadata.is_file() && !found.iter().any(|(_, known)| *known == identity) {
            found.push((path, identity));
        }
    }
    let mut paths: Vec<PathBuf> = found.into_iter().map(|(path, _)| path).collect();
    let stack = stack.name.clone();
    match paths.len() {
        1 => Ok(paths.remove(0)),
        0 => {
            let hint = "; name its directory with --lib-dir or in [stack.NAME] of gkfs-bench.toml".into();
            Err(Error::Missing {
                name: PRELOAD_LIBRARY,
                stack,
                searched,
                hint,
            })
        }
        _ => Err(Error::Ambiguous {
            name: PRELOAD_LIBRARY,
            stack,
            found: paths,
        }),
    }
}

pub(super) fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_library_must_be_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|name| dir.path().join(name));
        for dir in [&a, &b, &c] {
            fs::create_dir(dir).unwrap();
        }
        let mut stack = Stack::flat("mine", &a);
        stack.lib_dirs.extend([b.clone(), c.clone()]);

        let missing = preload_library(&stack).unwrap_err().to_string();
        assert!(
            missing.contains(PRELOAD_LIBRARY) && missing.contains(&*b.to_string_lossy()),
            "{missing}"
        );

        fs::write(b.join(PRELOAD_LIBRARY), "x").unwrap();
        fs::hard_link(b.join(PRELOAD_LIBRARY), a.join(PRELOAD_LIBRARY)).unwrap();
        symlink(b.join(PRELOAD_LIBRARY), c.join(PRELOAD_LIBRARY)).unwrap();
        assert_eq!(preload_library(&stack).unwrap(), a.join(PRELOAD_LIBRARY));

        fs::remove_file(c.join(PRELOAD_LIBRARY)).unwrap();
        fs::write(c.join(PRELOAD_LIBRARY), "x").unwrap();
        let two = preload_library(&stack).unwrap_err().to_string();
        assert!(two.starts_with("2 different libgkfs_intercept.so"), "{two}");
    }

    #[test]
    fn a_missing_program_names_where_it_was_looked_for() {
        let dir = tempfile::tempdir().unwrap();
        let stack = Stack::flat("mine", dir.path());
        let error = program(&stack, DAEMON).unwrap_err().to_string();
        assert!(
            error.starts_with("no gkfs_daemon in the stack `mine`: looked in "),
            "{error}"
        );
        fs::write(dir.path().join(DAEMON), "").unwrap();
        assert!(
            program(&stack, DAEMON)
                .unwrap_err()
                .to_string()
                .contains("not executable")
        );
    }
}
