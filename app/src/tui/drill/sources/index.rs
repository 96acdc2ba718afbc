//! The lines of a growing file: where each begins, when it was written and how grave it is. Never their text.
//!
//! Files are read in blocks with `pread`, not mapped: a log that is cut short while it is shown must not end the program.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use gkfs_runner::record::LogFile;

use super::clock::Clock;
use super::head::{Heads, LOOKED_AT, Level};
use super::lines::{LARGEST, Lines};
use super::raw::{Part, RawLine, parts};

/// How much of a line without an end is told.
const OPEN: usize = 160;
/// How much of a file's beginning tells it from another of its name.
const BEGINNING: usize = 64;

/// One line. It ends where the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it begins, in bytes.
    pub(crate) at: u64,
    /// When it was written, in microseconds since the epoch; never less than the line before.
    pub(crate) ts: i64,
    /// How grave it is.
    pub(crate) level: Level,
    /// Whether the client library talks to itself.
    pub(crate) internal: bool,
    /// Whether the source's clock had gone back here.
    pub(crate) back: bool,
}

/// How far a file was indexed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cursor {
    /// The clock of its writer.
    pub(crate) clock: Clock,
    heads: Heads,
    file: (u64, u64),
    beginning: Vec<u8>,
    /// Where the line begins that has no end yet.
    line: u64,
    /// How far ends were looked for.
    scanned: u64,
}

impl Cursor {
    /// The beginning of a file whose writer has this clock.
    pub(crate) fn new(clock: Clock) -> Cursor {
        Cursor {
            clock,
            ..Cursor::default()
        }
    }

    /// Where the last indexed line ended.
    pub(crate) fn end(&self) -> u64 {
        self.line
    }
}

/// What was found since the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Growth {
    /// The file is another one now, or was cut: what was known of it is void.
    pub(crate) restarted: bool,
    /// New lines.
    pub(crate) entries: Lines,
    /// Where to go on.
    pub(crate) cursor: Cursor,
    /// Whether there is more to read at once.
    pub(crate) more: bool,
    /// Whether anything has come, be it less than a line.
    pub(crate) grew: bool,
    /// The beginning of the line that has no end yet.
    pub(crate) open: Vec<u8>,
}

/// Indexes at most about `limit` bytes more of a file. `whole` means that nobody writes any more: then a last line
/// without an end is a line, too.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn grow(path: &Path, cursor: Cursor, limit: u64, whole: bool) -> io::Result<Growth> {
    grow_of(&LogFile::open(path)?, cursor, limit, whole)
}

/// The same of a file that is open.
pub(crate) fn grow_of(file: &LogFile, mut cursor: Cursor, limit: u64, whole: bool) -> io::Result<Growth> {
    let meta = file.metadata()?;
    let restarted = cursor.scanned > 0 && !is_same(file, &meta, &cursor)?;
    if restarted {
        cursor = Cursor::new(cursor.clock.restarted());
    }
    cursor.file = (meta.dev(), meta.ino());
    if cursor.beginning.len() < BEGINNING {
        cursor.beginning = read(file, 0, BEGINNING)?;
    }
    let mut scan = Scan {
        file,
        cursor,
        untimed: Vec::new(),
        lines: Lines::default(),
    };
    let before = scan.cursor.scanned;
    let size = scan.blocks(file.size()?, limit)?;
    let more = scan.cursor.scanned < size;
    if whole && !more && scan.cursor.line < scan.cursor.scanned {
        scan.last_line()?;
    }
    scan.end(meta.mtime() * 1_000_000 + meta.mtime_nsec() / 1000);
    let open = scan.cursor.scanned - scan.cursor.line.min(scan.cursor.scanned);
    let open = read(file, scan.cursor.line, OPEN.min(open as usize))?;
    Ok(Growth {
        restarted,
        entries: scan.lines,
        grew: scan.cursor.scanned > before,
        cursor: scan.cursor,
        more,
        open,
    })
}

