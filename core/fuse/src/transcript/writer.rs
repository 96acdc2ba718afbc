//! Transcripts that are written while they come about.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::row::{Head, Row, written};
use super::{Line, TranscriptError};
use crate::abi::{InitIn, Opcode};
use crate::codec::{Protocol, Reply};
use crate::engine::init::agreed;
use crate::event::{Event, What};

/// Writes what passes to a file, line by line, and keeps nothing: for conversations of any length. What was written can be
/// read whatever happens next.
///
/// It is fed by an [observer](crate::Builder::observer).
#[derive(Debug)]
pub struct TranscriptWriter {
    path: PathBuf,
    out: File,
    first: Option<Instant>,
    /// What came before it was known what is agreed on, which the first line of the file tells.
    before: Option<Vec<Line>>,
    failed: Option<io::Error>,
}

impl TranscriptWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, TranscriptError> {
        let path = path.as_ref().to_owned();
        match File::create(&path) {
            Ok(out) => Ok(Self {
                path,
                out,
                first: None,
                before: Some(Vec::new()),
                failed: None,
            }),
            Err(source) => Err(TranscriptError::Io {
                what: "write",
                path,
                source,
            }),
        }
    }

    /// Writes down what passed. What went wrong is told at the [end](Self::finish): what is traced goes on.
    pub fn take(&mut self, event: &Event) {
        let first = *self.first.get_or_insert(event.at);
        let line = Line::of(event, first);
        match &mut self.before {
            Some(before) => {
                before.push(line);
                if let Some(protocol) = handshake(event) {
                    self.begin(&protocol);
                }
            }
            None => self.write(&Row::of(&line)),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Not all of it could be written.
    pub fn finish(mut self) -> Result<(), TranscriptError> {
        // A kernel that never shook hands.
        self.begin(&Protocol::default());
        match self.failed {
            None => Ok(()),
            Some(source) => Err(TranscriptError::Io {
                what: "write",
                path: self.path,
                source,
            }),
        }
    }

    fn begin(&mut self, protocol: &Protocol) {
        if let Some(before) = self.before.take() {
            self.write(&Head::new(protocol, true));
            before.iter().for_each(|line| self.write(&Row::of(line)));
        }
    }

    /// In one write each: whoever is killed leaves whole lines.
    fn write(&mut self, json: &impl serde::Serialize) {
        if self.failed.is_none() {
            let done = written(json).and_then(|line| self.out.write_all(&line));
            self.failed = done.err();
        }
    }
}

/// What was agreed on, if this is where it was.
fn handshake(event: &Event) -> Option<Protocol> {
    let What::Reply { request, reply, .. } = &event.what else {
        return None;
    };
    let asked = request
        .args::<InitIn>()
        .filter(|_| request.opcode() == Opcode::Init)?;
    Some(match &**reply {
        Reply::Init(out) => agreed(asked, out),
        _ => Protocol {
            kernel_minor: asked.minor,
            ..Protocol::default()
        },
    })
}
