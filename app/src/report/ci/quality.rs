//! A Code Quality report for GitLab: what did not pass, beside the lines of a merge request that it is about.
//!
//! GitLab reads a subset of Code Climate's format: an array of objects with `description`, `check_name`, `fingerprint`,
//! `severity` and `location`; see GitLab's "Code Quality", "Implement a custom tool".

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use gkfs_runner::status::Status;
use gkfs_runner::{Event, EventKind};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::annotations::place;
use crate::report::results::TestResult;
use crate::report::{Reporter, Results, Screen};
use crate::suite::FILE_NAME;

/// Writes the report when the run has ended.
pub(crate) struct CodeQuality {
    /// Where to.
    pub(crate) file: File,
    /// The repository, to which files are told relative.
    pub(crate) root: PathBuf,
}

impl Reporter for CodeQuality {
    fn event(&mut self, event: &Event, results: &Results, _: &mut Screen<'_>) -> io::Result<()> {
        if !matches!(event.kind, EventKind::RunFinished { .. }) {
            return Ok(());
        }
        let wrong = results
            .judged()
            .filter_map(|(test, status)| self.issue(results, test, status));
        let wrong: Vec<Value> = wrong.collect();
        serde_json::to_writer_pretty(&mut self.file, &wrong)?;
        self.file.write_all(b"\n")
    }
}

impl CodeQuality {
    fn issue(&self, results: &Results, test: &TestResult, status: Status) -> Option<Value> {
        let severity = match status {
            Status::Failed | Status::Error => "critical",
            Status::Timeout => "major",
            Status::Flaky => "minor",
            Status::Passed | Status::Skipped => return None,
        };
        // What cannot be built has no place; the report must name one.
        let (path, line) = place(&self.root, results, test).unwrap_or_else(|| (FILE_NAME.into(), None));
        let reason = test.reason.as_deref().unwrap_or(status.as_str());
        Some(json!({
            "description": format!("{} {status}: {reason}", test.id),
            "check_name": format!("gkfs-bench/{status}"),
            // The same test is the same issue from run to run, whatever it says.
            "fingerprint": format!("{:016x}", xxh3_64(format!("{} {status}", test.id).as_bytes())),
            "severity": severity,
            "location": { "path": path, "lines": { "begin": line.unwrap_or(1) } },
        }))
    }
}
