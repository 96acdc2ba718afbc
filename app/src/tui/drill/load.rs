//! The only I/O of the drill-down; made for a worker thread.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::effect::{Answer, Effect, Find, Loaded, Piece, Wish};
use super::logs::LineRef;
use super::sources::index;
use super::text::LONGEST;
use super::update::Msg;

mod excerpt;
mod history;
mod look;
mod workspace;

/// How much of a file is searched at once, in bytes.
const BLOCK: usize = 4 << 20;
/// More places than this nobody goes through.
const PLACES: usize = 1 << 20;

/// Does what an effect wishes, however long that takes.
pub fn load(effect: Effect) -> Msg {
    let answer = match effect.wish {
        Wish::Look(look) => Answer::Looked(Box::new(look::look(&look))),
        Wish::Read(pieces) => Answer::Read(read(pieces)),
        Wish::Find(find) => found(&find),
        Wish::Excerpt { file, line, roots } => Answer::Excerpt(excerpt::excerpt(&file, line, &roots)),
        Wish::List(dir) => {
            let list = workspace::list(&dir).map_err(|error| error.to_string());
            Answer::Listed(dir, list)
        }
        Wish::Preview(path) => {
            let preview = workspace::preview(&path).map_err(|error| error.to_string());
            Answer::Preview(path, preview)
        }
        Wish::History { base, id } => Answer::History(history::of(&base, &id)),
    };
    Msg::Loaded(Loaded {
        generation: effect.generation,
        answer,
    })
}

/// Returns when a file was changed last, in microseconds since the epoch.
fn modified(meta: &Metadata) -> i64 {
    meta.mtime() * 1_000_000 + meta.mtime_nsec() / 1000
}

/// Reads lines; one whose file is gone is empty.
fn read(pieces: Vec<Piece>) -> Vec<(LineRef, Vec<u8>)> {
    let mut open: Option<(PathBuf, File)> = None;
    let mut lines = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if open.as_ref().is_none_or(|(path, _)| *path != piece.path) {
            open = File::open(&piece.path).ok().map(|file| (piece.path, file));
        }
        let len = LONGEST.min(piece.len as usize);
        let bytes = open
            .as_ref()
            .and_then(|(_, file)| index::read(file, piece.at, len).ok());
        lines.push((piece.line, bytes.unwrap_or_default()));
    }
    lines
}

fn found(find: &Find) -> Answer {
    let places = find
        .ranges
        .iter()
        // What cannot be read any more has no places.
        .map(|(source, path, range)| (*source, places(find, path, range.clone()).unwrap_or_default()))
        .collect();
    Answer::Found {
        purpose: find.purpose,
        number: find.number,
        places,
    }
}

/// Returns the offsets at which the pattern occurs, one for each line at most.
fn places(find: &Find, path: &Path, range: std::ops::Range<u64>) -> io::Result<Vec<u64>> {
    let file = File::open(path)?;
    let mut places = Vec::new();
    let mut at = range.start;
    while at < range.end && places.len() < PLACES {
        let want = BLOCK.min((range.end - at) as usize);
        let mut block = index::read(&file, at, want)?;
        if block.is_empty() {
            break;
        }
        // A block ends with a line, unless the line is longer than a block.
        if at + (block.len() as u64) < range.end
            && let Some(end) = memchr::memrchr(b'\n', &block)
        {
            block.truncate(end + 1);
        }
        let mut line_end = 0;
        for place in find.query.places(&block) {
            if place.start >= line_end {
                places.push(at + place.start as u64);
                line_end = memchr::memchr(b'\n', &block[place.start..])
                    .map_or(block.len(), |end| place.start + end + 1);
            }
        }
        at += block.len() as u64;
    }
    Ok(places)
}
