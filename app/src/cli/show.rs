//! `gkfs-bench show`

use std::path::PathBuf;

use gkfs_runner::event::AttemptFinished;
use gkfs_runner::record::{Record, StackInfo};
use gkfs_runner::status::Status;
use serde::Serialize;

use crate::cli::rerun::{self, Pasted};
use crate::cli::{ListFormat, ShowArgs, records};
use crate::report::evidence::{self, Evidence};
use crate::report::failure::{self, Detail};
use crate::report::results::{AttemptResult, TestResult};
use crate::report::{Results, Screen, human};
use crate::{CommandError, Env, Exit};

/// Shows what is recorded of one test.
pub(super) fn show(args: &ShowArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let record = records::open(&args.record, args.run.as_deref(), env)?;
    if record.is_newer() {
        writeln!(
            screen.err,
            "note: a newer gkfs-bench recorded this run; some of it may not be shown"
        )?;
    }
    let id = record.test(&args.test)?.id;
    let results = results(&record)?;
    let test = results
        .test(&id)
        .ok_or_else(|| CommandError::internal(format!("no {id} in {}", record.dir.display())))?;
    match args.format {
        ListFormat::Human => {
            let run = &record.file;
            writeln!(screen.out, "run {} ({})", run.id, record.shown().as_str())?;
            writeln!(screen.out, "{}", human::stack_line(&run.stack))?;
            writeln!(screen.out)?;
            let rerun = rerun::of_record(&record, Pasted::Here, env);
            let rerun = format!("{rerun} {}", shell_words::quote(&id));
            failure::write(screen.out, &results, test, Detail::LONG, &rerun)?;
        }
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *screen.out, &Document::new(&record, &results, test))
                .map_err(std::io::Error::from)?;
            writeln!(screen.out)?;
        }
    }
    Ok(Exit::Passed)
}

/// Folds the events of a recorded run.
pub(super) fn results(record: &Record) -> Result<Results, CommandError> {
    let mut results = Results::new(record.dir.clone(), record.file.stack.clone());
    record
        .events()?
        .items
        .iter()
        .for_each(|event| results.apply(event));
    Ok(results)
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    run: &'a str,
    state: &'static str,
    stack: &'a StackInfo,
    id: &'a str,
    group: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    tags: &'a [String],
    status: Option<Status>,
    reason: Option<&'a str>,
    duration_ms: f64,
    attempts: Vec<Attempt<'a>>,
}

#[derive(Debug, Serialize)]
struct Attempt<'a> {
    attempt: u32,
    /// How it ended; null while it runs.
    end: Option<&'a AttemptFinished>,
    dir: PathBuf,
    #[serde(flatten)]
    evidence: Evidence,
}

impl<'a> Document<'a> {
    fn new(record: &'a Record, results: &'a Results, test: &'a TestResult) -> Document<'a> {
        let attempt = |attempt: &'a AttemptResult| {
            let dir = results.dir.join(&attempt.dir);
            let evidence = evidence::read(&dir, Detail::LONG.lines);
            Attempt {
                attempt: attempt.number,
                end: attempt.end.as_ref(),
                dir,
                evidence,
            }
        };
        Document {
            run: &record.file.id,
            state: record.shown().as_str(),
            stack: &record.file.stack,
            id: &test.id,
            group: &test.group,
            file: test.file.as_deref(),
            line: test.line,
            tags: &test.tags,
            status: test.status,
            reason: test.reason.as_deref(),
            duration_ms: test.duration_us as f64 / 1000.0,
            attempts: test
                .attempts
                .iter()
                .filter(|attempt| !attempt.dir.is_empty())
                .map(attempt)
                .collect(),
        }
    }
}
