//! Reports beside the one on the terminal: what CI systems and people who read them want to have.

mod annotations;
mod durations;
mod log;
mod markdown;
mod quality;
mod skips;

use std::fs::File;
use std::io;
use std::path::Path;

use gkfs_runner::Event;

pub(crate) use annotations::Github;
pub(crate) use durations::Durations;
pub(crate) use log::Log;
pub(crate) use markdown::Markdown;
pub(crate) use quality::CodeQuality;
pub(crate) use skips::DeniedSkips;

use super::{Reporter, Results, Screen};

/// Several reports on one run, one after the other.
pub(crate) struct Several(pub(crate) Vec<Box<dyn Reporter>>);

impl Reporter for Several {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        self.0
            .iter_mut()
            .try_for_each(|report| report.event(event, results, screen))
    }

    fn tick(&mut self, mono: u64, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        self.0
            .iter_mut()
            .try_for_each(|report| report.tick(mono, results, screen))
    }
}

/// Opens a report's file before anything runs: hours later is too late to learn that it cannot be written.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    File::create(path)
}
