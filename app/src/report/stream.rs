//! `-s`: what tests print, while they print it, each line behind its test's id.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gkfs_runner::record::LogFile;
use gkfs_runner::{Event, EventKind};

use super::Results;
use super::style::FAINT;
use super::tail::printable;

/// Longest part of a file read in one go.
const BLOCK: u64 = 256 * 1024;

/// Follows the output files of running attempts.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    followed: Vec<Followed>,
}

#[derive(Debug)]
struct Followed {
    id: String,
    path: PathBuf,
    offset: u64,
    /// The beginning of a line whose end is not written yet.
    partial: Vec<u8>,
}

impl Stream {
    /// Begins to follow an attempt, or writes the rest of one that ended.
    pub(crate) fn event(&mut self, event: &Event, results: &Results, out: &mut dyn Write) -> io::Result<()> {
        match &event.kind {
            EventKind::AttemptStarted { id, dir, .. } => {
                let dir = results.dir.join(dir);
                self.followed
                    .extend(["stdout.log", "stderr.log"].map(|name| Followed::new(id, &dir.join(name))));
            }
            EventKind::AttemptFinished(end) => {
                let (ended, others) = std::mem::take(&mut self.followed)
                    .into_iter()
                    .partition(|it| it.id == end.id);
                self.followed = others;
                let ended: Vec<Followed> = ended;
                for mut file in ended {
                    file.drain(out)?;
                    file.last_line(out)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes what came since.
    pub(crate) fn poll(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.followed.iter_mut().try_for_each(|file| file.drain(out))
    }

    /// Whether anything new can be written now.
    pub(crate) fn is_behind(&self) -> bool {
        self.followed.iter().any(|file| {
            LogFile::open(&file.path).is_ok_and(|log| log.size().is_ok_and(|size| size > file.offset))
        })
    }
}

impl Followed {
    fn new(id: &str, path: &Path) -> Followed {
        Followed {
            id: id.into(),
            path: path.into(),
            offset: 0,
            partial: Vec::new(),
        }
    }

    /// Writes every whole line beyond the offset. A file that is not there yet has none.
    fn drain(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Ok(file) = LogFile::open(&self.path) else {
            return Ok(());
        };
        loop {
            let block = file.read_from(self.offset, BLOCK)?;
            if block.is_empty() {
                return Ok(());
            }
            self.offset += block.len() as u64;
            self.partial.extend(block);
            let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let rest = self.partial.split_off(end + 1);
            let whole = std::mem::replace(&mut self.partial, rest);
            for line in whole[..end].split(|byte| *byte == b'\n') {
                self.line(line, out)?;
            }
        }
    }

    fn last_line(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let rest = std::mem::take(&mut self.partial);
        if rest.is_empty() {
            Ok(())
        } else {
            self.line(&rest, out)
        }
    }

    fn line(&self, line: &[u8], out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{FAINT}{} |{FAINT:#} {}",
            self.id,
            printable(&String::from_utf8_lossy(line))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_none_is_lost() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("stdout.log");
        let mut file = Followed::new("g::t", &path);
        let mut out = anstream::StripStream::new(Vec::new());
        file.drain(&mut out).expect("a missing file is no error");
        std::fs::write(&path, "one\ntw").expect("write");
        file.drain(&mut out).expect("readable");
        std::fs::write(&path, "one\ntwo\nthree").expect("write");
        file.drain(&mut out).expect("readable");
        file.last_line(&mut out).expect("writable");
        assert_eq!(
            String::from_utf8(out.into_inner()).expect("utf-8"),
            "g::t | one\ng::t | two\ng::t | three\n"
        );
    }
}
