//! Whether a pattern has appeared in any log of a directory since a moment.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// More of a log's end is not looked through again.
const WINDOW: u64 = 64 * 1024;

/// The logs of a directory, as long as they were.
#[derive(Debug)]
pub(super) struct Said {
    dir: PathBuf,
    pattern: Regex,
    before: BTreeMap<PathBuf, u64>,
}

impl Said {
    /// What is in the logs by now does not count.
    pub(super) fn begin(dir: &Path, pattern: &str) -> io::Result<Self> {
        Ok(Self {
            dir: dir.to_owned(),
            pattern: Regex::new(pattern).map_err(io::Error::other)?,
            before: sizes(dir)?.collect(),
        })
    }

    /// Whether a line has it now.
    pub(super) fn look(&mut self) -> io::Result<bool> {
        for (path, size) in sizes(&self.dir)? {
            let before = self.before.get(&path).copied().unwrap_or(0).min(size);
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(before.max(size.saturating_sub(WINDOW))))?;
            let mut bytes = Vec::new();
            file.take(WINDOW).read_to_end(&mut bytes)?;
            if String::from_utf8_lossy(&bytes)
                .lines()
                .any(|line| self.pattern.is_match(line))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The logs and their sizes. The harness's own record is none.
fn sizes(dir: &Path) -> io::Result<impl Iterator<Item = (PathBuf, u64)>> {
    let entries = fs::read_dir(dir)?.flatten().map(|entry| entry.path());
    let logs = entries.filter(|path| path.extension().is_some_and(|end| end == "log"));
    Ok(logs.filter_map(|path| {
        let size = path.metadata().ok().filter(|meta| meta.is_file())?.len();
        Some((path, size))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_counts() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("fs.log");
        fs::write(&log, "serving 1\n").unwrap();
        let mut said = Said::begin(dir.path(), r"^serving \d+$").unwrap();
        assert!(!said.look().unwrap());
        fs::write(dir.path().join("other"), "serving 2\n").unwrap();
        assert!(!said.look().unwrap());
        fs::write(&log, "serving 1\nserving 2\n").unwrap();
        assert!(said.look().unwrap());
    }
}
