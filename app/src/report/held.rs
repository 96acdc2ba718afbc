//! What is said of an attempt that is held: what lives, and what can be done with it.

use std::io::{self, Write};
use std::path::Path;

use gkfs_runner::status::Status;
use gkfs_runner::{Event, EventKind};

use super::style::{self, FAINT, STRONG};
use super::tail::printable;
use super::{Reporter, Results, Screen};
use crate::with_client::living_daemons;

/// Says so of each attempt that is held, whatever else is reported: it waits for somebody who knows of it.
pub(crate) struct Held;

impl Reporter for Held {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        let EventKind::AttemptHeld { id, attempt, reason } = &event.kind else {
            return Ok(());
        };
        let attempts = results.test(id).into_iter().flat_map(|test| &test.attempts);
        for attempt in attempts.filter(|its| its.number == *attempt) {
            write(screen.err, id, reason, &results.dir.join(&attempt.dir))?;
        }
        screen.err.flush()
    }
}

/// Writes that an attempt is held. The letters are for whoever has a terminal here, the commands for another one.
pub(crate) fn write(out: &mut dyn Write, id: &str, reason: &str, attempt: &Path) -> io::Result<()> {
    let red = style::of(Status::Failed);
    let first = reason.lines().next().unwrap_or_default();
    writeln!(
        out,
        "{red}HELD{red:#} {STRONG}{id}{STRONG:#}  {FAINT}{}{FAINT:#}",
        printable(first)
    )?;
    let daemons = living_daemons(attempt);
    let lives = match daemons.as_slice() {
        [] => "no daemon of it lives".to_owned(),
        some => {
            let named = some
                .iter()
                .map(|(index, pid)| format!("daemon {index} (pid {pid})"));
            format!("{} lives on", named.collect::<Vec<_>>().join(", "))
        }
    };
    writeln!(out, "  {lives}; teardown waits, deadlines are off")?;
    let quoted = shell_words::quote(id);
    let mut row = |key: char, what: &str, command: String| {
        writeln!(
            out,
            "  {STRONG}{key}{STRONG:#}  {what:<10} {FAINT}{command}{FAINT:#}"
        )
    };
    row('s', "shell", format!("gkfs-bench shell {quoted}"))?;
    if let Some((_, pid)) = daemons.first() {
        row('g', "gdb", format!("gdb -p {pid}"))?;
    }
    row('c', "continue", format!("gkfs-bench continue {quoted}"))
}
