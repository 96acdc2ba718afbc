//! `gkfs-bench shell`

use std::path::Path;
use std::process::Command;

use gkfs_runner::record::{Record, Shown};

use crate::cli::run::hold::lend;
use crate::cli::run::signals::Signals;
use crate::cli::{ShellArgs, records, show};
use crate::report::Screen;
use crate::report::results::AttemptResult;
use crate::revive::Revived;
use crate::tui::{config, shell};
use crate::{CommandError, Env, Exit};

/// Opens a shell in an attempt's workspace; in a copy of it, with daemons of its own, where the test has ended.
pub(super) fn shell(args: &ShellArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let record = records::open(&args.record, args.run.as_deref(), env)?;
    let id = record.test(&args.test)?.id;
    let results = show::results(&record)?;
    let test = results.test(&id);
    let attempt = match args.attempt {
        Some(number) => test.and_then(|test| test.attempts.iter().find(|attempt| attempt.number == number)),
        None => test.and_then(|test| test.living().or_else(|| test.deciding())),
    };
    let Some(attempt) = attempt.filter(|attempt| !attempt.dir.is_empty()) else {
        let which = args
            .attempt
            .map_or("no attempt".to_owned(), |number| format!("no attempt {number}"));
        let error = format!("{which} at {id} is recorded in run {}", record.file.id);
        return Err(CommandError::usage(error).hint(format!("`gkfs-bench show {id}` lists what is")));
    };
    if lives(&record, attempt) {
        return open(&id, &record.dir.join(&attempt.dir), args, env, screen);
    }
    let base = record.dir.ancestors().nth(2).unwrap_or(&record.dir).to_owned();
    let revived = Revived::new(&record, &attempt.dir, &base, env)?;
    for note in &revived.notes {
        writeln!(screen.err, "note: {note}")?;
    }
    if args.command.is_none() {
        writeln!(screen.err, "in a copy, which is gone when this shell has ended:")?;
    }
    let exit = open(&id, &revived.attempt, args, env, screen);
    revived.end();
    exit
}

/// Whether the test still runs, or is held: then its own workspace is the one to look at.
fn lives(record: &Record, attempt: &AttemptResult) -> bool {
    attempt.end.is_none() && record.shown() == Shown::Running
}

fn open(
    id: &str,
    attempt: &Path,
    args: &ShellArgs,
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    let opened = shell::command(&config::programs(env), id, attempt, true);
    let (mut command, greeting) = opened.map_err(CommandError::usage)?;
    match &args.command {
        Some(words) => {
            command.arg("-c").arg(words);
        }
        None => writeln!(screen.err, "{greeting}")?,
    }
    screen.out.flush()?;
    screen.err.flush()?;
    let is_asked = args.command.is_some();
    match wait(command)? {
        true => Ok(Exit::Passed),
        // How the last command at a prompt ended is nobody's business.
        false if !is_asked => Ok(Exit::Passed),
        false => Ok(Exit::Failed),
    }
}

/// Runs it on the terminal; whether it went well.
fn wait(command: Command) -> Result<bool, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let program = command.get_program().to_string_lossy().into_owned();
        let lent = lend(command.into(), &mut signals).await;
        match lent {
            Ok(lent) => Ok(lent.asked.is_none() && lent.ok),
            Err(why) => {
                Err(CommandError::usage(why).hint(format!("SHELL={program}: set SHELL to one that is there")))
            }
        }
    })
}
