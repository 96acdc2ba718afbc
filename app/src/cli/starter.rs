//! `gkfs-bench demo` and `gkfs-bench init`

use std::ffi::OsString;
use std::path::Path;

use crate::cli::{DirArgs, RunArgs, SessionArgs, StackArgs, run, session};
use crate::report::Screen;
use crate::starter::{self, DEMO, INIT, StarterError};
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
pub(super) fn init(args: &DirArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let dir = args.dir.as_deref().unwrap_or(Path::new("."));
    starter::write(&INIT, &env.cwd.join(dir)).map_err(refused)?;
    for (name, _) in INIT {
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

fn refused(error: StarterError) -> CommandError {
    let taken = matches!(error, StarterError::Exists(_));
    let error = CommandError::usage(error);
    if taken {
        return error.hint("name another directory; nothing was written");
    }
    error
}
