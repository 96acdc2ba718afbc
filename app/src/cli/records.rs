//! Where the recorded runs are that a verb without a path is about.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gkfs_runner::record::{Record, Runs};

use crate::cli::{RecordArgs, capsules};
use crate::suite::{RECORDS, Suite};
use crate::{CommandError, Env};

/// Returns the directory that holds `runs/`.
///
/// Without `--base-temp` it is the suite's that the working directory lies in. Above all suites, as in the root
/// of a workspace, it is the one directly below in which tests ran last.
pub(crate) fn base(args: &RecordArgs, env: &Env) -> PathBuf {
    if let Some(base) = &args.base_temp {
        return env.absolute(base);
    }
    if let Some(root) = Suite::root_of(&env.cwd) {
        return root.join(RECORDS);
    }
    let above = env
        .cwd
        .ancestors()
        .map(|dir| dir.join(RECORDS))
        .find(|base| base.is_dir());
    above
        .or_else(|| latest_below(&env.cwd))
        .unwrap_or_else(|| env.cwd.join(RECORDS))
}

fn latest_below(dir: &Path) -> Option<PathBuf> {
    let bases = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join(RECORDS));
    let last_run = |base: &PathBuf| -> Option<SystemTime> {
        fs::symlink_metadata(base.join("runs/last"))
            .and_then(|link| link.modified())
            .ok()
    };
    bases
        .filter_map(|base| Some((last_run(&base)?, base)))
        .max()
        .map(|(_, base)| base)
}

/// Opens the run that `wanted` names, or else the last.
pub(crate) fn open(args: &RecordArgs, wanted: Option<&str>, env: &Env) -> Result<Record, CommandError> {
    let runs = Runs::new(&base(args, env));
    let wanted = wanted.unwrap_or("last");
    // A run may be given by its directory too, wherever it was copied to, or as a capsule.
    let dir = env.cwd.join(wanted);
    let found = if dir.join("run.json").is_file() {
        Record::open(&dir)
    } else if dir.is_file() {
        Record::open(&capsules::open(&dir, env)?)
    } else {
        runs.open(wanted)
    };
    Ok(found?)
}
