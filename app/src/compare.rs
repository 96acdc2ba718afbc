//! What two attempts left, compared log to log: where did one begin to go another way? Their workspaces are compared as a
//! tree, and are one more log for who wants to read names one below the other.
//!
//! Lines are compared without what differs from attempt to attempt though nothing else does ([`normal`]): times,
//! process numbers, ports, addresses, temporary paths. What remains is aligned by its longest common subsequence.
//!
//! It knows no screen: what comes of it are rows of text, for whoever wants to show them.
//!
//! # Limits
//!
//! Of each log only a beginning is read, and alignment ends at a deadline; both are told with the result. It reads
//! files and looks at the clock, so it is nothing for a thread that must not wait.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp};

mod files;
mod logs;
pub(crate) mod normal;
pub(crate) mod tree;

use logs::Log;
use normal::{Normalizer, Patterns};
use tree::Trees;

pub(crate) use files::{FilesAsk, files};

/// How many lines that are the same stand around those that differ.
const AROUND: usize = 3;
/// More rows nobody reads.
const MOST: usize = 50_000;

/// How much is compared at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of each log.
    pub(crate) bytes: u64,
    /// Time to align two logs.
    pub(crate) time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 8 << 20,
            time: Duration::from_secs(3),
        }
    }
}

/// Two attempts, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// Each log that at least one of them has; the workspaces are the last one.
    pub(crate) logs: Vec<LogDiff>,
    /// The workspaces.
    pub(crate) trees: Trees,
}

impl LogDiff {
    /// Whether it is the names in the workspaces.
    pub(crate) fn is_tree(&self) -> bool {
        self.name == logs::TREE
    }
}

impl Comparison {
    /// Returns the number of the log that an entry of the workspaces is, if it is one.
    pub(crate) fn log_at(&self, below: &Path) -> Option<usize> {
        let name = Path::new(logs::TREE).join(below);
        self.logs.iter().position(|log| Path::new(&log.name) == name)
    }

    /// Returns the log in which the attempts begin to differ. How a test failed always differs from how one passed, but
    /// that is the consequence: what else there is comes before it.
    pub(crate) fn first(&self) -> Option<usize> {
        let differ = self
            .logs
            .iter()
            .enumerate()
            .filter(|(_, log)| log.first.is_some());
        differ.min_by_key(|(_, log)| log.weight).map(|(at, _)| at)
    }
}

/// Two logs, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogDiff {
    /// What both are called.
    pub(crate) name: String,
    /// What is to be shown, top to bottom.
    pub(crate) rows: Vec<Row>,
    /// The first row that differs, if any does.
    pub(crate) first: Option<usize>,
    /// What was not compared, and why.
    pub(crate) limits: Vec<String>,
    /// What its first difference is worth as the cause of the others.
    pub(crate) weight: Weight,
}

/// What a difference tells, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Something was done, or answered, otherwise.
    Done,
    /// A daemon or client wrote something else.
    Logged,
    /// A script printed something else before it ended as it did.
    Printed,
    /// The verdict, in whatever words.
    Verdict,
}

/// A line with its number, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) text: String,
}

/// A row of two logs side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// The same in both.
    Same(Line, usize),
    /// Something else in each, or something that only one has.
    Differ(Option<Line>, Option<Line>),
    /// So many lines that are the same are left out.
    Skipped(usize),
}

/// Compares what two attempts left in their directories.
pub(crate) fn attempts(left: &Path, right: &Path, limits: Limits) -> Comparison {
    let patterns = Patterns::new();
    let mut is_script = false;
    let dirs = [left, right];
    let normal = dirs.map(|dir| Normalizer::of(dir, &patterns));
    let mut all: Vec<LogDiff> = Vec::new();
    for name in logs::names(left, right) {
        let [left, right] = [0, 1].map(|side| Log::read(dirs[side], &name, &normal[side], limits.bytes));
        // The steps come first.
        is_script |= name == logs::STEPS && left.is_of_script() && right.is_of_script();
        let mut diff = compare(name, &left, &right, limits);
        diff.weight = weight(&diff, is_script);
        all.push(diff);
    }
    let mut trees = Trees::default();
    let spaces = dirs.map(|dir| dir.join(logs::TREE));
    if spaces.iter().any(|dir| dir.is_dir()) {
        trees = Trees::compare([&spaces[0], &spaces[1]], [&normal[0], &normal[1]], limits);
        all.push(of_trees(&trees));
    }
    Comparison { logs: all, trees }
}

