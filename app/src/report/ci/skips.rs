//! Skips that are not allowed: on a machine that should be able to do everything, a skip hides a broken set-up.

use std::io;

use gkfs_runner::status::Status;
use gkfs_runner::{Event, EventKind};

use crate::report::human::count;
use crate::report::style;
use crate::report::tail::printable;
use crate::report::{Reporter, Results, Screen};

/// Names the tests that were skipped for a reason with this text in it.
pub(crate) struct DeniedSkips(pub(crate) String);

impl Reporter for DeniedSkips {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        if !matches!(event.kind, EventKind::RunFinished { .. }) {
            return Ok(());
        }
        let reason = |test: &crate::report::results::TestResult| test.reason.clone().unwrap_or_default();
        let denied: Vec<_> = results
            .judged()
            .filter(|(test, status)| *status == Status::Skipped && reason(test).contains(&self.0))
            .map(|(test, _)| (&test.id, reason(test)))
            .collect();
        if denied.is_empty() {
            return Ok(());
        }
        let color = style::of(Status::Failed);
        let tests = count(denied.len() as u64, "test");
        writeln!(
            screen.err,
            "\n{color}failed: {tests} skipped where that is not allowed{color:#}"
        )?;
        for (id, reason) in denied {
            writeln!(screen.err, "  {id}  {}", printable(&reason))?;
        }
        Ok(())
    }
}
