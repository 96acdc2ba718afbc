//! A conversation, line by line.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use gkfs_runner::Moment;

use super::entry::Entry;
use super::filter::{Filter, NoOpcode};
use super::tally::Tally;
use crate::cli::{LineFormat, PrintArgs};
use crate::hex;

/// Prints entries as they come.
pub(super) struct Printer<W> {
    out: W,
    filter: Filter,
    format: LineFormat,
    /// How many bytes of each.
    hex: usize,
    lines: bool,
    table: bool,
    clock: bool,
    relative: bool,
    /// When the first one came, in microseconds since the epoch.
    began: i64,
    last: Duration,
    tally: Tally,
    /// Nobody reads any more.
    broken: bool,
}

impl<W: Write> Printer<W> {
    /// As the command line says.
    pub(super) fn new(args: &PrintArgs, out: W) -> Result<Self, NoOpcode> {
        Ok(Self {
            out,
            filter: args.filter.as_deref().map_or(Ok(Filter::default()), str::parse)?,
            format: args.format,
            hex: args.hex.unwrap_or(0) as usize,
            lines: !args.summary_only,
            table: args.summary_only || args.summary,
            clock: args.clock,
            relative: args.relative,
            began: Moment::now().ts,
            last: Duration::ZERO,
            tally: Tally::default(),
            broken: false,
        })
    }

    /// Prints one, if it is wanted.
    pub(super) fn take(&mut self, entry: &Entry) {
        if !self.filter.lets(entry) {
            return;
        }
        let took = self.tally.take(entry);
        if self.lines && !self.broken {
            let text = match self.format {
                LineFormat::Human => self.human(entry, took),
                LineFormat::Json => self.json(entry, took),
            };
            self.last = entry.at;
            self.broken = self.out.write_all(text.as_bytes()).is_err();
        }
    }

    /// Prints what is said at the end.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.table {
            match self.format {
                LineFormat::Human => self.out.write_all(self.tally.table().as_bytes())?,
                LineFormat::Json => writeln!(self.out, "{}", self.tally.json())?,
            }
        }
        self.out.flush()
    }

    fn human(&self, entry: &Entry, took: Option<Duration>) -> String {
        let mut text = self.time(entry.at);
        match entry.caller() {
            Some(pid) => text.push_str(&format!(" {pid:>7} ")),
            None => text.push_str("         "),
        }
        text.push_str(&entry.text);
        if let Some(took) = took {
            text.push_str(&format!(" <{:.6}>", took.as_secs_f64()));
        }
        text.push('\n');
        for line in hex::dump(&entry.bytes, self.hex).iter().filter(|_| self.hex > 0) {
            text.push_str(&format!("{:20}{line}\n", ""));
        }
        text
    }

    fn time(&self, at: Duration) -> String {
        if self.clock {
            let now = self.began.saturating_add(at.as_micros() as i64);
            let stamp = jiff::Timestamp::from_microsecond(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
            return stamp
                .to_zoned(jiff::tz::TimeZone::system())
                .strftime("%H:%M:%S%.6f")
                .to_string();
        }
        let shown = if self.relative {
            at.saturating_sub(self.last)
        } else {
            at
        };
        format!("{:>11.6}", shown.as_secs_f64())
    }

    fn json(&self, entry: &Entry, took: Option<Duration>) -> String {
        let mut line = entry.json(self.hex);
        if self.clock {
            line["ts"] = self.began.saturating_add(entry.at.as_micros() as i64).into();
        }
        if let Some(took) = took {
            line["dur_us"] = (took.as_micros() as u64).into();
        }
        format!("{line}\n")
    }
}

/// The file of `-o`, written line by line, so that it can be followed.
pub(super) fn file(path: &Path) -> io::Result<File> {
    File::create(path)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
}
