//! A test that did not pass, told so that the next step is clear.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gkfs_runner::status::Status;

use super::evidence::{self, Evidence};
use super::noise;
use super::rates::{self, Rate};
use super::results::{AttemptResult, Results, TestResult};
use super::steps::Step;
use super::style::{self, FAINT, STRONG};
use super::tail::{Tail, printable};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        return indented(out, test.reason.as_deref().unwrap_or_default());
    };
    let dir = results.dir.join(&attempt.dir);
    let evidence = evidence::read(&dir, detail.lines);
    let story = Story {
        test,
        attempt,
        dir,
        evidence,
        detail,
    };
    story.findings(out)?;
    story.why(out)?;
    story.asserts(out)?;
    story.divergence(out)?;
    story.steps(out)?;
    story.tails(out)?;
    story.machine(out)?;
    writeln!(out, "  {STRONG}record{STRONG:#}     {}", story.dir.display())?;
    // A test that has no need of one may have none.
    if story.evidence.workspace.is_dir() {
        let workspace = story.evidence.workspace.display();
        writeln!(out, "  {STRONG}workspace{STRONG:#}  {workspace}")?;
    }
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
    let line = test.line.map_or(String::new(), |line| format!(":{line}"));
    let place = test
        .file
        .as_ref()
        .map_or(String::new(), |file| format!("  {FAINT}{file}{line}{FAINT:#}"));
    let time = style::seconds(test.duration_us);
    writeln!(
        out,
        "{style}{glyph} {word}{style:#} {STRONG}{}{STRONG:#}{attempts} in {time}{place}",
        test.id
    )
}

fn indented(out: &mut dyn Write, text: &str) -> io::Result<()> {
    text.lines()
        .try_for_each(|line| writeln!(out, "  {}", printable(line)))
}

/// The attempt that decided, with what it left behind.
struct Story<'a> {
    test: &'a TestResult,
    attempt: &'a AttemptResult,
    dir: PathBuf,
    evidence: Evidence,
    detail: Detail,
}

