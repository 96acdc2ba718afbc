//! `gkfs-bench diff`

use std::io;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use gkfs_runner::record::{Record, Runs};
use gkfs_runner::status::Outcome;

use crate::cli::{DiffArgs, records, show};
use crate::compare::{self, Comparison, Limits, Line, LogDiff, Row};
use crate::report::Screen;
use crate::report::style::STRONG;
use crate::{CommandError, Env, Exit};

/// Compares two attempts at a test; the exit status is that of `diff`: 1 where they differ.
pub(super) fn diff(args: &DiffArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let (left, right) = chosen(args, env)?;
    for (sign, attempt) in [("---", &left), ("+++", &right)] {
        writeln!(screen.out, "{STRONG}{sign} {}{STRONG:#}", env.shown(attempt))?;
    }
    let comparison = compare::attempts(&left, &right, Limits::default());
    write(&comparison, screen)?;
    Ok(match comparison.first() {
        Some(_) => Exit::Failed,
        None => Exit::Passed,
    })
}

/// Returns the two attempts that are meant.
fn chosen(args: &DiffArgs, env: &Env) -> Result<(PathBuf, PathBuf), CommandError> {
    if let [first, second] = args.run.as_slice() {
        let side = |run: &str| deciding(&records::open(&args.record, Some(run), env)?, &args.test);
        return Ok((side(first)?, side(second)?));
    }
    let wanted = args.run.first().map(String::as_str);
    let record = records::open(&args.record, wanted, env)?;
    let id = record.test(&args.test)?.id;
    let mut known = attempts(&record, &id)?;
    if wanted.is_none() && compare::telling(&known).is_none() {
        let mut runs = Runs::new(&records::base(&args.record, env)).list();
        runs.sort_by_key(|run| run.file.started_ts);
        known = runs
            .iter()
            .flat_map(|run| attempts(run, &id).unwrap_or_default())
            .collect();
    }
    compare::telling(&known).ok_or_else(|| {
        let error = format!("{id} has no attempt that passed, or none that failed, to compare with");
        CommandError::usage(error).hint("name two runs: `--run A --run B`; `gkfs-bench runs` lists them")
    })
}

/// Returns the directories of the attempts at a test, and whether each passed.
fn attempts(record: &Record, id: &str) -> Result<Vec<(PathBuf, bool)>, CommandError> {
    let results = show::results(record)?;
    let test = results.test(id).into_iter();
    let attempts = test.flat_map(|test| &test.attempts);
    let ended = attempts.filter_map(|attempt| {
        let outcome = attempt.end.as_ref()?.outcome;
        let judged = outcome == Outcome::Passed || outcome.is_bad();
        let dir = record.dir.join(&attempt.dir);
        (judged && dir.is_dir()).then_some((dir, outcome == Outcome::Passed))
    });
    Ok(ended.collect())
}

fn deciding(record: &Record, test: &str) -> Result<PathBuf, CommandError> {
    let id = record.test(test)?.id;
    let results = show::results(record)?;
    let attempt = results.test(&id).and_then(|test| test.deciding());
    match attempt.filter(|attempt| !attempt.dir.is_empty()) {
        Some(attempt) => Ok(record.dir.join(&attempt.dir)),
        None => Err(CommandError::usage(format!(
            "no attempt at {id} is recorded in run {}",
            record.file.id
        ))),
    }
}

fn write(comparison: &Comparison, screen: &mut Screen<'_>) -> io::Result<()> {
    let Some(first) = comparison.first() else {
        return writeln!(
            screen.out,
            "no log differs, but for times, process numbers, ports, addresses and temporary paths"
        );
    };
    // Where they begin to differ is what was asked for.
    write_log(&comparison.logs[first], true, screen)?;
    let others = comparison.logs.iter().enumerate();
    let others = others.filter(|(at, log)| *at != first && log.first.is_some());
    others
        .into_iter()
        .try_for_each(|(_, log)| write_log(log, false, screen))
}

fn write_log(log: &LogDiff, is_first: bool, screen: &mut Screen<'_>) -> io::Result<()> {
    writeln!(screen.out, "\n{STRONG}==> {} <=={STRONG:#}", log.name)?;
    for limit in &log.limits {
        writeln!(screen.out, "note: {limit}")?;
    }
    for (at, row) in log.rows.iter().enumerate() {
        if is_first && Some(at) == log.first {
            writeln!(screen.out, "{STRONG}@@ the first difference @@{STRONG:#}")?;
        }
        write_row(row, screen)?;
    }
    Ok(())
}

fn write_row(row: &Row, screen: &mut Screen<'_>) -> io::Result<()> {
    let mut side = |sign: char, color: AnsiColor, line: &Line| {
        let style = Style::new().fg_color(Some(color.into()));
        writeln!(screen.out, "{style}{sign} {}{style:#}", line.text)
    };
    match row {
        Row::Same(line, _) => writeln!(screen.out, "  {}", line.text),
        Row::Differ(left, right) => {
            left.iter().try_for_each(|line| side('-', AnsiColor::Red, line))?;
            right
                .iter()
                .try_for_each(|line| side('+', AnsiColor::Green, line))
        }
        Row::Skipped(lines) => writeln!(screen.out, "@@ {lines} lines that are the same @@"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Compares two directories, as text.
    fn text(left: &Path, right: &Path) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        let mut screen = Screen {
            out: &mut out,
            err: &mut io::sink(),
            columns: &|| None,
        };
        write(&compare::attempts(left, right, Limits::default()), &mut screen).expect("writable");
        String::from_utf8(out.into_inner()).expect("utf-8")
    }

    #[test]
    fn the_first_difference_is_marked_and_times_are_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut sides = Vec::new();
        for (side, errno) in [("attempt-1", 0), ("attempt-2", 7)] {
            let logs = dir.path().join(side).join("workspace/logs");
            std::fs::create_dir_all(&logs).expect("logs");
            let log = format!(
                "[26-11-22 10:16:4{errno}.233863] 7577 [I][main] same\n\
                 [26-11-22 10:16:4{errno}.233902] 7577 [D][main] rpc_srv_create() Sending output err '{errno}'\n",
            );
            std::fs::write(logs.join("gkfs_daemon.log"), log).expect("a log");
            sides.push(dir.path().join(side));
        }
        let text = text(&sides[0], &sides[1]);
        let (_, behind) = text.split_once("@@ the first difference @@\n").expect("a mark");
        let lines: Vec<&str> = behind.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].starts_with("- ") && lines[0].ends_with("err '0'"),
            "{text}"
        );
        assert!(
            lines[1].starts_with("+ ") && lines[1].ends_with("err '7'"),
            "{text}"
        );
    }
}
