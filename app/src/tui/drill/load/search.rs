//! Looking for a pattern in lines of files.

use std::io;

use gkfs_runner::record::LogFile;

use crate::tui::drill::effect::{Answer, Find, Scope};
use crate::tui::drill::query::Query;
use crate::tui::drill::sources::index;

/// How much is read at once, in bytes.
const BLOCK: u64 = 1 << 20;
/// A line that is longer than a block is looked through in pieces, each of which begins with so much of the one before:
/// what lies across is found, unless it is longer still.
const OVERLAP: u64 = 4 << 10;

/// Looks.
pub(super) fn search(find: &Find) -> Answer {
    let places = find.scopes.iter().map(|scope| {
        // What cannot be read any more has no places.
        let lines = lines(&find.query, scope).unwrap_or_default();
        (scope.source, scope.range.clone(), lines)
    });
    Answer::Found {
        purpose: find.purpose,
        number: find.number,
        places: places.collect(),
    }
}

/// Returns the lines that have the pattern.
fn lines(query: &Query, scope: &Scope) -> io::Result<Vec<u32>> {
    let file = LogFile::open(&scope.path)?;
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    let mut line = scope.range.start;
    while line < scope.range.end {
        let Some(first) = scope.lines.span(line) else {
            break;
        };
        let full = scope.lines.at(first.start + BLOCK - 1).unwrap_or(line);
        // A line that does not end within a block comes by itself.
        let last = full.min(scope.range.end).max(line + 1);
        if last == line + 1 && first.end - first.start > BLOCK {
            if is_in_long(query, &file, first, &mut buffer)? {
                found.push(line);
            }
        } else {
            let end = scope.lines.span(last - 1).map_or(first.end, |span| span.end);
            buffer.resize((end - first.start) as usize, 0);
            let filled = index::fill(&file, first.start, &mut buffer)?;
            in_block(query, &buffer[..filled], first.start, scope, &mut found);
        }
        line = last;
    }
    Ok(found)
}

/// Takes the lines of a block of whole lines that have the pattern.
fn in_block(query: &Query, block: &[u8], start: u64, scope: &Scope, found: &mut Vec<u32>) {
    let mut from = 0;
    while let Some(place) = query.first(block, from) {
        let Some(line) = scope.lines.at(start + place as u64) else {
            break;
        };
        found.push(line);
        match memchr::memchr(b'\n', &block[place..]) {
            Some(end) => from = place + end + 1,
            None => break,
        }
    }
}

fn is_in_long(
    query: &Query,
    file: &LogFile,
    span: std::ops::Range<u64>,
    buffer: &mut Vec<u8>,
) -> io::Result<bool> {
    let mut at = span.start;
    while at < span.end {
        buffer.resize(BLOCK.min(span.end - at) as usize, 0);
        let filled = index::fill(file, at, buffer)?;
        if query.is_in(&buffer[..filled]) {
            return Ok(true);
        }
        at += BLOCK - OVERLAP;
    }
    Ok(false)
}
