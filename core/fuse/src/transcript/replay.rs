//! A server that answers as another one did.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use super::{Transcript, TranscriptError};
use crate::abi::{Opcode, OutHeader};
use crate::backend::Backend;
use crate::builder::{Builder, Fallback};
use crate::codec::{Protocol, Reply, Request};
use crate::fake::FakeFuse;

/// What makes two requests the same: everything but number, caller and what differs from run to run.
type Key = (u32, u64, Vec<u8>);

pub(crate) fn key(request: &Request) -> Key {
    let mut bytes = request.bytes().to_vec();
    bytes.drain(..size_of::<crate::abi::InHeader>().min(bytes.len()));
    // A lock's owner is a number that the kernel makes up for each process.
    match request.opcode() {
        Opcode::Flush | Opcode::Release | Opcode::Releasedir => blank(&mut bytes, 16..24),
        Opcode::Read | Opcode::Readdir | Opcode::Readdirplus | Opcode::Write => blank(&mut bytes, 24..32),
        Opcode::Setattr => blank(&mut bytes, 24..32),
        Opcode::Interrupt => blank(&mut bytes, 0..8),
        _ => {}
    }
    (request.header.opcode, request.node(), bytes)
}

fn blank(bytes: &mut [u8], range: std::ops::Range<usize>) {
    if let Some(part) = bytes.get_mut(range) {
        part.fill(0);
    }
}

/// Answers as recorded: the same request gets the same answers in the same order, the last of them again and again.
#[derive(Debug)]
pub(crate) struct Replay {
    answers: HashMap<Key, VecDeque<Vec<u8>>>,
}

impl Replay {
    pub(crate) fn new(transcript: &Transcript) -> Self {
        let protocol = transcript.protocol();
        let mut asked: HashMap<u64, Key> = HashMap::new();
        let mut answers: HashMap<Key, VecDeque<Vec<u8>>> = HashMap::new();
        for line in &transcript.lines {
            match line.dir.as_str() {
                "request" => {
                    if let Ok(request) = Request::decode(&line.bytes, &protocol) {
                        asked.insert(line.unique, key(&request));
                    }
                }
                "reply" => {
                    if let Some(key) = asked.get(&line.unique) {
                        answers
                            .entry(key.clone())
                            .or_default()
                            .push_back(line.bytes.clone());
                    }
                }
                _ => {}
            }
        }
        Self { answers }
    }
}

impl Backend for Replay {
    fn answer(&mut self, request: &Request, _: &Protocol) -> Reply {
        if !request.opcode().is_answered() || request.opcode() == Opcode::Interrupt {
            return Reply::Nothing;
        }
        let recorded = self
            .answers
            .get_mut(&key(request))
            .and_then(|answers| match answers.len() {
                0 | 1 => answers.front().cloned(),
                _ => answers.pop_front(),
            });
        match recorded {
            Some(mut bytes) => {
                if let Some(place) = bytes.get_mut(8..size_of::<OutHeader>()) {
                    place.copy_from_slice(&request.unique().to_ne_bytes());
                }
                Reply::Raw(bytes)
            }
            None => Reply::Unknown,
        }
    }
}

impl FakeFuse {
    /// A server that answers as the one did that was recorded in this file, with the version and flags agreed on then. A
    /// request that was not recorded gets `EIO` and fails the test, which is told where the kernel is not as it was then.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn replay(path: impl AsRef<Path>) -> Result<Builder, TranscriptError> {
        Ok(Transcript::load(path)?.replay())
    }
}

impl Transcript {
    /// A server that answers as the one did that was recorded here; see [`FakeFuse::replay`].
    pub fn replay(&self) -> Builder {
        let mut builder = FakeFuse::builder().protocol(self.minor);
        builder.config.recorded = Some(self.protocol());
        builder
            .without_init_flags(u64::MAX)
            .init_flags(self.flags)
            .fallback(Fallback::With(Box::new(Replay::new(self))))
    }
}
