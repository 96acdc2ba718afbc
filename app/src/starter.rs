//! Suites to begin with: one that shows what there is to see, one to write one's own first test in.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file of a suite: where it belongs, and its text.
type Starter = (&'static str, &'static str);

/// Every status there is, each in a script of a few lines.
pub(crate) const DEMO: [Starter; 7] = [
    ("gkfs-bench.toml", include_str!("starter/demo/gkfs-bench.toml")),
    (
        "showcase/passes.sh",
        include_str!("starter/demo/showcase/passes.sh"),
    ),
    (
        "showcase/fails.sh",
        include_str!("starter/demo/showcase/fails.sh"),
    ),
    (
        "showcase/flakes.sh",
        include_str!("starter/demo/showcase/flakes.sh"),
    ),
    (
        "showcase/hangs.sh",
        include_str!("starter/demo/showcase/hangs.sh"),
    ),
    (
        "showcase/leaks.sh",
        include_str!("starter/demo/showcase/leaks.sh"),
    ),
    (
        "showcase/skips.sh",
        include_str!("starter/demo/showcase/skips.sh"),
    ),
];

/// A suite file and one test that passes.
pub(crate) const INIT: [Starter; 2] = [
    ("gkfs-bench.toml", include_str!("starter/init/gkfs-bench.toml")),
    ("first/hello.sh", include_str!("starter/init/hello.sh")),
];

/// Why a suite could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StarterError {
    /// Somebody's work is never written over.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The system refuses.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes a suite into a directory, which is made if need be. Nothing is written if any of the files is there.
pub(crate) fn write(files: &[Starter], dir: &Path) -> Result<(), StarterError> {
    let paths = files.iter().map(|(name, _)| dir.join(name));
    if let Some(path) = paths.into_iter().find(|path| path.exists()) {
        return Err(StarterError::Exists(path));
    }
    for (name, text) in files {
        let path = dir.join(name);
        write_file(&path, text).map_err(|source| StarterError::Io { path, source })?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let is_script = path.extension().is_some_and(|extension| extension == "sh");
    let mode = if is_script { 0o755 } else { 0o644 };
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    opened?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over_and_nothing_is_half_written() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("first")).expect("a directory");
        fs::write(dir.path().join("first/hello.sh"), "mine").expect("a file");
        let error = write(&INIT, dir.path()).expect_err("it is there");
        assert!(
            error.to_string().ends_with("first/hello.sh is there already"),
            "{error}"
        );
        assert!(!dir.path().join("gkfs-bench.toml").exists());
        assert_eq!(
            fs::read(dir.path().join("first/hello.sh")).expect("mine"),
            b"mine"
        );
    }
}
