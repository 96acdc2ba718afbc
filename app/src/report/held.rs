//! What is said of an attempt that is held: what lives, and what can be done with it.

use std::io::{self, Write};
use std::path::Path;

use gkfs_runner::status::Status;
use gkfs_runner::{Event, EventKind};

use super::style::{self, FAINT, STRONG};
use super::tail::printable;
use super::{Reporter, Results, Screen};
use crate::suite::RECORDS;
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
    let quoted = format!("{}{}", shell_words::quote(id), elsewhere(attempt));
    let mut row = |key: char, what: &str, command: String| {
        writeln!(
            out,
            "  {STRONG}{key}↵{STRONG:#} {what:<10} {FAINT}{command}{FAINT:#}"
        )
    };
    row('s', "shell", format!("gkfs-bench shell {quoted}"))?;
    if let Some((_, pid)) = daemons.first() {
        row('g', "gdb", format!("gdb -p {pid}"))?;
    }
    row('c', "continue", format!("gkfs-bench continue {quoted}"))
}

/// Where the records are, as words that follow, if a command would not find them by itself: they are not in a suite.
fn elsewhere(attempt: &Path) -> String {
    // <base>/runs/<id>/tests/<group>/<test>/attempt-N
    match attempt.ancestors().nth(6) {
        Some(base) if base.file_name().is_some_and(|name| name != RECORDS) => {
            format!(" --base-temp {}", shell_words::quote(&base.to_string_lossy()))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_for_another_terminal_say_where_the_records_are() {
        let told = |base: &str| {
            let mut out = anstream::StripStream::new(Vec::new());
            let attempt = Path::new(base).join("runs/r/tests/g/t/attempt-1");
            write(&mut out, "g::t", "no\nway", &attempt).expect("a buffer");
            String::from_utf8(out.into_inner()).expect("utf-8")
        };
        let usual = told("/suite/.gkfs-bench");
        assert!(usual.contains("  c↵ continue "), "a letter wants Enter: {usual}");
        assert!(
            usual.starts_with("HELD g::t  no\n") && usual.ends_with("gkfs-bench continue g::t\n"),
            "{usual}"
        );
        let other = told("/tmp/my records");
        assert!(
            other.ends_with("gkfs-bench continue g::t --base-temp '/tmp/my records'\n"),
            "{other}"
        );
    }
}
