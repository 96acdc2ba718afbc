//! The hosts file while one of its daemons is restarted.
//!
//! A daemon adds its line when it starts and removes the *whole file* when it ends in peace; one that is killed
//! leaves its line. Clients number the daemons by line. So a restart puts the file back as it was.

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
        let text = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(Error::io("read the hosts file", path, source)),
        };
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// Writes it without the lines of the daemon on `port`, which is to add its own.
    pub(super) fn without_port(&self, port: u16) -> Result<()> {
        let Some(text) = &self.text else { return Ok(()) };
        let end = format!(":{port}");
        let kept = text.lines().filter(|line| !line.trim_end().ends_with(&end));
        self.write(&kept.map(|line| format!("{line}\n")).collect::<String>())
    }

    /// Writes it as it was, for it names the same daemons again.
    pub(super) fn restore(&self) -> Result<()> {
        self.text.as_ref().map_or(Ok(()), |text| self.write(text))
    }

    /// By a rename: a client that starts meanwhile reads one or the other.
    fn write(&self, text: &str) -> Result<()> {
        let new = self.path.with_extension("new");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.path));
        written.map_err(|source| Error::io("write the hosts file", &self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_daemons_own_line_goes_and_comes_back_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hosts");
        let text = "vm ofi+sockets://127.0.0.1:1024\nvm ofi+sockets://127.0.0.1:2048\n";
        fs::write(&path, text).unwrap();
        let snapshot = Snapshot::take(&path).unwrap();
        snapshot.without_port(1024).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "vm ofi+sockets://127.0.0.1:2048\n"
        );
        fs::remove_file(&path).unwrap();
        snapshot.restore().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn no_file_stays_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::take(&dir.path().join("hosts")).unwrap();
        snapshot.without_port(1024).unwrap();
        snapshot.restore().unwrap();
        assert!(!dir.path().join("hosts").exists());
    }
}
