//! The command in the view: started, outlived and heard out.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use super::Trouble;
use crate::lend::{self, Lent};

/// Runs the command to its end. Returns the exit status to take over, and whether it is a success. Meanwhile `look` is
/// called, and again as often as it says how long to wait.
pub(super) fn run(
    command: &[OsString],
    look: impl FnMut() -> Option<Duration>,
) -> Result<(u8, bool), Trouble> {
    let [program, words @ ..] = command else {
        return Err(Trouble::new("no command"));
    };
    let mut command = Command::new(program);
    command.args(words);
    let Lent { code, succeeded } = lend::run(command, look).map_err(Trouble::new)?;
    Ok((code, succeeded))
}
