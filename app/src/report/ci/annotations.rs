//! Annotations for GitHub: a failure beside the line of code that it is about.
//!
//! A workflow command is a line on one of the standard outputs, `::error file=…,line=…,title=…::message`; see GitHub's
//! "Workflow commands". The line is that of the failed assertion, or else of the test.

use std::io;
use std::path::{Path, PathBuf};

use gkfs_runner::status::Status;
use gkfs_runner::{Event, EventKind};

use crate::report::results::TestResult;
use crate::report::{Reporter, Results, Screen, steps};

/// GitHub shows ten of each kind for a step; more would only hide the later ones.
const MOST: usize = 10;

/// Writes annotations for what did not pass.
pub(crate) struct Github {
    /// The repository, to which files are told relative.
    root: PathBuf,
    told: usize,
}

impl Github {
    /// Annotations for the repository in `root`.
    pub(crate) fn new(root: PathBuf) -> Github {
        Github { root, told: 0 }
    }
}

/// Where to look first, relative to the repository in `root`: the failed assertion, or else the test.
pub(super) fn place(root: &Path, results: &Results, test: &TestResult) -> Option<(String, Option<u64>)> {
    let dir = test.deciding().filter(|it| !it.dir.is_empty())?;
    let asserted = asserted(&results.dir.join(&dir.dir));
    let found = test.file.clone().map(|file| (file, test.line.map(u64::from)));
    let (file, line) = asserted.or(found)?;
    let path = Path::new(&file);
    let shown = path.strip_prefix(root).unwrap_or(path);
    Some((shown.display().to_string(), line))
}

/// The place of the first assertion that did not hold in an attempt.
fn asserted(attempt: &Path) -> Option<(String, Option<u64>)> {
    let steps = steps::read(&attempt.join("steps.jsonl"));
    let failed = steps.iter().find(|step| step.is_failed_assert())?;
    let line = failed.fields.get("line").and_then(serde_json::Value::as_u64);
    Some((failed.text("file")?, line))
}

impl Reporter for Github {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        let EventKind::TestFinished {
            id, status, reason, ..
        } = &event.kind
        else {
            return Ok(());
        };
        let kind = match status {
            Status::Flaky => "warning",
            status if status.is_bad() => "error",
            _ => return Ok(()),
        };
        if self.told == MOST {
            return Ok(());
        }
        self.told += 1;
        let place = results.test(id).and_then(|test| place(&self.root, results, test));
        let mut properties = Vec::new();
        if let Some((file, line)) = place {
            properties.push(format!("file={}", property(&file)));
            properties.extend(line.map(|line| format!("line={line}")));
        }
        properties.push(format!("title={}", property(&format!("{id} {status}"))));
        let message = reason.as_deref().unwrap_or(status.as_str());
        writeln!(screen.err, "::{kind} {}::{}", properties.join(","), data(message))
    }
}

/// Escapes a message as GitHub wants it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property as GitHub wants it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_command() {
        assert_eq!(data("50 %\nof: all, \r"), "50 %25%0Aof: all, %0D");
        assert_eq!(property("g::t[a,b] failed"), "g%3A%3At[a%2Cb] failed");
    }
}
