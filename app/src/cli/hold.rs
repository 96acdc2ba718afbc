//! `gkfs-bench continue`

use std::path::PathBuf;

use gkfs_runner::record::{Runs, Shown};

use crate::cli::{ContinueArgs, records, show};
use crate::report::Screen;
use crate::{CommandError, Env, Exit};

/// Lets held tests go on, of whatever runs go on now.
pub(super) fn go_on(args: &ContinueArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let held = held(args, env)?;
    let is_meant = |id: &str| args.test.as_deref().is_none_or(|part| id.contains(part));
    let meant: Vec<&(String, PathBuf)> = held.iter().filter(|(id, _)| is_meant(id)).collect();
    if meant.is_empty() {
        return Err(match (held.as_slice(), &args.test) {
            ([], _) => CommandError::usage("no test is held here")
                .hint("`gkfs-bench run --hold TEST` holds one that fails"),
            (some, part) => {
                let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
                let part = part.as_deref().unwrap_or_default();
                CommandError::usage(format!("`{part}` is not held, but {}", ids.join(", ")))
            }
        });
    }
    for (id, attempt) in meant {
        gkfs_runner::release(attempt).map_err(|error| {
            CommandError::internal(format!("cannot write in {}: {error}", attempt.display()))
        })?;
        writeln!(screen.out, "{id} goes on")?;
    }
    Ok(Exit::Passed)
}

/// Returns the tests that are held now, with the directories of their attempts.
fn held(args: &ContinueArgs, env: &Env) -> Result<Vec<(String, PathBuf)>, CommandError> {
    let runs = Runs::new(&records::base(&args.record, env)).list();
    let mut all = Vec::new();
    for record in runs.iter().filter(|run| run.shown() == Shown::Running) {
        let results = show::results(record)?;
        let held = results.held().into_iter();
        all.extend(held.map(|(test, attempt)| (test.id.clone(), record.dir.join(&attempt.dir))));
    }
    Ok(all)
}
