//! The report for people: a header, a line per test, failures explained at the end, a summary.

use std::io::{self, Write};

use gkfs_runner::event::Level;
use gkfs_runner::record::StackInfo;
use gkfs_runner::status::{Status, Summary};
use gkfs_runner::{Event, EventKind};

use super::failure::{self, Detail};
use super::progress::Progress;
use super::results::{Results, TestResult};
use super::stream::Stream;
use super::style::{self, FAINT, STRONG};
use super::tail::printable;
use super::{Reporter, Screen};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Failures and the summary.
    Quiet,
    /// And a line per test.
    Normal,
    /// And starting tests, builds, flaky tests' failures, whole tails.
    Verbose,
}

/// Reports to people.
pub(crate) struct Human {
    verbosity: Verbosity,
    stream: Option<Stream>,
    progress: Progress,
    /// How tests are counted in the header: at a time.
    jobs: usize,
    /// The command that runs the same suite on the same stack; a test's id completes it.
    rerun: String,
}

impl Human {
    /// A report at `verbosity`, with the tests' output as it comes if `stream`.
    pub(crate) fn new(verbosity: Verbosity, stream: bool, jobs: usize, rerun: String) -> Human {
        Human {
            verbosity,
            stream: stream.then(Stream::default),
            progress: Progress::default(),
            jobs,
            rerun,
        }
    }

    fn header(&self, results: &Results, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{STRONG}gkfs-bench {}{STRONG:#} · run {}",
            env!("CARGO_PKG_VERSION"),
            results.run
        )?;
        writeln!(out, "{}", stack_line(&results.stack))?;
        let tests = count(results.selected, "test");
        writeln!(out, "{tests}, {} at a time", self.jobs)?;
        writeln!(out)
    }

    fn test_line(&self, test: &TestResult, status: Status, out: &mut dyn Write) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        let (color, glyph) = (style::of(status), style::glyph(status));
        let time = style::seconds(test.duration_us);
        write!(
            out,
            "{color}{glyph} {status:<7}{color:#} {FAINT}{time:>8}{FAINT:#}  {}",
            test.id
        )?;
        let first = test
            .reason
            .as_deref()
            .and_then(|reason| reason.lines().next())
            .filter(|_| status != Status::Passed);
        match first {
            Some(reason) => writeln!(out, "  {FAINT}{}{FAINT:#}", printable(reason)),
            None => writeln!(out),
        }
    }

    fn failures(&self, results: &Results, out: &mut dyn Write) -> io::Result<()> {
        let detail = if self.verbosity == Verbosity::Verbose {
            Detail::LONG
        } else {
            Detail::SHORT
        };
        let told = |status: Status| {
            status.is_bad() || (status == Status::Flaky && self.verbosity == Verbosity::Verbose)
        };
        for (test, _) in results.judged().filter(|(_, status)| told(*status)) {
            if self.verbosity > Verbosity::Quiet {
                writeln!(out)?;
            }
            let rerun = format!("{} {}", self.rerun, shell_words::quote(&test.id));
            failure::write(out, results, test, detail, &rerun)?;
            if self.verbosity == Verbosity::Quiet {
                writeln!(out)?;
            }
        }
        Ok(())
    }

    fn summary(
        &self,
        results: &Results,
        summary: &Summary,
        exit_code: u8,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self.verbosity > Verbosity::Quiet {
            writeln!(out)?;
            groups(results, out)?;
        }
        let (status, word) = match exit_code {
            0 => (Status::Passed, "passed"),
            2 => (Status::Flaky, "interrupted"),
            5 => (Status::Flaky, "no tests"),
            _ => (Status::Failed, "failed"),
        };
        let color = style::of(status);
        let elapsed = style::seconds(results.elapsed(results.span.1));
        // A second is what nobody notices.
        let built = Some(results.preparation()).filter(|us| *us >= 1_000_000);
        let built = built.map_or(String::new(), |us| {
            format!(", found and built in {}", style::seconds(us))
        });
        let tests = count(summary.total, "test");
        writeln!(
            out,
            "{color}{word}{color:#}: {tests} in {elapsed}{built}: {}",
            numbers(summary)
        )?;
        if results.not_run() > 0 {
            let why = results.cancelled.as_deref().unwrap_or("the run ended early");
            writeln!(out, "not run: {} ({why})", count(results.not_run(), "test"))?;
        }
        writeln!(out, "{}", stack_line(&results.stack))?;
        writeln!(out, "{STRONG}record{STRONG:#} {}", results.dir.display())?;
        out.flush()
    }

    /// Writes what an event means to people. What goes to `err` is no result.
    fn tell(&self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        let verbose = self.verbosity == Verbosity::Verbose;
        match &event.kind {
            EventKind::RunStarted { .. } if self.verbosity > Verbosity::Quiet => {
                self.header(results, screen.out)
            }
            EventKind::BuildFinished { group, ok, log } if verbose || !ok => {
                let word = if *ok { "built" } else { "could not build" };
                let log = log.as_ref().map_or(String::new(), |log| format!(" ({log})"));
                writeln!(screen.err, "{FAINT}{word} {group}{log}{FAINT:#}")
            }
            EventKind::AttemptStarted { id, attempt, pid, .. } if verbose => {
                writeln!(
                    screen.err,
                    "{FAINT}started {id} (attempt {attempt}, pid {pid}){FAINT:#}"
                )
            }
            EventKind::Slow { id } if self.verbosity > Verbosity::Quiet => {
                writeln!(screen.err, "{FAINT}slow: {id} is still running{FAINT:#}")
            }
            EventKind::TestFinished { id, status, .. } => match results.test(id) {
                Some(test) => self.test_line(test, *status, screen.out),
                None => Ok(()),
            },
            EventKind::Cancel { why } => writeln!(screen.err, "{STRONG}stopping: {why}{STRONG:#}"),
            EventKind::TestCancelled { id, why } => {
                writeln!(screen.err, "{STRONG}stopping {id}: {why}{STRONG:#}")
            }
            EventKind::Notice { level, text } if *level > Level::Info || verbose => {
                let word = if *level == Level::Info { "note" } else { "warning" };
                writeln!(screen.err, "{STRONG}{word}:{STRONG:#} {}", printable(text))
            }
            EventKind::RunFinished { summary, exit_code } => {
                self.failures(results, screen.out)?;
                self.summary(results, summary, *exit_code, screen.out)
            }
            _ => Ok(()),
        }
    }
}

