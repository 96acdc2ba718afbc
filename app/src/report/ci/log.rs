//! The events in a file, as they come: for whoever watches a run from elsewhere.

use std::fs::File;
use std::io::{self, Write};

use gkfs_runner::Event;

use crate::report::{Reporter, Results, Screen};

/// Writes each event as a JSON line, as they stand in the record.
pub(crate) struct Log(pub(crate) File);

impl Reporter for Log {
    fn event(&mut self, event: &Event, _: &Results, _: &mut Screen<'_>) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        // One write a line: whoever reads meanwhile never sees half of one.
        self.0.write_all(&line)
    }
}
