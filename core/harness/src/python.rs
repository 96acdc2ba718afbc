//! The Python side of the harness, which ships in the binary: a pytest plugin and the package `harness`.
//!
//! The files are those of `core/harness/python/`; they reach this crate through [`channel`](crate::channel).

use std::fs;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};

/// The name of the pytest plugin: `pytest -p gkfs_bench_fixtures`.
pub const PLUGIN: &str = "gkfs_bench_fixtures";

macro_rules! files {
    ($($path:literal)*) => { &[$(($path, include_str!(concat!("../python/", $path)))),*] };
}

/// The files, by their paths in the directory that goes into `PYTHONPATH`.
pub const FILES: &[(&str, &str)] = files! {
    "gkfs_bench_fixtures.py"
    "harness/__init__.py"
    "harness/_channel.py"
    "harness/_protocol.py"
    "harness/_sh.py"
    "harness/cli.py"
    "harness/cmd.py"
    "harness/errors.py"
    "harness/fuse.py"
    "harness/gkfs.py"
    "harness/io.py"
    "harness/logger.py"
    "harness/overlay.py"
    "harness/reporter.py"
    "harness/workspace.py"
};

/// Puts the files into a directory below `base` that is named after what is in them, and returns it.
///
/// What is there already stays: other versions have other directories, and may be in use.
///
/// # Errors
/// A file cannot be written.
pub fn install(base: &Path) -> Result<PathBuf> {
    let mut hasher = Xxh3::new();
    for (path, text) in FILES {
        hasher.update(path.as_bytes());
        hasher.update(text.as_bytes());
    }
    let dir = base.join(format!("{:016x}", hasher.digest()));
    if is_complete(&dir) {
        return Ok(dir);
    }
    let failed = |source| Error::io("install the Python harness", &dir, source);
    fs::create_dir_all(&dir).map_err(failed)?;
    for (path, text) in FILES {
        let path = dir.join(path);
        let parent = path.parent().unwrap_or(&dir);
        fs::create_dir_all(parent).map_err(failed)?;
        // Whole or not at all: somebody else may install, or import, at the same time.
        let new = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
        fs::write(new.path(), text).map_err(failed)?;
        new.persist(&path).map_err(|error| failed(error.error))?;
    }
    Ok(dir)
}

fn is_complete(dir: &Path) -> bool {
    FILES
        .iter()
        .all(|(path, text)| fs::metadata(dir.join(path)).is_ok_and(|found| found.len() == text.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_directory_ships() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
        let mut found = Vec::new();
        for dir in [source.clone(), source.join("harness")] {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "py") {
                    found.push(path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        let mut shipped: Vec<_> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        shipped.sort();
        assert_eq!(found, shipped);
    }

    #[test]
    fn what_is_incomplete_is_completed() {
        let base = tempfile::tempdir().unwrap();
        let dir = install(base.path()).unwrap();
        fs::remove_file(dir.join("harness/io.py")).unwrap();
        fs::write(dir.join("harness/cmd.py"), "half").unwrap();
        assert_eq!(install(base.path()).unwrap(), dir);
        for (path, text) in FILES {
            assert_eq!(fs::read_to_string(dir.join(path)).unwrap(), *text);
        }
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1);
    }
}
