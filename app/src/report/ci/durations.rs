//! The slowest tests, as pytest's `--durations` has them.

use std::cmp::Reverse;
use std::io;

use gkfs_runner::{Event, EventKind};

use crate::report::style::{self, STRONG};
use crate::report::{Reporter, Results, Screen};

/// Lists so many of the slowest tests when the run has ended; all of them for 0.
pub(crate) struct Durations(pub(crate) usize);

impl Reporter for Durations {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        if !matches!(event.kind, EventKind::RunFinished { .. }) {
            return Ok(());
        }
        let mut tests: Vec<_> = results.judged().collect();
        tests.sort_by_key(|(test, _)| Reverse(test.duration_us));
        if self.0 > 0 {
            tests.truncate(self.0);
        }
        if tests.is_empty() {
            return Ok(());
        }
        writeln!(screen.out, "\n{STRONG}slowest {}{STRONG:#}", tests.len())?;
        for (test, status) in tests {
            let color = style::of(status);
            writeln!(
                screen.out,
                "{:>9}  {color}{}{color:#} {}",
                style::seconds(test.duration_us),
                style::glyph(status),
                test.id
            )?;
        }
        Ok(())
    }
}
