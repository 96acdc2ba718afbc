//! The events of a run that another process makes right now, as they come.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::open::{Lines, parse_lines};
use crate::error::RecordError;
use crate::event::Event;

/// How much is read at a time.
const BLOCK: usize = 1 << 20;

/// Reads a growing `events.jsonl`, each line once.
#[derive(Debug, Clone)]
pub struct Tail {
    path: PathBuf,
    /// Behind the last complete line that was read.
    offset: u64,
    /// Which file that was in; another of the same name is read from its start.
    file: Option<(u64, u64)>,
}

impl Tail {
    pub(super) fn new(run: &Path) -> Tail {
        Tail {
            path: run.join("events.jsonl"),
            offset: 0,
            file: None,
        }
    }

    /// The complete lines that were written since the last call.
    ///
    /// # Errors
    /// When the file cannot be read, for example because the run was removed.
    pub fn read(&mut self) -> Result<Lines<Event>, RecordError> {
        let path = self.path.clone();
        let unreadable = |source| RecordError::Read {
            path: path.clone(),
            source,
        };
        let file = File::open(&self.path).map_err(unreadable)?;
        let meta = file.metadata().map_err(unreadable)?;
        let identity = Some((meta.dev(), meta.ino()));
        if self.file != identity || meta.len() < self.offset {
            (self.file, self.offset) = (identity, 0);
        }
        let mut bytes = Vec::new();
        loop {
            let read = bytes.len();
            bytes.resize(read + BLOCK, 0);
            let more = file.read_at(&mut bytes[read..], self.offset + read as u64);
            let more = more.map_err(unreadable)?;
            bytes.truncate(read + more);
            if more == 0 {
                break;
            }
        }
        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        self.offset += whole as u64;
        Ok(parse_lines(&bytes[..whole]))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    fn line(seq: u64) -> String {
        format!("{{\"v\":1,\"seq\":{seq},\"ts\":1,\"mono\":2,\"kind\":\"slow\",\"id\":\"g::t\"}}\n")
    }

    fn numbers(tail: &mut Tail) -> Vec<u64> {
        let lines = tail.read().expect("a readable file");
        lines.items.iter().map(|event| event.seq).collect()
    }

    #[test]
    fn each_line_comes_once_and_only_when_it_is_whole() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut tail = Tail::new(dir.path());
        assert!(tail.read().is_err());
        let path = dir.path().join("events.jsonl");
        fs::write(&path, line(0) + &line(1)[..20]).expect("a file");
        assert_eq!(numbers(&mut tail), [0]);
        assert!(numbers(&mut tail).is_empty());
        let mut file = File::options().append(true).open(&path).expect("a file");
        file.write_all(&line(1).as_bytes()[20..]).expect("a line");
        assert_eq!(numbers(&mut tail), [1]);
        // Replaced, it is another run's.
        fs::remove_file(&path).expect("a file");
        assert!(tail.read().is_err());
        fs::write(&path, line(7)).expect("a file");
        assert_eq!(numbers(&mut tail), [7]);
    }
}
