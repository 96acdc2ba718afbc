//! The lines of a part of a file, as they are written: what they say of their time is not told on any clock yet, so that
//! parts can be looked through by two threads at once.

use std::io;
use std::ops::Range;

use gkfs_runner::record::LogFile;

use super::head::{Heads, LOOKED_AT, Level};
use super::index::{Entry, fill, read};
use super::stamp::{Stamp, Zone};
use crate::tui::drill::halves;

/// How much is read at once: what was read is still near the processor when it is looked through.
const BLOCK: usize = 256 << 10;

/// A line, as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawLine {
    /// Where it begins.
    pub(super) at: u64,
    pub(super) level: Level,
    pub(super) internal: bool,
    /// What its stamp says, if it has one.
    wall: i64,
    zone: Option<Zone>,
}

impl RawLine {
    /// Reads the head of the line at a place.
    pub(super) fn new(at: u64, bytes: &[u8], heads: &mut Heads) -> RawLine {
        let head = heads.read(bytes);
        RawLine {
            at,
            level: head.level,
            internal: head.internal,
            wall: head.stamp.map_or(0, |stamp| stamp.wall),
            zone: head.stamp.map(|stamp| stamp.zone),
        }
    }

    /// The line, written then; `back` says whether the clock had gone back there.
    pub(super) fn entry(self, ts: i64, back: bool) -> Entry {
        Entry {
            at: self.at,
            ts,
            level: self.level,
            internal: self.internal,
            back,
        }
    }

    pub(super) fn stamp(self) -> Option<Stamp> {
        let (wall, end) = (self.wall, 0);
        self.zone.map(|zone| Stamp { wall, zone, end })
    }
}

/// What a part of a file holds.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Where the line ends that began before it, if that ends in it.
    pub(super) first: Option<u64>,
    /// The lines that begin in it and have their ends there.
    pub(super) lines: Vec<RawLine>,
    /// Where the line begins that has no end in it.
    pub(super) open: u64,
    /// How far it was read.
    pub(super) end: u64,
    /// Whether that is as far as it was to be.
    pub(super) is_whole: bool,
}

/// Looks through a part of a file. What is known of other lines only makes the next one faster to read.
pub(super) fn parts(file: &LogFile, range: Range<u64>, heads: &mut Heads) -> io::Result<Vec<Part>> {
    let size = range.end.saturating_sub(range.start);
    if !halves::is_worth_it(size) {
        return Ok(vec![part(file, range, heads)?]);
    }
    let middle = range.start + size / 2;
    let mut others = heads.clone();
    let (first, second) = halves::both(
        || part(file, range.start..middle, heads),
        || part(file, middle..range.end, &mut others),
    );
    Ok(vec![first?, second?])
}

fn part(file: &LogFile, range: Range<u64>, heads: &mut Heads) -> io::Result<Part> {
    let left = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(BLOCK);
    // One buffer for all blocks: fresh memory costs more than what is read into it.
    let mut buffer = vec![0; BLOCK.min(left)];
    let mut part = Part {
        end: range.start,
        ..Part::default()
    };
    while part.end < range.end {
        let start = part.end;
        let want = buffer.len().min((range.end - start) as usize);
        let filled = fill(file, start, &mut buffer[..want])?;
        let block = &buffer[..filled];
        if block.is_empty() {
            return Ok(part);
        }
        for end in memchr::memchr_iter(b'\n', block) {
            let after = start + end as u64;
            if part.first.is_none() {
                part.first = Some(after);
            } else {
                let line = match part.open.checked_sub(start) {
                    Some(from) => RawLine::new(part.open, &block[from as usize..end], heads),
                    None => {
                        let length = LOOKED_AT.min((after - part.open) as usize);
                        RawLine::new(part.open, &read(file, part.open, length)?, heads)
                    }
                };
                part.lines.push(line);
            }
            part.open = after + 1;
        }
        part.end += block.len() as u64;
    }
    part.is_whole = true;
    Ok(part)
}
