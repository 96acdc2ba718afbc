//! Transcripts as files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Transcript;
use super::row::{Head, Row, VERSION, written};

/// A file is no transcript that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// It cannot be read or written.
    #[error("cannot {what} the transcript {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// It is damaged.
    #[error("{}:{line}: not a line of a transcript: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Its end is missing.
    #[error(
        "{}:{}: cut off, as by a kill or a full disk; the {whole} messages before are whole",
        path.display(),
        whole + 2
    )]
    Cut {
        /// The file.
        path: PathBuf,
        /// How many messages are there.
        whole: usize,
    },
    /// It was written by a newer version.
    #[error("{} has version {version} of the format, and this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It was recorded with another byte order.
    #[error("{} was recorded on a machine of another byte order", path.display())]
    Endianness {
        /// The file.
        path: PathBuf,
    },
}

impl Transcript {
    /// Writes it to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), TranscriptError> {
        let path = path.as_ref();
        let write = || -> io::Result<()> {
            let mut out = BufWriter::new(File::create(path)?);
            out.write_all(&written(&Head::new(&self.protocol(), false))?)?;
            for line in &self.lines {
                out.write_all(&written(&Row::of(line))?)?;
            }
            out.flush()
        };
        write().map_err(|source| TranscriptError::Io {
            what: "write",
            path: path.to_owned(),
            source,
        })
    }

    /// Reads it from a file.
    ///
    /// # Errors
    /// The file cannot be read, is damaged or cut off, or is of a version or a machine that this program cannot use; the
    /// message names the line.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, TranscriptError> {
        match Self::load_what_is_there(path)? {
            (transcript, None) => Ok(transcript),
            (_, Some(cut)) => Err(cut),
        }
    }

    /// Reads it from a file that may be [cut off](TranscriptError::Cut), which is told beside what is there: who wrote it
    /// may have been killed, or still be at it.
    ///
    /// # Errors
    /// As [`load`](Self::load), otherwise.
    pub fn load_what_is_there(
        path: impl AsRef<Path>,
    ) -> Result<(Self, Option<TranscriptError>), TranscriptError> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|source| TranscriptError::Io {
            what: "read",
            path: path.to_owned(),
            source,
        })?;
        let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        // Behind the last line's end there is nothing; what stands there is the beginning of a line.
        let rest = lines.pop().filter(|rest| !rest.is_empty());
        let head = head(path, lines.first().copied().or(rest).unwrap_or_default())?;
        let mut transcript = Self {
            minor: head.minor,
            kernel_minor: head.kernel_minor,
            flags: head.flags,
            lines: Vec::new(),
        };
        for (index, line) in lines
            .iter()
            .enumerate()
            .skip(1)
            .filter(|(_, line)| !line.is_empty())
        {
            let row = serde_json::from_slice::<Row>(line).map_err(|error| error.to_string());
            let line = row.and_then(|row| row.line(&transcript.protocol()));
            transcript
                .lines
                .push(line.map_err(|problem| TranscriptError::Damaged {
                    path: path.to_owned(),
                    line: index + 1,
                    problem,
                })?);
        }
        let ended = transcript.lines.iter().rev().any(|line| line.dir == "closed");
        let cut = rest.is_some() || head.live && !ended;
        let cut = cut.then(|| TranscriptError::Cut {
            path: path.to_owned(),
            whole: transcript.lines.len(),
        });
        Ok((transcript, cut))
    }
}

fn head(path: &Path, line: &[u8]) -> Result<Head, TranscriptError> {
    let damaged = |problem| TranscriptError::Damaged {
        path: path.to_owned(),
        line: 1,
        problem,
    };
    if line.is_empty() {
        return Err(damaged("there is nothing".to_owned()));
    }
    let head: Head = serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
    if head.fusetrace > VERSION {
        return Err(TranscriptError::Version {
            path: path.to_owned(),
            version: head.fusetrace,
        });
    }
    if head.little_endian != cfg!(target_endian = "little") {
        return Err(TranscriptError::Endianness {
            path: path.to_owned(),
        });
    }
    Ok(head)
}
