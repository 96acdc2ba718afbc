//! Looking for a pattern in lines of files.

use std::io;
use std::ops::Range;

use gkfs_runner::record::LogFile;

use crate::tui::drill::effect::{Answer, Find, Scope};
use crate::tui::drill::halves;
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
        let lines = lines_of(&find.query, scope).unwrap_or_default();
        (scope.source, scope.range.clone(), lines)
    });
    Answer::Found {
        purpose: find.purpose,
        number: find.number,
        places: places.collect(),
    }
}

/// Returns the lines that have the pattern.
fn lines_of(query: &Query, scope: &Scope) -> io::Result<Vec<u32>> {
    let file = LogFile::open(&scope.path)?;
    let Range { start, end } = scope.range;
    let Some(middle) = middle(scope) else {
        return lines(query, &file, scope, start..end);
    };
    let (first, second) = halves::both(
        || lines(query, &file, scope, start..middle),
        || lines(query, &file, scope, middle..end),
    );
    let mut found = first?;
    found.extend(second?);
    Ok(found)
}

/// Returns the line with which the second half begins, if there is enough for two.
fn middle(scope: &Scope) -> Option<u32> {
    let start = scope.lines.span(scope.range.start)?.start;
    let end = scope.lines.span(scope.range.end.checked_sub(1)?)?.end;
    let line = scope.lines.at(start + (end - start) / 2)?;
    let is_within = scope.range.start < line && line < scope.range.end;
    (is_within && halves::is_worth_it(end - start)).then_some(line)
}

/// Returns those of some lines of a file.
fn lines(query: &Query, file: &LogFile, scope: &Scope, range: Range<u32>) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    let mut line = range.start;
    while line < range.end {
        let Some(first) = scope.lines.span(line) else {
            break;
        };
        let full = scope.lines.at(first.start + BLOCK - 1).unwrap_or(line);
        // A line that does not end within a block comes by itself.
        let last = full.min(range.end).max(line + 1);
        if last == line + 1 && first.end - first.start > BLOCK {
            if is_in_long(query, file, first, &mut buffer)? {
                found.push(line);
            }
        } else {
            let end = scope.lines.span(last - 1).map_or(first.end, |span| span.end);
            buffer.resize((end - first.start) as usize, 0);
            let filled = index::fill(file, first.start, &mut buffer)?;
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

fn is_in_long(query: &Query, file: &LogFile, span: Range<u64>, buffer: &mut Vec<u8>) -> io::Result<bool> {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::tui::drill::sources::clock::Clock;
    use crate::tui::drill::sources::index::{Cursor, grow};
    use crate::tui::drill::sources::lines::Lines;

    proptest! {
        /// Logs on both sides of the size from which on two threads look.
        #[test]
        fn what_two_threads_find_is_what_is_there(
            texts in prop::collection::vec("[a-d ]{0,60}", 1..80),
            ends in (0.0..1.0, 0.0..1.0),
        ) {
            let dir = tempfile::tempdir()?;
            let path = dir.path().join("log");
            fs::write(&path, texts.iter().map(|text| format!("{text}\n")).collect::<String>())?;
            let clock = Clock::new(Some(TimeZone::UTC), None, &[]);
            let growth = grow(&path, Cursor::new(clock), u64::MAX, true)?;
            let mut lines = Lines::default();
            lines.append(growth.entries, growth.cursor.end());
            let (one, other) = (
                (ends.0 * texts.len() as f64) as u32,
                (ends.1 * texts.len() as f64) as u32,
            );
            let range = one.min(other)..one.max(other) + 1;
            let here: Vec<u32> = range
                .clone()
                .filter(|line| texts[*line as usize].contains("ab"))
                .collect();
            let scope = Scope { source: 0, path, lines, range };
            let query = Query::new("ab").expect("a pattern");
            prop_assert_eq!(lines_of(&query, &scope)?, here);
        }
    }
}
