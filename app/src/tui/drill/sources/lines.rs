//! The index of a file's lines, twelve bytes each, in chunks that a worker can share while the file grows.

use std::sync::Arc;

use super::head::Level;
use super::index::Entry;

/// Lines of a chunk. What is shared with a worker is never copied but for the last chunk.
const CHUNK: usize = 1 << 16;
/// A longer file is not indexed beyond this, nor a longer time: 40 bits of bytes, 48 bits of microseconds.
pub(crate) const LARGEST: u64 = (1 << 40) - 1;
const LATEST: u64 = (1 << 48) - 1;

/// A line: 40 bits of offset, 8 of marks, 48 of time since the first line.
#[derive(Debug, Clone, Copy)]
struct Packed([u32; 3]);

const INTERNAL: u8 = 1 << 3;
const BACK: u8 = 1 << 4;

impl Packed {
    fn new(entry: &Entry, base: i64) -> Packed {
        let at = entry.at.min(LARGEST);
        let since = entry.ts.saturating_sub(base).max(0).unsigned_abs().min(LATEST);
        let mut marks = entry.level as u8;
        marks |= if entry.internal { INTERNAL } else { 0 };
        marks |= if entry.back { BACK } else { 0 };
        Packed([
            at as u32,
            (at >> 32) as u32 | u32::from(marks) << 8 | ((since >> 32) as u32) << 16,
            since as u32,
        ])
    }

    /// The same line at another time since the first one.
    fn since_then(self, since: i64) -> Packed {
        let since = since.max(0).unsigned_abs().min(LATEST);
        let [at, marks, _] = self.0;
        Packed([at, marks & 0xffff | ((since >> 32) as u32) << 16, since as u32])
    }

    fn at(self) -> u64 {
        u64::from(self.0[0]) | u64::from(self.0[1] & 0xff) << 32
    }

    fn since(self) -> i64 {
        i64::from(self.0[1] >> 16) << 32 | i64::from(self.0[2])
    }

    fn entry(self, base: i64) -> Entry {
        let marks = (self.0[1] >> 8) as u8;
        Entry {
            at: self.at(),
            ts: base.saturating_add(self.since()),
            level: Level::ALL[usize::from(marks & 7).min(Level::ALL.len() - 1)],
            internal: marks & INTERNAL != 0,
            back: marks & BACK != 0,
        }
    }
}

/// The lines of a source, in the order in which they stand in the file. Times never go back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    chunks: Vec<Arc<Vec<Packed>>>,
    len: usize,
    /// The time of the first line.
    base: i64,
    /// Where the last line ends.
    end: u64,
}

impl Lines {
    /// Returns how many there are.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.len).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds lines, the last of which ends at `end`. A time before that of the line before is taken to be that.
    pub(crate) fn extend(&mut self, entries: impl IntoIterator<Item = Entry>, end: u64) {
        let mut entries = entries.into_iter().peekable();
        if let Some(first) = entries.peek().filter(|_| self.len == 0) {
            self.base = first.ts;
        }
        let mut last = self.last().map_or(i64::MIN, |entry| entry.ts);
        let base = self.base;
        self.fill(entries.map(|mut entry| {
            entry.ts = entry.ts.max(last);
            last = entry.ts;
            Packed::new(&entry, base)
        }));
        self.end = end;
    }

    /// Adds the lines of another index of the same file, the last of which ends at `end`.
    pub(crate) fn append(&mut self, more: Lines, end: u64) {
        if self.len == 0 {
            *self = more;
        } else {
            let least = self.last().map_or(0, |entry| entry.ts.saturating_sub(self.base));
            let later = more.base.saturating_sub(self.base);
            let lines = more.chunks.iter().flat_map(|chunk| chunk.iter());
            self.fill(lines.map(|packed| packed.since_then(packed.since().saturating_add(later).max(least))));
        }
        self.end = end;
    }

    fn fill(&mut self, lines: impl Iterator<Item = Packed>) {
        let room = (u32::MAX as usize).saturating_sub(self.len);
        let mut lines = lines.take(room).peekable();
        while lines.peek().is_some() {
            if self.len.is_multiple_of(CHUNK) {
                self.chunks.push(Arc::default());
            }
            let room = CHUNK - self.len % CHUNK;
            let Some(chunk) = self.chunks.last_mut().map(Arc::make_mut) else {
                break;
            };
            let before = chunk.len();
            chunk.extend(lines.by_ref().take(room));
            self.len += chunk.len() - before;
        }
    }

    /// Returns a line.
    pub(crate) fn get(&self, line: u32) -> Option<Entry> {
        self.packed(line).map(|packed| packed.entry(self.base))
    }

