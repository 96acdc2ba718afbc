//! `gkfs-bench demo` and `gkfs-bench init`

use std::ffi::OsString;
use std::path::Path;

use crate::cli::{DirArgs, InitArgs, RunArgs, SessionArgs, StackArgs, run, session};
use crate::report::Screen;
use crate::starter::{self, DEMO, PYTHON, RUST, SH, Starter, StarterError};
use crate::suite::nearest;
use crate::{CommandError, Env, Exit};

/// Writes the demonstration somewhere and opens it, or runs it where there is no terminal.
pub(super) fn demo(
    args: &DirArgs,
    argv: &[OsString],
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    let dir = match &args.dir {
        Some(dir) => env.cwd.join(dir),
        None => std::env::temp_dir().join(format!("gkfs-bench-demo-{}", std::process::id())),
    };
    starter::write(&DEMO, &dir).map_err(refused)?;
    writeln!(screen.err, "the demonstration is in {}", dir.display())?;
    let session = SessionArgs {
        path: Some(dir.display().to_string()),
        stack: StackArgs {
            stack: Some("embedded".into()),
            ..StackArgs::default()
        },
        ..SessionArgs::default()
    };
    if env.is_interactive() {
        return session::run_all(&session, argv, env);
    }
    run::run(&RunArgs::of_session(&session), argv, env, screen)
}

/// Writes a suite with one test.
pub(super) fn init(args: &InitArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let (files, dir) = wanted(args)?;
    starter::write(files, &env.cwd.join(dir)).map_err(refused)?;
    for (name, _) in files {
        writeln!(screen.out, "{}", dir.join(name).display())?;
    }
    let suite = if dir == Path::new(".") {
        String::new()
    } else {
        format!(" {}", dir.display())
    };
    writeln!(
        screen.err,
        "`gkfs-bench run{suite}` runs it, `gkfs-bench{suite}` opens it"
    )?;
    Ok(Exit::Passed)
}

/// In what a suite can be begun.
const KNOWN: [&str; 3] = ["rust", "python", "sh"];

/// The files and where they go. A first word that is no language is the directory.
fn wanted(args: &InitArgs) -> Result<(&'static [Starter], &Path), CommandError> {
    let here = || args.dir.as_deref().unwrap_or(Path::new("."));
    let language = args.language.as_deref();
    match (language.map(Path::to_string_lossy).as_deref(), &args.dir) {
        (Some("rust"), _) => Ok((&RUST, here())),
        (Some("python"), _) => Ok((&PYTHON, here())),
        (Some("sh") | None, _) => Ok((&SH, here())),
        // One that looks like a language with a slip of the finger would surprise as a directory.
        (Some(word), None) if is_a_slip(word) => Err(unknown(word).hint(format!(
            "`gkfs-bench init ./{word}` begins one in a directory of that name"
        ))),
        (Some(_), None) => Ok((&SH, language.unwrap_or(Path::new(".")))),
        (Some(other), Some(_)) => Err(unknown(other)),
    }
}

/// Nearer than `test` is to `rust`.
fn is_a_slip(word: &str) -> bool {
    let likeness = |known| strsim::normalized_damerau_levenshtein(word, known);
    KNOWN.into_iter().any(|known| likeness(known) > 0.6)
}

fn unknown(language: &str) -> CommandError {
    let known = KNOWN.join(", ");
    let error = CommandError::usage(format!("no suite is begun in `{language}`, known are {known}"));
    match nearest(language, KNOWN) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn refused(error: StarterError) -> CommandError {
    let taken = matches!(error, StarterError::Exists(_));
    let lost = matches!(error, StarterError::NoHarness(_));
    let error = CommandError::usage(error);
    if lost {
        return error.hint("begin in sh or python, or use a gkfs-bench that was built on this machine");
    }
    if taken {
        return error.hint("name another directory; nothing was written");
    }
    error
}
