//! `gkfs-bench overlay`: runs any command in a copy-on-write view of the whole file system, and says what it changed.
//!
//! It is a program of its own within the executable: it enters a user namespace where it needs one, which only a
//! process with one thread can do, and lends the command its exit status.

mod child;
mod report;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use gkfs_harness::overlay::{
    Builder, Changes, Compare, EnterError, Overlay, PushError, enter_user_namespace,
};
use gkfs_harness::{ChangesRecord, Environment, Steps, kept_outside};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::cli::{Cli, OverlayArgs, Verb};

/// The first word that makes this executable that program.
pub const WORD: &str = "overlay";

/// There was no view for the command; as `env` and `timeout` use it.
const NO_VIEW: u8 = 125;

/// Something that went wrong before or after the command, and what would help.
#[derive(Debug)]
struct Trouble {
    problem: String,
    hint: Option<&'static str>,
}

impl Trouble {
    fn new(problem: impl ToString) -> Self {
        Self {
            problem: problem.to_string(),
            hint: None,
        }
    }
}

/// Does what the command line says; `args` begin with the program's name.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args = match Cli::try_parse_from(args) {
        Ok(Cli {
            verb: Some(Verb::Overlay(args)),
            ..
        }) => args,
        Ok(_) => return ExitCode::from(NO_VIEW),
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(NO_VIEW)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match overlay(&args) {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => {
            eprintln!("error: {}", trouble.problem);
            if let Some(hint) = trouble.hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(NO_VIEW)
        }
    }
}

fn overlay(args: &OverlayArgs) -> Result<u8, Trouble> {
    if args.commit && !std::io::stdin().is_terminal() {
        return Err(Trouble {
            hint: Some("run it in a terminal, or let --pass PATH keep what is to stay"),
            ..Trouble::new("--commit asks, and standard input is no terminal")
        });
    }
    let ignored = ignored(&args.ignore)?;
    let expected = match &args.expect {
        Some(path) if !args.bless => Some(report::read_list(path).map_err(Trouble::new)?),
        _ => None,
    };
    let blessed = args.expect.iter().filter(|_| args.bless);
    for path in args.changes.iter().chain(blessed) {
        report::can_write(path).map_err(Trouble::new)?;
    }
    let entered = enter_user_namespace();
    let mut builder = Builder::new().compare(Compare::Difference);
    let record = if args.guard {
        let (paths, steps) = surroundings()?;
        builder = paths.into_iter().fold(builder, Builder::pass);
        let record = ChangesRecord::beside(&steps).map_err(Trouble::new)?;
        Some((steps, record))
    } else {
        None
    };
    let builder = args.pass.iter().fold(builder, |builder, path| builder.pass(path));
    let builder = args.copy.iter().fold(builder, |builder, path| builder.copy(path));
    let view = match push(&builder, entered) {
        Ok(view) => view,
        Err(why) => return refuse(record.as_ref().map(|(steps, _)| steps), why),
    };
    report::fallbacks(&view);
    let keep = |path: &Path| {
        !ignored
            .matched_path_or_any_parents(path, path.is_dir())
            .is_ignore()
    };
    if let Some((_, record)) = record {
        return guard(args, &view, &record, keep);
    }
    let (code, succeeded) = child::run(&args.command, || None)?;
    let changes = view.changes().map_err(Trouble::new)?.only(keep);
    let text = report::text(args, &view, &changes).map_err(Trouble::new)?;
    if succeeded && args.commit && !changes.is_empty() {
        eprint!("{text}");
        if report::asks(&changes).map_err(Trouble::new)? {
            let done = view.commit(|change| keep(&change.path)).map_err(Trouble::new)?;
            let plural = if done.len() == 1 { "" } else { "s" };
            eprintln!("made {} change{plural}", done.len());
        }
        return Ok(code);
    }
    child::tell_what_is_left();
    // The report is for outside of the view.
    drop(view);
    report::write(args, &text).map_err(Trouble::new)?;
    finish(args, code, succeeded, &changes, expected)
}

