//! One test in all recorded runs.

use std::path::Path;

use gkfs_runner::record::{AttemptRecord, Record, Runs};

use crate::report::rates::machine_short;
use crate::tui::drill::history::{Past, Tried};

/// How many runs are gone through, from the newest.
const RUNS: usize = 50;

/// Returns what became of a test in each recorded run that ran it, the newest first: in the run with this directory, and
/// in those beside it. One from a capsule lies alone.
pub(super) fn of(run: &Path, id: &str) -> Vec<Past> {
    let base = run.ancestors().nth(2).unwrap_or(run);
    let mut runs = Runs::new(base).list();
    if !runs
        .iter()
        .any(|record| record.dir.file_name() == run.file_name())
    {
        runs.extend(Record::open(run));
    }
    runs.iter()
        .rev()
        .take(RUNS)
        .filter_map(|record| past(record, id))
        .collect()
}

fn past(record: &Record, id: &str) -> Option<Past> {
    let tests = record.tests().ok()?;
    let test = tests.into_iter().find(|test| test.id == id && !test.deselected)?;
    Some(Past {
        run: record.file.id.clone(),
        started: record.file.started_ts,
        status: test.status,
        duration: test.duration_us,
        attempts: test.attempts.iter().map(|tried| attempt(record, tried)).collect(),
        reason: test.reason,
        stack: record.file.stack.name.clone(),
    })
}

fn attempt(record: &Record, tried: &AttemptRecord) -> Tried {
    let end = tried.end.as_ref();
    Tried {
        number: tried.attempt,
        dir: record.dir.join(&tried.dir),
        outcome: end.map(|end| end.outcome),
        duration: end.map_or(0, |end| end.duration_us),
        reason: end.and_then(|end| end.reason.clone()),
        machine: end
            .and_then(|end| Some(machine_short(&end.load?, end.duration_us)))
            .unwrap_or_default(),
    }
}
