//! `gkfs-bench completions` and `gkfs-bench man`: the command line, told to shells and to `man`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::report::Screen;
use crate::{CommandError, Exit};

/// Writes the completions for a shell.
pub(super) fn completions(shell: Shell, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gkfs-bench", &mut script);
    screen.out.write_all(&script)?;
    Ok(Exit::Passed)
}

/// Writes the manual page.
pub(super) fn man(screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    screen.out.write_all(&page)?;
    Ok(Exit::Passed)
}