impl Reporter for Human {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        self.progress.clear(screen)?;
        if let Some(stream) = &mut self.stream {
            stream.event(event, results, screen.out)?;
        }
        self.tell(event, results, screen)?;
        if results.exit_code.is_none() {
            self.progress.draw(event.at.mono, results, screen)
        } else {
            Ok(())
        }
    }

    fn tick(&mut self, mono: u64, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        if let Some(stream) = self.stream.as_mut().filter(|stream| stream.is_behind()) {
            self.progress.clear(screen)?;
            stream.poll(screen.out)?;
            screen.out.flush()?;
        }
        self.progress.draw(mono, results, screen)
    }
}

/// Names the stack as header and summary do: name, directories, build-ids.
pub(crate) fn stack_line(stack: &StackInfo) -> String {
    let mut dirs: Vec<String> = Vec::new();
    for dir in stack
        .bin_dirs
        .iter()
        .chain(&stack.lib_dirs)
        .map(ToString::to_string)
    {
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    let ids = builds(stack);
    let parts = [dirs.join(":"), ids.join(", ")];
    let rest: String = parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| format!(" · {part}"))
        .collect();
    format!("{STRONG}stack{STRONG:#} {}{rest}", stack.name)
}

/// Names what is under test, each with the beginning of its build-id.
pub(crate) fn builds(stack: &StackInfo) -> Vec<String> {
    // Daemon and library are what is under test; the client program only asks.
    let told = |name: &str| name != gkfs_harness::stack::CLIENT;
    stack
        .files
        .iter()
        .filter(|(name, file)| told(name) && !file.build_id.is_empty())
        .map(|(name, file)| format!("{name} {}", short(&file.build_id)))
        .collect()
}

/// Twelve digits tell builds apart; the record has all.
fn short(build_id: &str) -> &str {
    const DIGITS: usize = 12;
    let digits = build_id.find(':').map_or(0, |at| at + 1);
    build_id.get(..digits + DIGITS).unwrap_or(build_id)
}

fn groups(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<(&str, Summary)> = Vec::new();
    for (test, status) in results.judged() {
        match rows.iter_mut().find(|(name, _)| *name == test.group) {
            Some((_, summary)) => summary.add(status),
            None => {
                let mut summary = Summary::default();
                summary.add(status);
                rows.push((&test.group, summary));
            }
        }
    }
    if rows.len() < 2 {
        return Ok(());
    }
    let width = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, summary) in rows {
        writeln!(out, "  {name:<width$}  {}", numbers(&summary))?;
    }
    writeln!(out)
}

/// Returns `3 passed, 1 failed`: the numbers that are not 0.
pub(crate) fn numbers(summary: &Summary) -> String {
    let some = summary.occurring().map(|(status, number)| {
        let color = style::of(status);
        format!("{color}{number} {status}{color:#}")
    });
    let text = some.collect::<Vec<_>>().join(", ");
    if text.is_empty() {
        "none was run".into()
    } else {
        text
    }
}

pub(crate) fn count(number: u64, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}
