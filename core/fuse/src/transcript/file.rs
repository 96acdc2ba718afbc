//! Transcripts as files: a line of JSON that tells what was agreed on, then one for each thing that passed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{DIRECTIONS, Line, Transcript};
use crate::codec::Request;

/// The version of the format.
const VERSION: u32 = 1;

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
    /// It was written by a newer version.
    #[error("{} has version {version} of the format, and this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It was recorded with another byte order, or with a kernel that spoke another major version.
    #[error("{} was recorded on a machine of another byte order", path.display())]
    Endianness {
        /// The file.
        path: PathBuf,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    fusetrace: u32,
    minor: u32,
    kernel_minor: u32,
    flags: u64,
    little_endian: bool,
}

#[derive(Serialize, Deserialize)]
struct Row {
    us: u64,
    dir: String,
    #[serde(default)]
    unique: u64,
    #[serde(default)]
    b64: String,
    text: String,
}

impl Transcript {
    /// Writes it to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), TranscriptError> {
        let path = path.as_ref();
        let failed = |source| TranscriptError::Io {
            what: "write",
            path: path.to_owned(),
            source,
        };
        let mut out = BufWriter::new(File::create(path).map_err(failed)?);
        let head = Head {
            fusetrace: VERSION,
            minor: self.minor,
            kernel_minor: self.kernel_minor,
            flags: self.flags,
            little_endian: cfg!(target_endian = "little"),
        };
        let text = |json: serde_json::Result<String>| json.map_err(io::Error::from);
        let mut write = || -> io::Result<()> {
            writeln!(out, "{}", text(serde_json::to_string(&head))?)?;
            for line in &self.lines {
                let row = Row {
                    us: line.at.as_micros() as u64,
                    dir: line.dir.clone(),
                    unique: line.unique,
                    b64: STANDARD.encode(&line.bytes),
                    text: line.text.clone(),
                };
                writeln!(out, "{}", text(serde_json::to_string(&row))?)?;
            }
            out.flush()
        };
        write().map_err(failed)
    }

    /// Reads it from a file.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or is of a version or a machine that this program cannot use; the message names
    /// the line.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, TranscriptError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| TranscriptError::Io {
            what: "read",
            path: path.to_owned(),
            source,
        })?;
        let damaged = |line: usize, problem: String| TranscriptError::Damaged {
            path: path.to_owned(),
            line,
            problem,
        };
        let mut lines = text.lines().enumerate();
        let first = lines.next().map_or("", |(_, line)| line);
        let head: Head = serde_json::from_str(first).map_err(|error| damaged(1, error.to_string()))?;
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
        let mut transcript = Self {
            minor: head.minor,
            kernel_minor: head.kernel_minor,
            flags: head.flags,
            lines: Vec::new(),
        };
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let line = transcript
                .row(line)
                .map_err(|problem| damaged(index + 1, problem))?;
            transcript.lines.push(line);
        }
        Ok(transcript)
    }

    fn row(&self, line: &str) -> Result<Line, String> {
        let row: Row = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if !DIRECTIONS.contains(&row.dir.as_str()) {
            return Err(format!(
                "`{}` is no direction: {}",
                row.dir,
                DIRECTIONS.join(", ")
            ));
        }
        let bytes = STANDARD.decode(&row.b64).map_err(|error| error.to_string())?;
        if row.dir == "request" {
            Request::decode(&bytes, &self.protocol()).map_err(|error| error.to_string())?;
        }
        Ok(Line {
            at: Duration::from_micros(row.us),
            dir: row.dir,
            unique: row.unique,
            bytes,
            text: row.text,
        })
    }
}
