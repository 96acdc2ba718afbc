//! `gkfs-bench logs`

use crate::cli::{LogsArgs, records, show};
use crate::report::Screen;
use crate::tui::drill::{Wanted, whole};
use crate::{CommandError, Env, Exit};

mod follow;

/// Prints the lines of one attempt, each with its time, its level and who wrote it.
pub(super) fn logs(args: &LogsArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let record = records::open(&args.record, args.run.as_deref(), env)?;
    let id = record.test(&args.test)?.id;
    if args.follow {
        return follow::follow(&record, &id, &wanted(args), screen);
    }
    let results = show::results(&record)?;
    let test = results.test(&id);
    let attempt = match args.attempt {
        Some(number) => test.and_then(|test| test.attempts.iter().find(|attempt| attempt.number == number)),
        None => test.and_then(|test| test.deciding()),
    };
    let Some(attempt) = attempt.filter(|attempt| !attempt.dir.is_empty()) else {
        let which = args
            .attempt
            .map_or("no attempt".to_owned(), |number| format!("no attempt {number}"));
        let error = format!("{which} at {id} is recorded in run {}", record.file.id);
        return Err(CommandError::usage(error).hint(format!("`gkfs-bench show {id}` lists what is")));
    };
    let lines = whole(record.dir.join(&attempt.dir), &wanted(args)).map_err(|known| {
        let source = args.source.as_deref().unwrap_or_default();
        let error = format!("no source `{source}` wrote anything in {id}");
        CommandError::usage(error).hint(format!("there are: {}", known.join(", ")))
    })?;
    for line in lines.lines() {
        writeln!(screen.out, "{line}")?;
    }
    Ok(Exit::Passed)
}

fn wanted(args: &LogsArgs) -> Wanted {
    Wanted {
        source: args.source.clone(),
        level: args.level,
        internal: args.internal,
        last: args.since.map(|span| span.0),
    }
}
