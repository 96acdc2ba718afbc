//! A test's own directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::context::TestContext;
use crate::error::{Error, Result};
use crate::fixture::Fixture;

/// The hosts file's name, as GekkoFS has it by default.
pub const HOSTS_FILE: &str = "gkfs_hosts.txt";

/// A directory with `logs/`, `mnt/` (where the file system appears), `root/` (the daemon's data), `tmp/` and
/// room for the hosts file.
///
/// Under a runner it is part of the run's record. Otherwise it is a temporary directory that goes with the
/// last clone, unless it is [kept](Self::keep).
#[derive(Clone, Debug)]
pub struct Workspace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    temporary: Mutex<Option<TempDir>>,
}

impl Workspace {
    /// A workspace in a temporary directory of its own.
    ///
    /// # Errors
    /// The directory cannot be made: the disk is full, or `TMPDIR` is not writable.
    pub fn temporary() -> Result<Self> {
        let parent = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix("gkfs-").tempdir_in(&parent);
        let temporary = made.map_err(|source| Error::io("make a workspace", &parent, source))?;
        // A log names real paths: with a link on the way, they would not be those of the test.
        let dir = fs::canonicalize(temporary.path());
        let dir = dir.map_err(|source| Error::io("resolve the workspace", temporary.path(), source))?;
        fill(&dir)?;
        Ok(Self(Arc::new(Inner {
            dir,
            temporary: Mutex::new(Some(temporary)),
        })))
    }

    /// A workspace at `dir`, which is made if it is not there and stays.
    ///
    /// # Errors
    /// A directory cannot be made.
    pub fn at(dir: impl Into<PathBuf>) -> Result<Self> {
        let dir = dir.into();
        fill(&dir)?;
        Ok(Self(Arc::new(Inner {
            dir,
            temporary: Mutex::new(None),
        })))
    }

    /// The directory itself, in which daemons and clients run.
    pub fn path(&self) -> &Path {
        &self.0.dir
    }

    /// Where daemons and clients write their logs.
    pub fn logdir(&self) -> PathBuf {
        self.0.dir.join("logs")
    }

    /// Where the file system appears.
    pub fn mountdir(&self) -> PathBuf {
        self.0.dir.join("mnt")
    }

    /// Where the daemon keeps its data.
    pub fn rootdir(&self) -> PathBuf {
        self.0.dir.join("root")
    }

    /// For the test's own files outside of the file system.
    pub fn tmpdir(&self) -> PathBuf {
        self.0.dir.join("tmp")
    }

    /// The file in which daemons register and clients find them.
    pub fn hosts_file(&self) -> PathBuf {
        self.0.dir.join(HOSTS_FILE)
    }

    /// Goes with the workspace's last clone.
    pub fn is_temporary(&self) -> bool {
        self.0
            .temporary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Lets a temporary workspace stay on disk.
    pub fn keep(&self) -> &Path {
        if let Some(temporary) = self
            .0
            .temporary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            let _: PathBuf = temporary.keep();
        }
        &self.0.dir
    }
}

fn fill(dir: &Path) -> Result<()> {
    for name in ["logs", "mnt", "root", "tmp"] {
        let path = dir.join(name);
        fs::create_dir_all(&path).map_err(|source| Error::io("make a directory", &path, source))?;
    }
    Ok(())
}

impl Fixture for Workspace {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(context.workspace().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_workspace_goes_unless_kept() {
        let workspace = Workspace::temporary().unwrap();
        let dir = workspace.path().to_owned();
        assert!(workspace.mountdir().is_dir() && workspace.logdir().is_dir());
        drop(workspace);
        assert!(!dir.exists());
        let workspace = Workspace::temporary().unwrap();
        let dir = workspace.keep().to_owned();
        drop(workspace);
        assert!(dir.join("root").is_dir());
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn an_unwritable_place_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Workspace::at(file.path().join("below")).unwrap_err().to_string();
        assert!(error.contains(file.path().to_str().unwrap()), "{error}");
    }
}
