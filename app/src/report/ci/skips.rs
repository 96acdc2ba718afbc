//! Skips that are not allowed: on a machine that should be able to do everything, a skip hides a broken set-up.

use std::io;

use gkfs_runner::settings::DenySkips;
use gkfs_runner::status::Status;
use gkfs_runner::{Event, EventKind};

use crate::report::human::count;
use crate::report::style;
use crate::report::tail::printable;
use crate::report::{Reporter, Results, Screen};

/// Names the tests that were skipped for such a reason.
pub(crate) struct DeniedSkips(pub(crate) DenySkips);

impl Reporter for DeniedSkips {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        if !matches!(event.kind, EventKind::RunFinished { .. }) {
            return Ok(());
        }
        let denied: Vec<_> = results
            .judged()
            .filter(|(_, status)| *status == Status::Skipped)
            .map(|(test, _)| (&test.id, test.reason.as_deref().unwrap_or("")))
            .filter(|(_, reason)| self.0.denies(reason))
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
            writeln!(screen.err, "  {id}  {}", printable(reason))?;
        }
        Ok(())
    }
}
