//! The terminal of a run, for Python's debugger.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use gkfs_runner::RunSettings;
use gkfs_runner::discover::Lookup;
use gkfs_runner::filter::Plan;
use rustix::termios::{isatty, ttyname};

use crate::CommandError;
use crate::report::Screen;

/// What pytest knows it by as well.
const FLAG: &str = "--pdb";

/// Returns the terminal at which somebody can type, if there is one.
fn here() -> Option<PathBuf> {
    let stdin = io::stdin();
    if !isatty(&stdin) || !isatty(io::stderr()) {
        return None;
    }
    let name = ttyname(&stdin, Vec::new()).ok()?;
    Some(Path::new(OsStr::from_bytes(name.as_bytes())).to_owned())
}

/// Has pytest open the debugger where a test fails.
///
/// # Errors
/// When there is no terminal.
pub(super) fn debug(lookup: &mut Lookup) -> Result<(), CommandError> {
    if here().is_none() {
        let error = format!("{FLAG} needs a terminal to type at, and there is none");
        return Err(
            CommandError::usage(error).hint("leave it out; `--hold` keeps a test that fails without one")
        );
    }
    lookup.python.args.push(FLAG.into());
    Ok(())
}

/// Gives the terminal to a debugger, for `breakpoint()` too, where no other test would run meanwhile. Returns the screen
/// without a line that would wipe the debugger's prompt away.
pub(super) fn offer<'a>(settings: &mut RunSettings, plan: &Plan, screen: &'a mut Screen<'_>) -> Screen<'a> {
    let has_python = plan.discovery.groups.iter().any(|group| group.worker.is_some());
    if has_python && settings.jobs.get() == 1 && !settings.hold {
        settings.terminal = here();
    }
    Screen {
        out: &mut *screen.out,
        err: &mut *screen.err,
        columns: match settings.terminal {
            Some(_) => &|| None,
            None => screen.columns,
        },
    }
}
