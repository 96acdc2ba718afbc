//! From a run's events to what people and machines read. Everything here comes from events and from the files
//! of the record: a report on a run of last month is made by the same code.

use std::io::{self, Write};

use gkfs_runner::Event;

pub(crate) mod ci;
pub(crate) mod evidence;
pub(crate) mod failure;
pub(crate) mod held;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod matrix;
mod noise;
mod progress;
pub(crate) mod rates;
pub(crate) mod results;
pub(crate) mod steps;
mod stream;
pub(crate) mod style;
mod tail;
#[cfg(test)]
mod tests;

pub(crate) use results::Results;

/// Where reports go.
pub(crate) struct Screen<'a> {
    /// Results.
    pub(crate) out: &'a mut dyn Write,
    /// What passes by: progress and notices.
    pub(crate) err: &'a mut dyn Write,
    /// Columns of the terminal that `err` is, now; `None` when it is none.
    pub(crate) columns: &'a dyn Fn() -> Option<usize>,
}

/// One way to report a run.
pub(crate) trait Reporter {
    /// Takes the next event; `results` have it already.
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()>;

    /// Takes note that time passes; `mono` is in microseconds, as in events.
    fn tick(&mut self, _mono: u64, _results: &Results, _screen: &mut Screen<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// The events themselves, one JSON object a line.
pub(crate) struct Jsonl;

impl Reporter for Jsonl {
    fn event(&mut self, event: &Event, _: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut *screen.out, event)?;
        screen.out.write_all(b"\n")?;
        // Whoever follows wants each line when it is written.
        screen.out.flush()
    }
}
