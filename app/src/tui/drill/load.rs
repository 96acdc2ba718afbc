//! The only I/O of the drill-down; made for a worker thread.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use gkfs_runner::record::LogFile;

use super::effect::{Answer, Effect, Loaded, Piece, Wish};
use super::logs::LineRef;
use super::sources::index;
use super::text::LONGEST;
use super::update::Msg;
use crate::compare;

mod changes;
mod excerpt;
mod history;
mod look;
mod mount;
mod preview;
mod search;
#[cfg(test)]
mod tests;
mod workspace;

/// Does what an effect wishes, however long that takes.
pub fn load(effect: Effect) -> Msg {
    let answer = match effect.wish {
        Wish::Look(look) => Answer::Looked(Box::new(look::look(&look))),
        Wish::Read(pieces) => Answer::Read(read(pieces)),
        Wish::Find(find) => search::search(&find),
        Wish::Arrange(tab, work) => Answer::Arranged(tab, work.number, work.done()),
        Wish::Excerpt { file, line, roots } => Answer::Excerpt(excerpt::excerpt(&file, line, &roots)),
        Wish::Tree(ask) => Answer::Tree(workspace::look(ask)),
        Wish::Sums(base, queue) => {
            let (sums, left) = workspace::sums(&base, queue);
            Answer::Sums(sums, left)
        }
        Wish::Preview(ask) => {
            let window = preview::preview(&ask).map_err(|error| error.to_string());
            Answer::Preview(ask.path, window)
        }
        Wish::History { run, id } => Answer::History(history::of(&run, &id)),
        Wish::Mount(ask) => Answer::Mount(ask.number, mount::look(&ask)),
        Wish::Changes(path) => Answer::Changes(changes::read(&path)),
        Wish::Compare(left, right) => {
            let result = compare::attempts(&left, &right, compare::Limits::default());
            Answer::Compared(left, right, result)
        }
        Wish::CompareFiles(ask) => {
            let result = compare::files(&ask, compare::Limits::default());
            Answer::ComparedFiles(ask, result)
        }
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
    read_by(&mut None, pieces)
}

/// The same, with the file that was read last.
fn read_by(open: &mut Option<(PathBuf, LogFile)>, pieces: Vec<Piece>) -> Vec<(LineRef, Vec<u8>)> {
    let mut lines = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if open.as_ref().is_none_or(|(path, _)| *path != piece.path) {
            *open = LogFile::open(&piece.path).ok().map(|file| (piece.path, file));
        }
        let len = (piece.span.end - piece.span.start).min(LONGEST as u64 + 1) as usize;
        let bytes = open
            .as_ref()
            .and_then(|(_, file)| index::read(file, piece.span.start, len).ok());
        let mut bytes = bytes.unwrap_or_default();
        bytes.pop_if(|last| *last == b'\n');
        bytes.truncate(LONGEST);
        lines.push((piece.line, bytes));
    }
    lines
}
