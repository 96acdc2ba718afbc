//! A test that did not pass, told so that the next step is clear.

use std::io::{self, Write};
use std::path::Path;

use gkfs_runner::status::Status;

use super::evidence::{self, Evidence};
use super::results::{AttemptResult, Results, TestResult};
use super::steps::Step;
use super::style::{self, FAINT, STRONG};
use super::tail::{Tail, printable};

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detail {
    /// Steps, counted from the last.
    pub(crate) steps: usize,
    /// Lines of each log and output, counted from the last.
    pub(crate) lines: usize,
}

impl Detail {
    /// What fits a screen.
    pub(crate) const SHORT: Detail = Detail { steps: 8, lines: 10 };
    /// For `-v` and `show`.
    pub(crate) const LONG: Detail = Detail {
        steps: 200,
        lines: 60,
    };
}

/// Writes the story of a test: verdict, assertions, steps, logs, and how to go on.
pub(crate) fn write(
    out: &mut dyn Write,
    results: &Results,
    test: &TestResult,
    detail: Detail,
    rerun: &str,
) -> io::Result<()> {
    heading(out, test)?;
    let Some(attempt) = test.deciding().filter(|attempt| !attempt.dir.is_empty()) else {
        // A group that could not be built has no process, only a message.
        return reason(out, test.reason.as_deref());
    };
    let dir = results.dir.join(&attempt.dir);
    let evidence = evidence::read(&dir, detail.lines);
    reason(
        out,
        attempt
            .end
            .as_ref()
            .and_then(|end| end.reason.as_deref())
            .or(test.reason.as_deref()),
    )?;
    // A leak that is itself the reason has been named by it.
    let other_reason = !test
        .reason
        .as_deref()
        .is_some_and(|reason| reason.contains("leaked"));
    for leaked in attempt
        .end
        .iter()
        .filter(|_| other_reason)
        .flat_map(|end| &end.leaked)
    {
        writeln!(
            out,
            "  left behind: {} (pid {})",
            printable(&leaked.cmd.to_string()),
            leaked.pid
        )?;
    }
    asserts(out, &evidence)?;
    steps(out, attempt, &evidence, detail, &dir)?;
    for tail in evidence
        .logs
        .iter()
        .chain(&evidence.stdout)
        .chain(&evidence.stderr)
    {
        write_tail(out, tail, &dir)?;
    }
    writeln!(out, "  {STRONG}record{STRONG:#}     {}", dir.display())?;
    writeln!(
        out,
        "  {STRONG}workspace{STRONG:#}  {}",
        evidence.workspace.display()
    )?;
    writeln!(out, "  {STRONG}rerun{STRONG:#}      {rerun}")
}

fn heading(out: &mut dyn Write, test: &TestResult) -> io::Result<()> {
    let (style, glyph, word) = match test.status {
        Some(status) => (style::of(status), style::glyph(status), status.as_str()),
        None => (FAINT, '·', "not finished"),
    };
    let attempts = match test.attempts.len() {
        0 | 1 => String::new(),
        n => format!(" after {n} attempts"),
    };
    let place = test.file.as_ref().map_or(String::new(), |file| match test.line {
        Some(line) => format!("  {FAINT}{file}:{line}{FAINT:#}"),
        None => format!("  {FAINT}{file}{FAINT:#}"),
    });
    let time = style::seconds(test.duration_us);
    writeln!(
        out,
        "{style}{glyph} {word}{style:#} {STRONG}{}{STRONG:#}{attempts} in {time}{place}",
        test.id
    )
}

fn reason(out: &mut dyn Write, reason: Option<&str>) -> io::Result<()> {
    for line in reason.into_iter().flat_map(str::lines) {
        writeln!(out, "  {}", printable(line))?;
    }
    Ok(())
}

fn asserts(out: &mut dyn Write, evidence: &Evidence) -> io::Result<()> {
    let red = style::of(Status::Failed);
    for step in evidence.failed_asserts() {
        let place = step.place().map_or(String::new(), |place| format!(" at {place}"));
        writeln!(out, "  {red}assertion{red:#}{place}")?;
        for line in step.text("message").unwrap_or_default().lines() {
            writeln!(out, "    {}", printable(line))?;
        }
    }
    Ok(())
}

fn steps(
    out: &mut dyn Write,
    attempt: &AttemptResult,
    evidence: &Evidence,
    detail: Detail,
    dir: &Path,
) -> io::Result<()> {
    let shown = &evidence.steps[evidence.steps.len().saturating_sub(detail.steps)..];
    if shown.is_empty() {
        return Ok(());
    }
    let which = if shown.len() < evidence.steps.len() {
        format!("last {} of {} steps", shown.len(), evidence.steps.len())
    } else {
        "steps".to_owned()
    };
    writeln!(out, "  {STRONG}{which}{STRONG:#}")?;
    // Of a path in the workspace only what is below it tells something.
    let prefix = format!("{}/workspace/", dir.display());
    for step in shown {
        writeln!(
            out,
            "    {}",
            line(step, attempt.started_mono).replace(&prefix, "")
        )?;
    }
    Ok(())
}

/// Returns a step as a line: time since the attempt began, kind, what, how long it took.
pub(crate) fn line(step: &Step, started: u64) -> String {
    let took = step.duration_us.map_or(String::new(), |us| {
        format!("  {FAINT}{:.3} ms{FAINT:#}", us as f64 / 1000.0)
    });
    let at = style::seconds(step.mono.saturating_sub(started));
    format!("{FAINT}+{at}{FAINT:#} {:<7} {}{took}", step.kind, step.describe())
}

fn write_tail(out: &mut dyn Write, tail: &Tail, dir: &Path) -> io::Result<()> {
    let name = tail.path.strip_prefix(dir).unwrap_or(&tail.path).display();
    let cut = if tail.cut {
        format!(" (last {} lines)", tail.lines.len())
    } else {
        String::new()
    };
    writeln!(out, "  {STRONG}{name}{STRONG:#}{cut}")?;
    for line in &tail.lines {
        writeln!(out, "    {FAINT}|{FAINT:#} {line}")?;
    }
    Ok(())
}