/// Whether this is still the file that was indexed: not a new one, not cut, and it begins as it did.
fn is_same(file: &LogFile, meta: &std::fs::Metadata, cursor: &Cursor) -> io::Result<bool> {
    // One that was compressed meanwhile is another file with the same lines.
    Ok(file.size()? >= cursor.scanned
        && ((meta.dev(), meta.ino()) == cursor.file || file.is_packed())
        && read(file, 0, cursor.beginning.len())? == cursor.beginning)
}

/// Reads `len` bytes at `at`, less at the end.
pub(crate) fn read(file: &LogFile, at: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let filled = fill(file, at, &mut bytes)?;
    bytes.truncate(filled);
    Ok(bytes)
}

/// Fills a buffer from `at` on, as far as the file goes; returns how far.
pub(crate) fn fill(file: &LogFile, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

struct Scan<'a> {
    file: &'a LogFile,
    cursor: Cursor,
    /// Lines before the first time that is known.
    untimed: Vec<RawLine>,
    lines: Lines,
}

impl Scan<'_> {
    /// Looks through what is new, as far as `limit` goes; returns the size that the file turned out to have.
    fn blocks(&mut self, size: u64, limit: u64) -> io::Result<u64> {
        let size = size.min(LARGEST);
        let stop = self.cursor.scanned.saturating_add(limit).min(size);
        for part in parts(self.file, self.cursor.scanned..stop, &mut self.cursor.heads)? {
            let is_whole = part.is_whole;
            self.take(part)?;
            if !is_whole {
                // It shrank while we read; the next look sees that.
                return Ok(self.cursor.scanned);
            }
        }
        Ok(size)
    }

    fn last_line(&mut self) -> io::Result<()> {
        let end = self.cursor.scanned;
        self.open_line(end)?;
        self.cursor.line = end;
        Ok(())
    }

    /// Takes the lines of the next part.
    fn take(&mut self, part: Part) -> io::Result<()> {
        if let Some(end) = part.first {
            self.open_line(end)?;
            self.lines(&part.lines);
            self.cursor.line = part.open;
        }
        self.cursor.scanned = part.end;
        Ok(())
    }

    /// Takes the line that began before what was looked through last, and has its end there.
    fn open_line(&mut self, end: u64) -> io::Result<()> {
        let at = self.cursor.line;
        let bytes = read(self.file, at, LOOKED_AT.min((end - at) as usize))?;
        let line = RawLine::new(at, &bytes, &mut self.cursor.heads);
        self.lines(&[line]);
        Ok(())
    }

    /// Tells the times of lines, and keeps them.
    fn lines(&mut self, lines: &[RawLine]) {
        let is_timed = |line: &RawLine| line.stamp().is_some();
        let untimed = match self.cursor.clock.last() {
            Some(_) => 0,
            None => lines.iter().position(is_timed).unwrap_or(lines.len()),
        };
        let (untimed, timed) = lines.split_at(untimed);
        self.untimed.extend_from_slice(untimed);
        let Some((first, rest)) = timed.split_first() else {
            return;
        };
        let clock = &mut self.cursor.clock;
        let first = entry(*first, clock);
        // What stands before the first time has that time.
        let before = self.untimed.drain(..).map(|line| line.entry(first.ts, false));
        let after = rest.iter().map(|line| entry(*line, clock));
        self.lines
            .extend(before.chain(std::iter::once(first)).chain(after), 0);
    }

    /// Where there is no time at all, lines have that at which the file was written.
    fn end(&mut self, written: i64) {
        let untimed = self.untimed.drain(..);
        self.lines
            .extend(untimed.map(|line| line.entry(written, false)), 0);
    }
}

/// Tells when a line was written; one without a time belongs to the line before.
fn entry(line: RawLine, clock: &mut Clock) -> Entry {
    let (ts, back) = match line.stamp() {
        Some(stamp) => clock.time(stamp),
        None => (clock.last().unwrap_or(i64::MAX), false),
    };
    line.entry(ts, back)
}
