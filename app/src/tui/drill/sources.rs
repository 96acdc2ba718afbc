//! What an attempt left in files, and in which order its lines were written.
//!
//! Each file is a [`Source`]: an index of its lines, without their text. Files grow while they are looked at, and
//! sometimes they are cut or replaced; [`index::grow`] says so. The harness's steps are a source, too.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use gkfs_runner::record::{has_log, log_name};

pub(crate) mod clock;
pub(crate) mod head;
pub(crate) mod index;
pub(crate) mod jumps;
pub(crate) mod lines;
mod raw;
pub(crate) mod stamp;
#[cfg(test)]
mod tests;

use index::{Cursor, Growth};
use lines::Lines;

/// Who writes to a source. The order decides between equal times: what the harness began comes before what that caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// The harness: `steps.jsonl`.
    Steps,
    /// A client's library.
    Client,
    /// A daemon.
    Daemon,
    /// Whatever else writes to `logs/`.
    Log,
    /// The test's standard output.
    Stdout,
    /// The test's standard error.
    Stderr,
}

/// One file and its lines.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Who writes to it.
    pub(crate) kind: Kind,
    /// Its name on the screen.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its lines.
    pub(crate) lines: Lines,
    /// How far it was indexed.
    pub(crate) cursor: Cursor,
    /// Whether the file is there no more: what was read of it is all there is.
    pub(crate) is_gone: bool,
    /// The beginning of a line whose end is waited for.
    pub(crate) open: Vec<u8>,
}

impl Source {
    /// A source of which nothing is known yet.
    pub(crate) fn new(kind: Kind, path: &Path) -> Source {
        Source {
            kind,
            name: name(kind, path),
            path: path.to_owned(),
            lines: Lines::default(),
            cursor: Cursor::default(),
            is_gone: false,
            open: Vec::new(),
        }
    }

    /// Takes new lines; times never go back within a source.
    pub(crate) fn take(&mut self, growth: Growth) {
        if growth.restarted {
            self.lines = Lines::default();
        }
        self.cursor = growth.cursor;
        // While lines come, one that is half written is nothing to wait for.
        self.open = if growth.entries.is_empty() {
            growth.open
        } else {
            Vec::new()
        };
        self.lines.append(growth.entries, self.cursor.end());
    }
}

/// Returns the files of an attempt that are sources, in the order in which they are numbered on the screen.
pub(crate) fn files(attempt: &Path) -> Vec<(Kind, PathBuf)> {
    let mut logs: Vec<(Kind, PathBuf)> = fs::read_dir(attempt.join("workspace/logs"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        // Compressed or not, it is the same log.
        .map(log_name)
        .filter_map(|path| Some((kind(path.file_name()?.to_str()?)?, path)))
        .collect();
    logs.sort_by_cached_key(|(kind, path)| {
        (*kind != Kind::Daemon, *kind, path.file_stem().map(OsString::from))
    });
    let outputs = [(Kind::Stdout, "stdout.log"), (Kind::Stderr, "stderr.log")]
        .map(|(kind, name)| (kind, attempt.join(name)))
        .into_iter()
        .filter(|(_, path)| has_log(path));
    [(Kind::Steps, attempt.join("steps.jsonl"))]
        .into_iter()
        .chain(logs)
        .chain(outputs)
        .collect()
}

/// Tells from its name what a file in `logs/` is; statistics and the coloured twin of a log are no logs.
fn kind(name: &str) -> Option<Kind> {
    let output = name.ends_with(".stdout.log") || name.ends_with(".stderr.log");
    match name {
        _ if !name.ends_with(".log") || name.ends_with(".color.log") || name == "stats.log" => None,
        _ if name.starts_with("gkfs_daemon") && !output => Some(Kind::Daemon),
        _ if name.starts_with("gkfs_client") && !output => Some(Kind::Client),
        _ => Some(Kind::Log),
    }
}

fn name(kind: Kind, path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match kind {
        Kind::Steps => "steps".to_owned(),
        Kind::Stdout => "stdout".to_owned(),
        Kind::Stderr => "stderr".to_owned(),
        _ => stem.trim_start_matches("gkfs_").to_owned(),
    }
}
