//! The same tests on several stacks, side by side.

use std::collections::BTreeMap;
use std::io::{self, Write};

use gkfs_runner::status::Status;

use super::Results;
use super::style::{self, FAINT, STRONG};

/// What stands where a stack has no such test, or did not come to it.
const NONE: &str = "-";

/// Writes a row for each test that did not pass everywhere, and a count of the others.
pub(crate) fn write(out: &mut dyn Write, runs: &[&Results]) -> io::Result<()> {
    let rows = rows(runs);
    let told: Vec<&(String, Vec<Option<Status>>)> = rows.iter().filter(|(_, row)| !is_dull(row)).collect();
    let first = told
        .iter()
        .map(|(id, _)| id.chars().count())
        .max()
        .unwrap_or(0)
        .max("matrix".len());
    let width = |run: &Results| run.stack.name.chars().count().max("skipped".len());
    write!(out, "\n{STRONG}{:<first$}{STRONG:#}", "matrix")?;
    for run in runs {
        write!(out, "  {STRONG}{:<1$}{STRONG:#}", run.stack.name, width(run))?;
    }
    writeln!(out)?;
    for (id, row) in &told {
        write!(out, "{id:<first$}")?;
        for (run, status) in runs.iter().zip(row) {
            let style = status.map_or(FAINT, style::of);
            let word = status.map_or(NONE, Status::as_str);
            write!(out, "  {style}{word:<0$}{style:#}", width(run))?;
        }
        writeln!(out)?;
    }
    let dull = rows.len() - told.len();
    let others = if told.is_empty() { "all" } else { "the other" };
    writeln!(
        out,
        "{FAINT}{others} {dull} tests passed, or were skipped, on every stack{FAINT:#}"
    )
}

/// Nothing to look at: no stack is worse than another, and none is bad.
fn is_dull(row: &[Option<Status>]) -> bool {
    let passed = row.iter().all(|status| *status == Some(Status::Passed));
    passed || row.iter().all(|status| *status == Some(Status::Skipped))
}

/// Each test with its status on each stack, in the order in which they were found.
fn rows(runs: &[&Results]) -> Vec<(String, Vec<Option<Status>>)> {
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows: Vec<(String, Vec<Option<Status>>)> = Vec::new();
    for (column, run) in runs.iter().enumerate() {
        for test in run.tests.iter().filter(|test| !test.deselected) {
            let row = *at.entry(&test.id).or_insert_with(|| {
                rows.push((test.id.clone(), vec![None; runs.len()]));
                rows.len() - 1
            });
            rows[row].1[column] = test.status;
        }
    }
    rows
}
