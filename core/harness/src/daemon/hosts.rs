//! The hosts file while one of its daemons is restarted.
//!
//! Clients number the daemons by line, so a restart must leave every line where it was. The real daemon adds a line
//! when it starts, even if it has one already, and removes the *whole file* when it ends in peace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The file as it was.
#[derive(Debug)]
pub(super) struct Snapshot {
    path: PathBuf,
    text: Option<String>,
}

impl Snapshot {
    /// Reads the file, which need not be there.
    pub(super) fn take(path: &Path) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            text: read(path)?,
        })
    }

    /// Makes the file what it was, if it is not.
    pub(super) fn restore(&self) -> Result<()> {
        let Some(text) = &self.text else { return Ok(()) };
        if read(&self.path)?.as_ref() == Some(text) {
            return Ok(());
        }
        // By a rename: a client that starts meanwhile reads one or the other.
        let new = self.path.with_extension("new");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.path));
        written.map_err(|source| Error::io("write the hosts file", &self.path, source))
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::io("read the hosts file", path, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_comes_back_and_a_second_line_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hosts");
        let text = "vm ofi+sockets://127.0.0.1:1024\nvm ofi+sockets://127.0.0.1:2048\n";
        fs::write(&path, text).unwrap();
        let snapshot = Snapshot::take(&path).unwrap();
        fs::remove_file(&path).unwrap();
        snapshot.restore().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        fs::write(&path, format!("{text}vm ofi+sockets://127.0.0.1:1024\n")).unwrap();
        snapshot.restore().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn no_file_stays_no_file() {
        let dir = tempfile::tempdir().unwrap();
        Snapshot::take(&dir.path().join("hosts"))
            .unwrap()
            .restore()
            .unwrap();
        assert!(!dir.path().join("hosts").exists());
    }
}
