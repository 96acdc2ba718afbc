//! What of an attempt stays on the disk when it has ended.

use std::fs;
use std::path::{Path, PathBuf};

use super::packed::pack_log;
use super::retain::remove;

/// Logs over this many bytes are compressed.
const LARGE: u64 = 1 << 20;

/// Compresses an attempt's large logs, and, if it passed and `roots` are not kept, removes the daemons' directories.
///
/// What cannot be done is left as it is: the record is then larger than it need be, and complete.
pub(crate) fn tidy(attempt: &Path, passed: bool, roots: bool) {
    let workspace = attempt.join("workspace");
    let outputs = ["stdout.log", "stderr.log"].map(|name| attempt.join(name));
    for log in logs(&workspace.join("logs")).chain(outputs) {
        let is_large = fs::symlink_metadata(&log).is_ok_and(|meta| meta.is_file() && meta.len() > LARGE);
        if is_large {
            let _: std::io::Result<()> = pack_log(&log);
        }
    }
    if passed && !roots {
        for root in roots_in(&workspace) {
            let _: Result<(), crate::RecordError> = remove(&root);
        }
    }
}

fn logs(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
}

/// `root`, a cluster's `root-1` and so on, and what an oracle was asked about.
fn roots_in(workspace: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(workspace).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name == "root" || name == "oracle" || name.starts_with("root-")
        })
        .map(|entry| entry.path())
}
