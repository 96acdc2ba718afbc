//! `gkfs-bench stack` and `gkfs-bench python-path`

use crate::cli::StackVerb;
use crate::report::Screen;
use crate::{CommandError, Env, Exit, stack};

/// Installs the embedded stack, or says where it is.
pub(super) fn stack(verb: &StackVerb, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let dir = match verb {
        StackVerb::Install { dir } => stack::install(&env.cwd.join(dir), env)?,
        StackVerb::Path => stack::cached()?,
    };
    writeln!(screen.out, "{}", dir.display())?;
    Ok(Exit::Passed)
}

/// Says where the Python side of the harness is.
pub(super) fn python_path(screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    writeln!(screen.out, "{}", stack::python()?.display())?;
    Ok(Exit::Passed)
}
