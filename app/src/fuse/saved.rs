//! Conversations in files: shown, and compared.

use std::io::Write;
use std::path::Path;

use gkfs_harness::fuse::Transcript;

use super::entry::Entry;
use super::print::{self, Printer};
use crate::cli::PrintArgs;
use crate::report::Screen;
use crate::{CommandError, Exit};

/// Prints a saved conversation.
pub(super) fn show(file: &Path, args: &PrintArgs, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let transcript = load(file, screen)?;
    let out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(print::file(path).map_err(CommandError::usage)?),
        None => Box::new(&mut *screen.out),
    };
    let mut printer = Printer::new(args, out).map_err(CommandError::usage)?;
    for entry in Entry::saved(&transcript) {
        printer.take(&entry);
    }
    printer.finish()?;
    Ok(Exit::Passed)
}

/// Prints what differs, and fails if anything does.
pub(super) fn diff(before: &Path, after: &Path, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let (before, after) = (load(before, screen)?, load(after, screen)?);
    let differences = before.diff(&after);
    for difference in &differences {
        writeln!(screen.out, "{difference}")?;
    }
    Ok(if differences.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

/// What there is of it: one that is cut off is good up to there, which is said.
fn load(path: &Path, screen: &mut Screen<'_>) -> Result<Transcript, CommandError> {
    let (transcript, cut) = Transcript::load_what_is_there(path).map_err(CommandError::usage)?;
    if let Some(cut) = cut {
        writeln!(screen.err, "note: {cut}")?;
    }
    Ok(transcript)
}
