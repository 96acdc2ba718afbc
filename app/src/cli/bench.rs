//! `gkfs-bench bench`

use crate::cli::BenchArgs;
use crate::report::Screen;
use crate::{CommandError, Env, Exit};

/// Measures stacks side by side.
pub(super) fn bench(args: &BenchArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let _ = (args, env, screen);
    Err(CommandError::internal("soon"))
}
