//! The logs of an attempt, as lines to be compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gkfs_runner::record::{LogFile, has_log, log_name};

use super::Line;
use super::normal::Normalizer;
use crate::report::steps;

/// What the harness did.
pub(super) const STEPS: &str = "steps.jsonl";
/// Where daemon and clients write, below an attempt.
const LOGS: &str = "workspace/logs";

/// What lies in it when all has ended.
pub(super) const TREE: &str = "workspace";

/// The beginning of a log, normalised.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    /// What is not there, and why.
    pub(super) limit: Option<String>,
}

/// Returns the names of all logs that at least one of two attempts has, relative to it: first what was done, then what
/// daemon and clients wrote, then what the test printed.
pub(super) fn names(left: &Path, right: &Path) -> Vec<String> {
    let mut written = BTreeSet::new();
    for dir in [left, right] {
        for entry in fs::read_dir(dir.join(LOGS)).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_file())
                && let Ok(name) = entry.file_name().into_string()
            {
                let name = log_name(name.into());
                written.insert(format!("{LOGS}/{}", name.display()));
            }
        }
    }
    let printed = ["stdout.log", "stderr.log"].map(str::to_owned);
    let all = std::iter::once(STEPS.to_owned()).chain(written).chain(printed);
    all.filter(|name| has_log(&left.join(name)) || has_log(&right.join(name)))
        .collect()
}

impl Log {
    /// Reads at most so many bytes of a log.
    pub(super) fn read(attempt: &Path, name: &str, normal: &Normalizer<'_>, most: u64) -> Log {
        let path = attempt.join(name);
        let (bytes, size) = match beginning(&path, most) {
            Ok(read) => read,
            Err(error) => {
                let limit = match error.kind() {
                    std::io::ErrorKind::NotFound => "there is no such log".to_owned(),
                    _ => format!("cannot be read: {error}"),
                };
                return Log {
                    lines: Vec::new(),
                    limit: Some(limit),
                };
            }
        };
        let lines = if name == STEPS {
            let steps = steps::parse(&bytes);
            let told = steps
                .iter()
                .map(|step| format!("{} {}", step.kind, step.describe()));
            told.map(|line| normal.line(line.as_bytes())).collect()
        } else {
            lines(&bytes, normal)
        };
        Log {
            lines,
            limit: cut(bytes.len() as u64, size),
        }
    }

    /// Whether these are the steps of a script, which is all that was done: how that ended is the verdict.
    pub(super) fn is_of_script(&self) -> bool {
        let count = |kind: &str| self.lines.iter().filter(|line| line.starts_with(kind)).count();
        count("shell ") == 1 && count("op ") == 0 && count("assert ") == 0
    }

    /// Returns a line with its number.
    pub(super) fn line(&self, index: usize) -> Line {
        Line {
            number: index + 1,
            text: self.lines[index].clone(),
        }
    }
}

/// Returns the lines of a text, normalised.
pub(super) fn lines(text: &[u8], normal: &Normalizer<'_>) -> Vec<String> {
    match text.strip_suffix(b"\n").unwrap_or(text) {
        [] => Vec::new(),
        text => text
            .split(|byte| *byte == b'\n')
            .map(|line| normal.line(line))
            .collect(),
    }
}

/// Says that only so much was read, unless that is all.
pub(super) fn cut(read: u64, size: u64) -> Option<String> {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    (read < size).then(|| format!("the first {:.1} MiB of {:.1}", mib(read), mib(size)))
}

/// Reads the beginning of a plain file, up to the end of a line. Nothing else is opened: a pipe would wait for ever.
pub(super) fn beginning(path: &Path, most: u64) -> std::io::Result<(Vec<u8>, u64)> {
    if fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Err(std::io::Error::other("not a plain file"));
    }
    let file = LogFile::open(path)?;
    let mut bytes = file.read_from(0, most)?;
    let size = file.size()?.max(bytes.len() as u64);
    if (bytes.len() as u64) < size
        && let Some(end) = memchr::memrchr(b'\n', &bytes)
    {
        bytes.truncate(end + 1);
    }
    Ok((bytes, size))
}
