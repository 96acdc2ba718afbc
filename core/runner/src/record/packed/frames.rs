//! The frames of a compressed log, read one by one and kept while they are near.
//!
//! Several threads read one log at once, each at a place of its own, and a line that goes over the end of a frame is
//! read from both. So the frames that were read last are kept, and none is decompressed while others wait for it.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeekstd::SeekTable;
use zstd::bulk::Decompressor;

/// So many are kept: those around the places of two threads, also where one of them gets ahead meanwhile.
const KEPT: usize = 8;
/// What a damaged table says is not believed beyond this.
const LARGEST: u64 = 2 << 20;

/// The frames of a file, and those of them that were read last.
pub(super) struct Frames {
    table: SeekTable,
    kept: Mutex<Kept>,
    decompressed: AtomicU64,
}

#[derive(Default)]
struct Kept {
    /// The one that was read last is the last.
    frames: VecDeque<(u32, Arc<Vec<u8>>)>,
    /// Those that nobody uses now.
    decoders: Vec<Decompressor<'static>>,
    /// The memory of a frame that is kept no more: fresh memory costs as much as what is written to it.
    spare: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames")
            .field("decompressed", &self.decompressed)
            .finish_non_exhaustive()
    }
}

impl Frames {
    /// Reads the table of a file's frames.
    pub(super) fn of(mut file: &File) -> io::Result<Self> {
        Ok(Self {
            table: SeekTable::from_seekable(&mut file).map_err(damaged)?,
            kept: Mutex::default(),
            decompressed: AtomicU64::new(0),
        })
    }

    /// How long the log is.
    pub(super) fn size(&self) -> u64 {
        self.table.size_decomp()
    }

    /// How many frames were decompressed so far.
    pub(super) fn decompressed(&self) -> u64 {
        self.decompressed.load(Ordering::Relaxed)
    }

    /// Reads at a place of the log, as far as the frame there goes.
    pub(super) fn read_at(&self, file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        if at >= self.size() || buffer.is_empty() {
            return Ok(0);
        }
        let number = self.table.frame_index_decomp(at);
        let start = self.table.frame_start_decomp(number).map_err(damaged)?;
        let frame = match self.known(number) {
            Some(frame) => frame,
            None => self.load(file, number)?,
        };
        let from = usize::try_from(at - start).unwrap_or(usize::MAX).min(frame.len());
        let count = buffer.len().min(frame.len() - from);
        buffer[..count].copy_from_slice(&frame[from..from + count]);
        Ok(count)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a frame that is kept; it stays longer then.
    fn known(&self, number: u32) -> Option<Arc<Vec<u8>>> {
        let mut kept = self.kept();
        let place = kept.frames.iter().rposition(|(known, _)| *known == number)?;
        let found = kept.frames.remove(place)?;
        let frame = Arc::clone(&found.1);
        kept.frames.push_back(found);
        Some(frame)
    }

    /// Decompresses a frame, and keeps it.
    fn load(&self, file: &File, number: u32) -> io::Result<Arc<Vec<u8>>> {
        let (decoder, spare) = {
            let mut kept = self.kept();
            (kept.decoders.pop(), kept.spare.pop())
        };
        let mut decoder = decoder.map_or_else(Decompressor::new, Ok)?;
        let mut bytes = spare.unwrap_or_default();
        self.decompress(file, number, &mut decoder, &mut bytes)?;
        let frame = Arc::new(bytes);
        let mut kept = self.kept();
        kept.decoders.push(decoder);
        kept.frames.push_back((number, Arc::clone(&frame)));
        if kept.frames.len() > KEPT
            && let Some((_, oldest)) = kept.frames.pop_front()
            && let Ok(bytes) = Arc::try_unwrap(oldest)
        {
            kept.spare.push(bytes);
        }
        Ok(frame)
    }

    fn decompress(
        &self,
        file: &File,
        number: u32,
        decoder: &mut Decompressor<'static>,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        let at = self.table.frame_start_comp(number).map_err(damaged)?;
        let packed = self.table.frame_size_comp(number).map_err(damaged)?;
        let size = self.table.frame_size_decomp(number).map_err(damaged)?;
        let mut source = vec![0; room(packed)];
        file.read_exact_at(&mut source, at)?;
        bytes.resize(room(size), 0);
        self.decompressed.fetch_add(1, Ordering::Relaxed);
        let filled = decoder
            .decompress_to_buffer(&source, &mut bytes[..])
            .map_err(damaged)?;
        if filled < bytes.len() {
            return Err(damaged("a frame ends early"));
        }
        Ok(())
    }
}

fn room(size: u64) -> usize {
    usize::try_from(size.min(LARGEST)).unwrap_or(0)
}

pub(super) fn damaged(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the compressed log is damaged: {error}"),
    )
}
