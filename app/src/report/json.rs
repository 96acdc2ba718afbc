//! The result of a run as one JSON document.

use std::io;
use std::path::PathBuf;

use gkfs_runner::record::StackInfo;
use gkfs_runner::status::{Status, Summary};
use gkfs_runner::{Event, EventKind};
use serde::Serialize;

use super::{Reporter, Results, Screen};

/// The document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// The run's id.
    run: &'a str,
    /// What it ran against: name, directories, files and their build-ids.
    stack: &'a StackInfo,
    summary: &'a Summary,
    /// Tests with a verdict, in the order they were found.
    tests: Vec<Test<'a>>,
}

#[derive(Debug, Serialize)]
struct Test<'a> {
    id: &'a str,
    group: &'a str,
    status: Status,
    duration_ms: f64,
    attempts: u32,
    /// The workspace of the attempt that decided; null for a group that could not be built.
    workspace: Option<PathBuf>,
    /// Why it did not pass.
    reason: Option<&'a str>,
}

/// Writes the document when the run ends.
pub(crate) struct Json;

impl Reporter for Json {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            write(results, screen.out)?;
        }
        Ok(())
    }
}

/// Writes the document on `results` to `out`.
pub(crate) fn write(results: &Results, out: &mut dyn io::Write) -> io::Result<()> {
    let tests = results.judged().map(|(test, status)| Test {
        id: &test.id,
        group: &test.group,
        status,
        duration_ms: test.duration_us as f64 / 1000.0,
        attempts: test.tried,
        workspace: test
            .deciding()
            .filter(|it| !it.dir.is_empty())
            .map(|it| results.dir.join(&it.dir).join("workspace")),
        reason: test.reason.as_deref(),
    });
    let document = Document {
        run: &results.run,
        stack: &results.stack,
        summary: &results.summary,
        tests: tests.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}
