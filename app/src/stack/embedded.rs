//! The stack that this very executable carries.

use std::path::{Path, PathBuf};

use gkfs_embedded::embed::{self, How, InstallError};

use crate::{CommandError, Env};

/// Returns a directory that holds the embedded stack, ready to use; made at the first call of a build.
///
/// # Errors
/// When no directory for it can be written, or the machine is none it can run on.
pub(crate) fn cached() -> Result<PathBuf, CommandError> {
    embed::ready().map(|stack| stack.dir).map_err(explained)
}

/// Whether a client library is the one that this executable carries, wherever it was installed.
pub(super) fn is_ours(library: &Path) -> bool {
    let ours = embed::ready().map(|stack| stack.dir.join(embed::LIBRARY));
    let same = |ours: PathBuf| Some(std::fs::read(ours).ok()? == std::fs::read(library).ok()?);
    ours.ok().and_then(same).unwrap_or(false)
}

/// Writes the stack into `dir` as files that need nothing else of this executable.
///
/// # Errors
/// When `dir` cannot be made or written, or the machine is none it can run on.
pub(crate) fn install(dir: &Path, env: &Env) -> Result<PathBuf, CommandError> {
    embed::install(dir, &env.exe, How::Copy)
        .map(|stack| stack.dir)
        .map_err(explained)
}

/// Returns a directory with the Python side of the harness, to go into `PYTHONPATH`.
///
/// # Errors
/// When no directory for it can be written.
pub(crate) fn python() -> Result<PathBuf, CommandError> {
    let base = embed::cache_dir("python").map_err(explained)?;
    gkfs_harness::python::install(&base).map_err(CommandError::usage)
}

fn explained(error: InstallError) -> CommandError {
    let way_out = match error {
        InstallError::Unsupported => "use a stack of yours with --bin-dir and --lib-dir, or --stack plain",
        InstallError::File { .. } | InstallError::Foreign { .. } => {
            "name a writable directory: XDG_CACHE_HOME for runs, or the argument of `stack install`"
        }
    };
    CommandError::usage(error).hint(way_out)
}
