//! `gkfs-bench clean`

use gkfs_runner::record::{Retention, Runs};

use crate::cli::{CleanArgs, records};
use crate::report::{Screen, human};
use crate::suite::Suite;
use crate::{CommandError, Env, Exit};

/// Removes what is beyond the suite's retention, or says what would be.
pub(super) fn clean(args: &CleanArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let base = records::base(&args.record, env);
    let root = base.parent().unwrap_or(&env.cwd);
    let config = Suite::load(Suite::root_of(root).unwrap_or(root))?.config;
    let retention = Retention {
        runs: config.retention.runs,
        bytes: config.retention.bytes.0,
    };
    let removed = Runs::new(&base).retain(retention, args.dry_run)?;
    let word = if args.dry_run { "would remove" } else { "removed" };
    for run in &removed {
        let kept = match run.kept {
            0 => String::new(),
            // Each is the last one at its test that failed.
            kept => format!("  but for {}", human::count(kept as u64, "failed attempt")),
        };
        writeln!(
            screen.out,
            "{word} {}  {}{kept}",
            run.id,
            bytesize::ByteSize(run.bytes)
        )?;
    }
    let bytes: u64 = removed.iter().map(|run| run.bytes).sum();
    let runs = human::count(removed.len() as u64, "run");
    writeln!(
        screen.out,
        "{word} {runs}, {}, of {}",
        bytesize::ByteSize(bytes),
        base.display()
    )?;
    Ok(Exit::Passed)
}
