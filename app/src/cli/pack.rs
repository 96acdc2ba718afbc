//! `gkfs-bench pack`

use bytesize::ByteSize;
use gkfs_runner::record::capsule;

use crate::cli::{PackArgs, records};
use crate::report::Screen;
use crate::report::human::count;
use crate::{CommandError, Env, Exit};

/// So many files that were left out are named.
const NAMED: usize = 3;

/// Puts a run into one file.
pub(super) fn pack(args: &PackArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let record = records::open(&args.record, args.run.as_deref(), env)?;
    let file = env.absolute(&args.output);
    let packed = capsule::pack(&record, args.failed, &file).map_err(CommandError::usage)?;
    writeln!(
        screen.out,
        "{}: run {}, {}, {} packed to {}",
        env.shown(&file),
        record.file.id,
        count(packed.files, "file"),
        ByteSize(packed.bytes),
        ByteSize(packed.packed)
    )?;
    if !packed.left_out.is_empty() {
        let named: Vec<String> = packed
            .left_out
            .iter()
            .take(NAMED)
            .map(|path| path.display().to_string())
            .collect();
        let more = packed.left_out.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        writeln!(
            screen.err,
            "note: left out, as they cannot be read or are no files: {}{more}",
            named.join(", ")
        )?;
    }
    Ok(Exit::Passed)
}