/// Returns the workspaces as one more log.
fn of_trees(trees: &Trees) -> LogDiff {
    let rows = trees.rows();
    LogDiff {
        name: logs::TREE.to_owned(),
        first: rows.iter().position(|row| matches!(row, Row::Differ(..))),
        rows,
        limits: trees.limits.clone(),
        // The files that it left are what was done to them, as the steps and logs tell.
        weight: Weight::Printed,
    }
}

/// Weighs the first difference of a log.
fn weight(log: &LogDiff, is_script: bool) -> Weight {
    let is_output = matches!(log.name.as_str(), "stdout.log" | "stderr.log");
    if is_output || log.name != logs::STEPS {
        return match (is_output, is_script) {
            (false, _) => Weight::Logged,
            (true, true) => Weight::Printed,
            // Its words for what an assertion says already.
            (true, false) => Weight::Verdict,
        };
    }
    let verdicts = ["assert ", "hold ", "crash ", "report ", "skip "];
    let is_verdict = |line: &Line| {
        let text = line.text.as_str();
        verdicts.iter().any(|kind| text.starts_with(kind)) || (is_script && text.starts_with("shell "))
    };
    let first = log.first.and_then(|at| log.rows.get(at));
    let is_done = match first {
        Some(Row::Differ(left, right)) => !left.iter().chain(right).all(is_verdict),
        _ => false,
    };
    if is_done { Weight::Done } else { Weight::Verdict }
}

/// Compares two logs.
fn compare(name: String, left: &Log, right: &Log, limits: Limits) -> LogDiff {
    let mut told: Vec<String> = [("left", left), ("right", right)]
        .into_iter()
        .filter_map(|(side, log)| log.limit.as_ref().map(|limit| format!("{side}: {limit}")))
        .collect();
    let deadline = Instant::now() + limits.time;
    let ops =
        similar::capture_diff_slices_deadline(Algorithm::Myers, &left.lines, &right.lines, Some(deadline));
    if Instant::now() >= deadline {
        let seconds = limits.time.as_secs();
        told.push(format!(
            "aligned for {seconds} s only: lines that match may not stand together"
        ));
    }
    let mut rows = rows(&ops, left, right);
    if rows.len() > MOST {
        rows.truncate(MOST);
        told.push(format!("only the first {MOST} rows are shown"));
    }
    let first = rows.iter().position(|row| matches!(row, Row::Differ(..)));
    LogDiff {
        name,
        rows,
        first,
        limits: told,
        weight: Weight::Logged,
    }
}

fn rows(ops: &[DiffOp], left: &Log, right: &Log) -> Vec<Row> {
    let mut rows = Vec::new();
    let last = ops.len().saturating_sub(1);
    for (at, op) in ops.iter().enumerate() {
        if rows.len() > MOST {
            break;
        }
        let (old, new) = (op.old_range(), op.new_range());
        if matches!(op, DiffOp::Equal { .. }) {
            let len = old.len();
            let before = if at == 0 { 0 } else { AROUND };
            let behind = if at == last { 0 } else { AROUND };
            let same = |at: usize| Row::Same(left.line(old.start + at), new.start + at + 1);
            if len <= before + behind + 1 {
                rows.extend((0..len).map(same));
            } else {
                rows.extend((0..before).map(same));
                rows.push(Row::Skipped(len - before - behind));
                rows.extend((len - behind..len).map(same));
            }
            continue;
        }
        // What stands in the place of something stands beside it.
        for line in 0..old.len().max(new.len()) {
            let side = |log: &Log, range: &std::ops::Range<usize>| {
                (line < range.len()).then(|| log.line(range.start + line))
            };
            rows.push(Row::Differ(side(left, &old), side(right, &new)));
        }
    }
    rows
}

/// Returns the attempts to compare where somebody just asks what the difference is: the first that passed with the
/// first that failed. Each is a directory and whether it passed, in the order in which they were made.
pub(crate) fn telling(attempts: &[(PathBuf, bool)]) -> Option<(PathBuf, PathBuf)> {
    let first = |passed: bool| {
        let found = attempts.iter().find(|(_, it)| *it == passed);
        found.map(|(dir, _)| dir.clone())
    };
    Some((first(true)?, first(false)?))
}

#[cfg(test)]
mod tests;