    /// Returns all of them.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        let all = self.chunks.iter().flat_map(|chunk| chunk.iter());
        all.map(|packed| packed.entry(self.base))
    }

    /// Returns the last line.
    pub(crate) fn last(&self) -> Option<Entry> {
        self.len().checked_sub(1).and_then(|line| self.get(line))
    }

    /// Returns where a line is in the file, with its end.
    pub(crate) fn span(&self, line: u32) -> Option<std::ops::Range<u64>> {
        let at = self.packed(line)?.at();
        let next = self.packed(line.checked_add(1)?).map(Packed::at);
        Some(at..next.unwrap_or(self.end).max(at))
    }

    /// Returns the line that begins at or before an offset.
    pub(crate) fn at(&self, offset: u64) -> Option<u32> {
        self.partition(|packed| packed.at() <= offset).checked_sub(1)
    }

    /// Returns the first line that is not before a time.
    pub(crate) fn since(&self, ts: i64) -> u32 {
        let since = ts.saturating_sub(self.base);
        self.partition(|packed| packed.since() < since)
    }

    /// Returns the first line that is after a time.
    pub(crate) fn after(&self, ts: i64) -> u32 {
        let since = ts.saturating_sub(self.base);
        self.partition(|packed| packed.since() <= since)
    }

    /// Gives a line another level.
    pub(crate) fn grade(&mut self, line: u32, level: Level) {
        let base = self.base;
        let chunk = self.chunks.get_mut(line as usize / CHUNK);
        if let Some(packed) = chunk.and_then(|chunk| Arc::make_mut(chunk).get_mut(line as usize % CHUNK)) {
            let entry = Entry {
                level,
                ..packed.entry(base)
            };
            *packed = Packed::new(&entry, base);
        }
    }

    /// Returns how many bytes of memory it takes.
    pub(crate) fn memory(&self) -> usize {
        let chunks = self.chunks.iter();
        chunks.map(|chunk| chunk.capacity() * size_of::<Packed>()).sum()
    }

    fn packed(&self, line: u32) -> Option<Packed> {
        let chunk = self.chunks.get(line as usize / CHUNK)?;
        chunk.get(line as usize % CHUNK).copied()
    }

    /// Returns how many lines at the beginning are so: no line behind one that is not so may be so.
    fn partition(&self, is: impl Fn(Packed) -> bool) -> u32 {
        let whole = self
            .chunks
            .partition_point(|chunk| chunk.last().is_some_and(|last| is(*last)));
        let rest = self
            .chunks
            .get(whole)
            .map_or(0, |chunk| chunk.partition_point(|packed| is(*packed)));
        // The last chunk may not be full.
        u32::try_from((whole * CHUNK + rest).min(self.len)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(at: u64, ts: i64, level: Level, internal: bool, back: bool) -> Entry {
        Entry {
            at,
            ts,
            level,
            internal,
            back,
        }
    }

    #[test]
    fn a_line_takes_twelve_bytes() {
        assert_eq!(size_of::<Packed>(), 12);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            at in 0..=LARGEST, base in -1_i64..2_000_000_000_000_000, later in 0..=LATEST as i64,
            level in 0..5_usize, internal: bool, back: bool,
        ) {
            let wanted = entry(at, base + later, Level::ALL[level], internal, back);
            prop_assert_eq!(Packed::new(&wanted, base).entry(base), wanted);
        }

        #[test]
        fn what_is_added_in_parts_is_what_is_added_at_once(
            times in prop::collection::vec(-3..4_i64, 0..40), cut in 0..40_usize,
        ) {
            let mut ts = 1_000;
            let all: Vec<Entry> = times.iter().enumerate().map(|(at, later)| {
                ts += later;
                entry(at as u64, ts, Level::Warn, at % 2 == 0, at % 3 == 0)
            }).collect();
            let (first, second) = all.split_at(cut.min(all.len()));
            let (mut together, mut parts, mut more) = <(Lines, Lines, Lines)>::default();
            together.extend(all.iter().copied(), 40);
            parts.extend(first.iter().copied(), 20);
            more.extend(second.iter().copied(), 0);
            parts.append(more, 40);
            prop_assert_eq!(parts.iter().collect::<Vec<_>>(), together.iter().collect::<Vec<_>>());
            prop_assert_eq!((parts.len(), parts.end), (together.len(), together.end));
        }

        #[test]
        fn lines_are_found_by_place_and_time(steps in prop::collection::vec((1..50_u64, 0..3_i64), 1..200)) {
            let mut lines = Lines::default();
            let (mut at, mut ts, mut all) = (0, 7, Vec::new());
            for (length, later) in &steps {
                ts += later;
                all.push(entry(at, ts, Level::Info, false, false));
                at += length;
            }
            lines.extend(all.clone(), at);
            for (line, entry) in all.iter().enumerate() {
                let line = line as u32;
                prop_assert_eq!(lines.get(line), Some(*entry));
                prop_assert_eq!(lines.at(entry.at), Some(line));
                let next = all.get(line as usize + 1).map_or(at, |next| next.at);
                prop_assert_eq!(lines.span(line), Some(entry.at..next));
                prop_assert_eq!(lines.at(next - 1), Some(line));
            }
            for ts in 6..ts + 2 {
                prop_assert_eq!(lines.since(ts) as usize, all.iter().filter(|entry| entry.ts < ts).count());
                prop_assert_eq!(lines.after(ts) as usize, all.iter().filter(|entry| entry.ts <= ts).count());
            }
        }
    }

    #[test]
    fn a_snapshot_stays_while_the_file_grows() {
        let line = |at| entry(at, 1, Level::Info, false, false);
        let mut lines = Lines::default();
        lines.extend((0..100_000).map(line), 100_000);
        let then = lines.clone();
        lines.extend((100_000..200_000).map(line), 200_000);
        assert_eq!((then.len(), lines.len()), (100_000, 200_000));
        assert_eq!(then.span(99_999), Some(99_999..100_000));
        assert_eq!(lines.get(65_536).map(|entry| entry.at), Some(65_536));
        assert!(lines.memory() < 13 * 262_144);
    }
}
