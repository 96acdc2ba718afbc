//! `gkfs-bench runs`

use std::io::Write;

use gkfs_runner::record::{Record, Runs, Shown};
use gkfs_runner::status::{Status, Summary};
use serde::Serialize;

use crate::cli::{ListFormat, RunsArgs, records};
use crate::report::style::{self, FAINT};
use crate::report::{Screen, human};
use crate::{CommandError, Env, Exit};

#[derive(Debug, Serialize)]
struct Row<'a> {
    run: &'a str,
    state: &'static str,
    started_ts: i64,
    ended_ts: Option<i64>,
    exit_code: Option<u8>,
    stack: &'a str,
    summary: &'a Summary,
    pinned: bool,
    dir: String,
}

impl<'a> Row<'a> {
    fn new(record: &'a Record) -> Row<'a> {
        let file = &record.file;
        Row {
            run: &file.id,
            state: record.shown().as_str(),
            started_ts: file.started_ts,
            ended_ts: file.ended_ts,
            exit_code: file.exit_code,
            stack: &file.stack.name,
            summary: &file.summary,
            pinned: record.is_pinned(),
            dir: record.dir.display().to_string(),
        }
    }
}

/// Lists the recorded runs, newest first.
pub(super) fn runs(args: &RunsArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let runs = Runs::new(&records::base(&args.record, env));
    for (wanted, stays) in [(&args.pin, true), (&args.unpin, false)] {
        if let Some(wanted) = wanted {
            let record = records::open(&args.record, Some(wanted), env)?;
            record.pin(stays)?;
            let word = if stays { "stays" } else { "does not stay any more" };
            writeln!(screen.out, "{} {word}", record.file.id)?;
            return Ok(Exit::Passed);
        }
    }
    let mut list = match &args.capsule {
        Some(file) => {
            let file = env.absolute(file);
            if !file.is_file() {
                return Err(CommandError::usage(format!(
                    "there is no capsule {}",
                    file.display()
                )));
            }
            vec![records::open(&args.record, file.to_str(), env)?]
        }
        None => runs.list(),
    };
    list.reverse();
    match args.format {
        ListFormat::Json => {
            let rows: Vec<Row<'_>> = list.iter().map(Row::new).collect();
            serde_json::to_writer_pretty(&mut *screen.out, &rows).map_err(std::io::Error::from)?;
            writeln!(screen.out)?;
        }
        ListFormat::Human if list.is_empty() => writeln!(screen.out, "no runs in {}", runs.dir().display())?,
        ListFormat::Human => list.iter().try_for_each(|record| line(record, screen.out))?,
    }
    Ok(Exit::Passed)
}

fn line(record: &Record, out: &mut dyn Write) -> std::io::Result<()> {
    let file = &record.file;
    let shown = record.shown();
    let color = match (shown, file.exit_code) {
        (Shown::Finished, Some(0)) => style::of(Status::Passed),
        (Shown::Running, _) => style::of(Status::Skipped),
        (Shown::Interrupted, _) => style::of(Status::Flaky),
        _ => style::of(Status::Failed),
    };
    let time = file
        .ended_ts
        .map(|end| style::seconds(u64::try_from(end - file.started_ts).unwrap_or(0)));
    let time = time.unwrap_or_default();
    write!(
        out,
        "{}  {color}{:<11}{color:#} {FAINT}{time:>8}{FAINT:#}  ",
        file.id,
        shown.as_str()
    )?;
    let pinned = if record.is_pinned() { "  pinned" } else { "" };
    writeln!(
        out,
        "{}  {}{pinned}",
        file.stack.name,
        human::numbers(&file.summary)
    )
}