impl Story<'_> {
    /// Writes how often it failed, where it was tried often, and how busy the machine was in the attempt told here.
    fn machine(&self, out: &mut dyn Write) -> io::Result<()> {
        let rate = Rate::of(rates::ends(self.test));
        if rate.all > 1 {
            let number = self.attempt.number;
            writeln!(
                out,
                "  {FAINT}not passed: {}; told is attempt {number}{FAINT:#}",
                rate.told()
            )?;
        }
        let end = self.attempt.end.as_ref();
        match end.and_then(|end| Some((end.load?, end.duration_us))) {
            Some((load, duration)) => {
                writeln!(
                    out,
                    "  {FAINT}machine: {}{FAINT:#}",
                    rates::machine(&load, duration)
                )
            }
            None => Ok(()),
        }
    }

    /// Writes what crashed and what checkers of memory found: whatever else failed may follow from it.
    fn findings(&self, out: &mut dyn Write) -> io::Result<()> {
        let red = style::of(Status::Failed);
        for step in self.evidence.findings() {
            let what = self.shortened(&step.describe());
            writeln!(out, "  {red}{}{red:#} {what}", step.kind)?;
            for line in step.finding() {
                let line = self.shortened(&line);
                let gone = if self.is_gone(&line) { " (not kept)" } else { "" };
                writeln!(out, "    {}{gone}", printable(&line))?;
            }
        }
        Ok(())
    }

    /// Whether a line names a core that the run had no room for.
    fn is_gone(&self, line: &str) -> bool {
        let core = line.strip_prefix("core: ");
        core.is_some_and(|core| !self.evidence.workspace.join(core).exists())
    }

    /// Writes the reason, unless an assertion that follows says the same, and what was left running.
    fn why(&self, out: &mut dyn Write) -> io::Result<()> {
        let end = self.attempt.end.as_ref();
        let reason = end
            .and_then(|end| end.reason.as_ref())
            .or(self.test.reason.as_ref());
        let reason = reason.map_or("", String::as_str);
        let mut asserts = self
            .evidence
            .failed_asserts()
            .filter_map(|step| step.text("message"));
        if !asserts.any(|message| reason.starts_with(&message)) {
            indented(out, &self.shortened(&self.without_logs(reason)))?;
        }
        // A leak that is itself the reason has been named by it.
        let leaked = end
            .into_iter()
            .flat_map(|end| &end.leaked)
            .filter(|_| !reason.contains("leaked"));
        for process in leaked {
            writeln!(
                out,
                "  left behind: {} (pid {})",
                printable(&process.cmd.to_string()),
                process.pid
            )?;
        }
        Ok(())
    }

    fn asserts(&self, out: &mut dyn Write) -> io::Result<()> {
        let red = style::of(Status::Failed);
        for step in self.evidence.failed_asserts() {
            let place = step.place().map_or(String::new(), |place| format!(" at {place}"));
            writeln!(out, "  {red}assertion{red:#}{place}")?;
            // Of a teardown that stumbled over a crash the rest stands above.
            let is_told = step.place().is_none() && self.evidence.findings().next().is_some();
            let message = self.without_logs(&step.text("message").unwrap_or_default());
            for line in message.lines().take(if is_told { 1 } else { usize::MAX }) {
                writeln!(out, "    {}", printable(line))?;
            }
        }
        Ok(())
    }

    /// Writes where the stack began to answer otherwise than a plain directory, unless that is why the test failed.
    fn divergence(&self, out: &mut dyn Write) -> io::Result<()> {
        let red = style::of(Status::Failed);
        let is_false = |step: &&Step| step.kind == "oracle" && step.fields.get("ok") == Some(&false.into());
        let told = |message: &String| {
            let mut asserts = self.evidence.failed_asserts();
            let reason = self.attempt.end.as_ref().and_then(|end| end.reason.as_deref());
            asserts.any(|step| step.text("message").as_ref() == Some(message)) || reason == Some(message)
        };
        let found = self.evidence.steps.iter().filter(is_false);
        let found = found.filter_map(|step| step.text("message"));
        for message in found.filter(|message| !told(message)) {
            writeln!(out, "  {red}oracle{red:#}")?;
            writeln!(out, "    {}", printable(&self.shortened(&message)))?;
        }
        Ok(())
    }

    fn steps(&self, out: &mut dyn Write) -> io::Result<()> {
        let whole = self.detail == Detail::LONG;
        let told: Vec<&Step> = self
            .evidence
            .steps
            .iter()
            .filter(|step| whole || !step.is_routine())
            .collect();
        let shown = &told[told.len().saturating_sub(self.detail.steps)..];
        match (shown.len(), told.len()) {
            (0, _) => return Ok(()),
            (some, all) if some < all => writeln!(out, "  {STRONG}last {some} of {all} steps{STRONG:#}")?,
            _ => writeln!(out, "  {STRONG}steps{STRONG:#}")?,
        }
        for step in shown {
            let took = step.duration_us.map_or(String::new(), |us| {
                format!("  {FAINT}{:.3} ms{FAINT:#}", us as f64 / 1000.0)
            });
            let at = style::seconds(step.mono.saturating_sub(self.attempt.started_mono));
            let what = step.with_texts(&|text| self.shortened(text)).describe();
            writeln!(out, "    {FAINT}+{at}{FAINT:#} {:<7} {what}{took}", step.kind)?;
        }
        Ok(())
    }

    fn tails(&self, out: &mut dyn Write) -> io::Result<()> {
        let outputs = self.evidence.stdout.iter().chain(&self.evidence.stderr);
        // A backtrace stands above.
        let is_told = |tail: &&Tail| tail.path.to_string_lossy().ends_with(".backtrace.log");
        self.evidence
            .logs
            .iter()
            .filter(|tail| !is_told(tail))
            .chain(outputs)
            .try_for_each(|tail| self.tail(out, tail))
    }

    fn tail(&self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        let name = tail.path.strip_prefix(&self.dir).unwrap_or(&tail.path).display();
        let cut = if tail.cut {
            format!(" (last {} lines)", tail.lines.len())
        } else {
            String::new()
        };
        writeln!(out, "  {STRONG}{name}{STRONG:#}{cut}")?;
        tail.lines
            .iter()
            .try_for_each(|line| writeln!(out, "    {FAINT}|{FAINT:#} {}", self.shortened(line)))
    }

    /// Of an error only what the logs that follow do not say.
    fn without_logs(&self, text: &str) -> String {
        let is_told = |path: &str| {
            let name = Path::new(path).file_name();
            self.evidence
                .logs
                .iter()
                .any(|tail| tail.path.file_name() == name)
        };
        noise::without_logs(text.lines(), is_told).join("\n")
    }

    /// Of a path in the workspace only what is below it tells something.
    fn shortened(&self, text: &str) -> String {
        let text = text.replace(&format!("{}/", self.evidence.workspace.display()), "");
        let text = match &self.evidence.recorded_in {
            Some(workspace) => text.replace(&format!("{}/", workspace.display()), ""),
            None => text,
        };
        match self.evidence.workspace.read_link() {
            Ok(link) => text.replace(&format!("{}/", self.dir.join(link).display()), ""),
            Err(_) => text,
        }
    }
}
