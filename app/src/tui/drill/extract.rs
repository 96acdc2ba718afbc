//! Rows of a list as text, to be copied or to be written to the plain screen.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gkfs_runner::record::LogFile;
use jiff::tz::TimeZone;

use super::logs::LineRef;
use super::rows::{Row, Rows, Snapshot};
use super::short::prefix;
use super::sources::{Kind, index};
use super::text::{LONGEST, columns};
use super::timeline::Time;
use super::workspace::preview::Preview;
use super::{Drill, Tab, told};
use crate::report::steps::Step;

/// How much of a file is read at once, in bytes.
const WINDOW: usize = 256 << 10;

impl Drill {
    /// Returns how many rows the list of lines has: that of the output in its tab, else the timeline.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.reading().rows.len()
    }

    /// Returns the rows that are chosen, or the one under the cursor; none if there are none.
    #[must_use]
    pub fn chosen(&self) -> Range<usize> {
        let reading = self.reading();
        let cursor = reading.list.cursor;
        let here = cursor..(cursor + 1).min(reading.rows.len());
        reading.chosen(&self.lines()).unwrap_or(here)
    }

    /// Whether lines are being chosen.
    #[must_use]
    pub fn is_choosing(&self) -> bool {
        match self.tab {
            Tab::Timeline | Tab::Output => self.reading().chosen.is_some(),
            Tab::Workspace => self.mount.is_none() && self.workspace.is_choosing(),
            Tab::Results | Tab::History | Tab::Changes => false,
        }
    }

    /// Returns how many lines are chosen.
    #[must_use]
    pub fn count_chosen(&self) -> usize {
        match (self.tab, &self.workspace.preview) {
            (Tab::Workspace, preview) => preview.as_ref().map_or(0, Preview::count),
            _ => self.chosen().len(),
        }
    }

    /// Returns rows as text. Nothing is read yet: that is for [`Extract::lines`], on a thread that may wait.
    #[must_use]
    pub fn extract(&self, rows: Range<usize>) -> Extract {
        let reading = self.reading();
        let sources = self.logs.sources.iter();
        Extract {
            tab: self.tab,
            range: rows.start..rows.end.min(reading.rows.len()),
            rows: Arc::clone(&reading.rows),
            lines: self.lines(),
            sources: sources
                .map(|source| (source.name.clone(), source.path.clone()))
                .collect(),
            steps: Arc::clone(&self.logs.steps),
            time: self.timeline.time,
            first: self.logs.first().unwrap_or(0),
            zone: self.zone(),
            prefix: prefix(self),
        }
    }
}

/// Rows as text, as they were when it was made, however the list goes on. It holds no file and no text.
#[derive(Debug, Clone)]
pub struct Extract {
    tab: Tab,
    range: Range<usize>,
    rows: Arc<Rows>,
    lines: Snapshot,
    sources: Vec<(String, PathBuf)>,
    steps: Arc<Vec<Step>>,
    time: Time,
    first: i64,
    zone: TimeZone,
    prefix: Vec<u8>,
}

impl Extract {
    /// Returns how many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Returns the rows, one after the other, each as one line without its end and without a byte that a terminal
    /// would obey. Reads files, as far as one goes through it; of one that is gone the lines are empty.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let mut files = Files::default();
        let mut above = None;
        self.rows.iter(self.range.clone()).map(move |(_, row)| {
            let ts = self.ts(row.first());
            let text = self.row(row, above.unwrap_or(ts), &mut files);
            above = Some(ts);
            text
        })
    }

    /// Returns what of them was written in the last such time before the last of them.
    pub(crate) fn last(mut self, time: Duration) -> Extract {
        let ts = |(_, row): (usize, Row)| self.ts(row.first());
        let end = self.rows.iter(self.range.clone()).map(ts).max().unwrap_or(0);
        let begin = end.saturating_sub_unsigned(time.as_micros() as u64);
        let early = self
            .rows
            .iter(self.range.clone())
            .map(ts)
            .take_while(|ts| *ts < begin);
        self.range.start += early.count();
        self
    }

    /// Returns one row.
    pub(super) fn told(&self, row: Row, files: &mut Files) -> String {
        self.row(row, self.ts(row.first()), files)
    }

    fn ts(&self, at: LineRef) -> i64 {
        let source = self.lines.sources.get(usize::from(at.source));
        let entry = source.and_then(|(_, lines)| lines.get(at.line));
        entry.map_or(0, |entry| entry.ts)
    }

    fn row(&self, row: Row, above: i64, files: &mut Files) -> String {
        let at = row.first();
        let source = usize::from(at.source);
        let (Some((kind, lines)), Some((name, path))) =
            (self.lines.sources.get(source), self.sources.get(source))
        else {
            return String::new();
        };
        let text = match row {
            Row::Fold(fold) => told::fold(fold.lines).into_bytes(),
            Row::Line(at) if *kind == Kind::Steps => self
                .steps
                .get(at.line as usize)
                .map_or_else(Vec::new, |step| told::step(step, &self.prefix)),
            Row::Line(at) => {
                let bytes = lines.span(at.line).map(|span| files.line(path, span));
                told::line(bytes.unwrap_or_default(), &self.prefix)
            }
        };
        let text = columns(&text, 0, LONGEST);
        if self.tab == Tab::Output {
            return text;
        }
        let (Some(entry), ts) = (lines.get(at.line), self.ts(at)) else {
            return text;
        };
        let time = told::time(self.time, ts, self.first, above, &self.zone, true);
        format!("{time} {} {name:8} {text}", entry.level.letter())
    }
}

/// Files that lines are read from.
#[derive(Default)]
pub(super) struct Files {
    open: HashMap<PathBuf, Window>,
}

/// What was read last of a file.
struct Window {
    file: Option<LogFile>,
    span: Range<u64>,
    bytes: Vec<u8>,
}

impl Files {
    /// Returns a line without its end.
    fn line(&mut self, path: &Path, span: Range<u64>) -> &[u8] {
        let window = || Window {
            file: LogFile::open(path).ok(),
            span: 0..0,
            bytes: Vec::new(),
        };
        let window = self.open.entry(path.to_owned()).or_insert_with(window);
        window.line(span)
    }
}

impl Window {
    fn line(&mut self, span: Range<u64>) -> &[u8] {
        let end = span.end.min(span.start + LONGEST as u64 + 1);
        if span.start < self.span.start || end > self.span.end {
            self.bytes.resize(WINDOW, 0);
            let file = self.file.as_ref();
            let filled = file.and_then(|file| index::fill(file, span.start, &mut self.bytes).ok());
            self.span = span.start..span.start + filled.unwrap_or(0) as u64;
        }
        let from = (span.start - self.span.start) as usize;
        let to = (end.min(self.span.end).max(span.start) - self.span.start) as usize;
        let line = &self.bytes[from..to];
        line.strip_suffix(b"\n").unwrap_or(line)
    }
}
