//! What an attempt left behind: its steps, the tails of its logs and outputs, its workspace.

use std::fs;
use std::path::{Path, PathBuf};

use gkfs_runner::record::{capsule, log_name};
use serde::Serialize;

use super::noise;
use super::steps::{self, Step};
use super::tail::{self, Tail};
use crate::with_client;

/// What is known of an attempt from its directory.
#[derive(Debug, Serialize)]
pub(crate) struct Evidence {
    /// What the harness did.
    pub(crate) steps: Vec<Step>,
    /// Logs of daemons and clients, in this order.
    pub(crate) logs: Vec<Tail>,
    /// What the test itself printed.
    pub(crate) stdout: Option<Tail>,
    /// What the test itself printed as diagnostics.
    pub(crate) stderr: Option<Tail>,
    /// The test's own directory.
    pub(crate) workspace: PathBuf,
    /// Where that was when it was recorded, if it came here in a capsule.
    #[serde(skip)]
    pub(crate) recorded_in: Option<PathBuf>,
}

/// Reads the directory of an attempt; of each file at most `lines` lines.
pub(crate) fn read(attempt: &Path, lines: usize) -> Evidence {
    let workspace = attempt.join("workspace");
    let logs = log_files(&workspace.join("logs"));
    Evidence {
        steps: steps::read(&attempt.join("steps.jsonl")),
        logs: logs
            .iter()
            .filter_map(|path| tail::read(path, lines, noise::log))
            .collect(),
        stdout: tail::read(&attempt.join("stdout.log"), lines, noise::output),
        stderr: tail::read(&attempt.join("stderr.log"), lines, noise::output),
        recorded_in: capsule::original(&workspace),
        workspace,
    }
}

impl Evidence {
    /// Returns crashes, and what sanitizers and valgrind found.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_finding())
    }

    /// Returns the assertions that did not hold.
    pub(crate) fn failed_asserts(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_failed_assert())
    }
}

/// Returns the files in a log directory: daemons first, as the server's word comes before the client's.
fn log_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        // The coloured twin of a log says nothing else, and whoever looked at the test nothing of it.
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with(".color.log"))
        .filter(|path| path.file_name().is_none_or(|name| name != with_client::LOG))
        .map(log_name)
        .collect();
    files.sort_by_key(|path| {
        let name = path.file_name().unwrap_or_default().to_owned();
        (!name.to_string_lossy().contains("daemon"), name)
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daemons_speak_first_and_internal_calls_are_left_out() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let logs = dir.path().join("workspace/logs");
        fs::create_dir_all(&logs).expect("logs");
        fs::write(
            logs.join("gkfs_client.log"),
            "a [syscall] [ih] open\nb [syscall] [ah] mkdir\n",
        )
        .expect("write");
        fs::write(logs.join("gkfs_daemon.log"), "ready\n").expect("write");
        fs::write(logs.join(with_client::LOG), "[syscall] [ah] open\n").expect("write");
        fs::write(dir.path().join("stdout.log"), "\nrunning 1 test\nmine\n").expect("write");
        let evidence = read(dir.path(), 10);
        let lines: Vec<&[String]> = evidence.logs.iter().map(|tail| tail.lines.as_slice()).collect();
        assert_eq!(
            lines,
            [
                ["ready"].map(String::from).as_slice(),
                ["b [syscall] [ah] mkdir"].map(String::from).as_slice()
            ]
        );
        assert_eq!(evidence.stdout.expect("output").lines, ["mine"]);
        assert_eq!((evidence.steps.len(), evidence.stderr), (0, None));
    }
}