/// The view, or why there is none.
fn push(builder: &Builder, entered: Result<bool, EnterError>) -> Result<Overlay, String> {
    builder.push().map_err(|error| match (error, entered) {
        // Why no user namespace could be entered is the nearer reason.
        (PushError::NoPrivilege { .. }, Err(entered)) => {
            format!("{entered}; {}", gkfs_harness::overlay::CONTAINER_HINT)
        }
        (error, _) => error.to_string(),
    })
}

/// How often it is looked what a guarded test has changed, for those who follow it on the screen.
const LOOKS: Duration = Duration::from_secs(1);

/// Runs a test, and writes to its record what it changes: while it runs, and at its end.
fn guard(
    args: &OverlayArgs,
    view: &Overlay,
    record: &ChangesRecord,
    keep: impl Fn(&Path) -> bool,
) -> Result<u8, Trouble> {
    let mut known = Changes::default();
    let look = || {
        let begun = Instant::now();
        // A file that goes while it is looked at is seen next time; what cannot be read at the end is told.
        if let Ok(changes) = view.changes().map(|changes| changes.only(&keep))
            && changes != known
            && record.write(view, &changes).is_ok()
        {
            known = changes;
        }
        // Looking must not be what a test spends its time with.
        Some(LOOKS.max(20 * begun.elapsed()))
    };
    let (code, _) = child::run(&args.command, look)?;
    let changes = view.changes().map_err(Trouble::new)?.only(keep);
    record.write(view, &changes).map_err(Trouble::new)?;
    Ok(code)
}

/// Compares with the list that is kept, or rewrites it.
fn finish(
    args: &OverlayArgs,
    code: u8,
    succeeded: bool,
    changes: &Changes,
    expected: Option<Vec<String>>,
) -> Result<u8, Trouble> {
    if let (true, Some(path)) = (args.bless, &args.expect) {
        report::write_list(path, changes).map_err(Trouble::new)?;
        return Ok(code);
    }
    let Some(expected) = expected else {
        return Ok(code);
    };
    let difference = report::difference(&expected, &changes.to_strings());
    if difference.is_empty() {
        return Ok(code);
    }
    let list = args.expect.as_deref().unwrap_or(Path::new("--expect"));
    eprintln!("error: these are not the changes that {} lists", list.display());
    eprint!("{difference}");
    eprintln!("hint: --bless writes those that were made");
    Ok(if succeeded { 1 } else { code })
}

/// The real places around a test, and its record.
fn surroundings() -> Result<(Vec<std::path::PathBuf>, Steps), Trouble> {
    let environment = Environment::read().map_err(Trouble::new)?;
    let process = crate::Env::from_process().map_err(Trouble::new)?;
    let attempt = process
        .var("GKFS_BENCH_ATTEMPT_DIR")
        .map(Path::new)
        .ok_or_else(|| Trouble::new("--guard is for the runner: GKFS_BENCH_ATTEMPT_DIR is not set"))?;
    let steps = Steps::create(&attempt.join("steps.jsonl")).map_err(Trouble::new)?;
    Ok((kept_outside(&environment).map_err(Trouble::new)?, steps))
}

/// No view: a test is skipped with the reason, as it must not run without one; a command is not run.
fn refuse(steps: Option<&Steps>, error: String) -> Result<u8, Trouble> {
    let Some(steps) = steps else {
        return Err(Trouble::new(error));
    };
    let reason = format!("isolate = \"overlay\" cannot be had here: {error}");
    eprintln!("SKIP: {reason}");
    steps.instant("skip", serde_json::json!({ "reason": reason }));
    Ok(0)
}

fn ignored(globs: &[String]) -> Result<Gitignore, Trouble> {
    let mut builder = GitignoreBuilder::new("/");
    for glob in globs {
        builder.add_line(None, glob).map_err(Trouble::new)?;
    }
    builder.build().map_err(Trouble::new)
}
