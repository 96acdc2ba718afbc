//! A file that does not grow without end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file larger than this is put aside, and a new one begun.
const MOST: u64 = 2 << 20;

/// A file, and at most one that was put aside: `name.1`.
pub(super) struct Rolling {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Rolling {
    /// Begins the file.
    pub(super) fn create(path: &Path) -> io::Result<Rolling> {
        Ok(Rolling {
            path: path.to_owned(),
            file: File::create(path)?,
            size: 0,
        })
    }

    fn aside(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".1");
        name.into()
    }
}

impl Write for Rolling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + bytes.len() as u64 > MOST {
            fs::rename(&self.path, self.aside())?;
            *self = Rolling::create(&self.path)?;
        }
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_hold_the_newest_lines() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.log");
        let mut log = Rolling::create(&path).expect("a file");
        let line = [b'x'; 4096];
        for _ in 0..2000 {
            log.write_all(&line).expect("room");
        }
        let size = |path: &Path| fs::metadata(path).expect("a file").len();
        let sizes = [size(&path), size(&log.aside())];
        assert!(sizes.iter().all(|size| *size > 0 && *size <= MOST), "{sizes:?}");
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 2);
    }
}
