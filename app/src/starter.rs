//! Suites to begin with: one that shows what there is to see, one to write one's own first test in.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file of a suite: where it belongs, and its text.
pub(crate) type Starter = (&'static str, &'static str);

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

/// A suite file and one test that passes, a script.
pub(crate) const SH: [Starter; 2] = [
    ("gkfs-bench.toml", include_str!("starter/init/gkfs-bench.toml")),
    ("first/hello.sh", include_str!("starter/init/hello.sh")),
];

/// The same, for pytest.
pub(crate) const PYTHON: [Starter; 2] = [
    ("gkfs-bench.toml", include_str!("starter/python/gkfs-bench.toml")),
    (
        "first/test_hello.py",
        include_str!("starter/python/test_hello.py"),
    ),
];

/// The same, as a package for cargo. The first file is to say where the harness is.
pub(crate) const RUST: [Starter; 4] = [
    ("Cargo.toml", include_str!("starter/rust/cargo.txt")),
    ("gkfs-bench.toml", include_str!("starter/rust/gkfs-bench.toml")),
    ("lib.rs", include_str!("starter/rust/lib.rs")),
    ("first/main.rs", include_str!("starter/rust/first.rs")),
];

/// What stands in a package's manifest for the directory of the harness.
const HARNESS: &str = "@HARNESS@";

/// Why a suite could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StarterError {
    /// Somebody's work is never written over.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A package cannot say where the harness is.
    #[error("no gkfs-harness in {}, the sources that this gkfs-bench was built from", .0.display())]
    NoHarness(PathBuf),
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
    // The sources that this program was built from: a package can only depend on what is there.
    let harness = Path::new(env!("CARGO_MANIFEST_DIR"))
        .with_file_name("core")
        .join("harness");
    if files.iter().any(|(_, text)| text.contains(HARNESS)) && !harness.join("Cargo.toml").is_file() {
        return Err(StarterError::NoHarness(harness));
    }
    let paths = files.iter().map(|(name, _)| dir.join(name));
    if let Some(path) = paths.into_iter().find(|path| path.exists()) {
        return Err(StarterError::Exists(path));
    }
    for (name, text) in files {
        let path = dir.join(name);
        let text = text.replace(HARNESS, &harness.to_string_lossy());
        write_file(&path, &text).map_err(|source| StarterError::Io { path, source })?;
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
        let error = write(&SH, dir.path()).expect_err("it is there");
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
