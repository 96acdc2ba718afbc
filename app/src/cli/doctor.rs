//! `gkfs-bench doctor`

use crate::cli::StackArgs;
use crate::doctor::{self, State};
use crate::report::Screen;
use crate::{CommandError, Env, Exit};

/// Says what this machine and this stack can do; fails when tests would not run.
pub(super) fn doctor(args: &StackArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let findings = doctor::examine(args, env)?;
    doctor::write(&findings, screen)?;
    let bad = findings.iter().any(|finding| finding.state == State::Bad);
    Ok(if bad { Exit::Failed } else { Exit::Passed })
}
