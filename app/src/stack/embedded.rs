//! The stack that this very executable carries.

use std::path::{Path, PathBuf};

use crate::{CommandError, Env};

/// Returns a directory that holds the embedded stack, ready to use; made at the first call of a build.
///
/// # Errors
/// When no directory for it can be written.
pub(crate) fn cached(env: &Env) -> Result<PathBuf, CommandError> {
    let _ = env;
    Err(CommandError::internal("soon"))
}

/// Writes the stack into `dir` as files that need nothing else of this executable.
///
/// # Errors
/// When `dir` cannot be made or written.
pub(crate) fn install(dir: &Path, env: &Env) -> Result<PathBuf, CommandError> {
    let _ = (dir, env);
    Err(CommandError::internal("soon"))
}
