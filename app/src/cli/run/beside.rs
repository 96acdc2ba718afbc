//! Which reports stand beside the one on the terminal.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use gkfs_runner::settings::DenySkips;

use crate::cli::targets::Targets;
use crate::cli::{Annotations, CiArgs, Format, RunArgs};
use crate::report::Reporter;
use crate::report::ci::{self, CodeQuality, DeniedSkips, Durations, Github, Log, Markdown};
use crate::report::held::Held;
use crate::report::rates::Rates;
use crate::{CommandError, Env};

/// Opens them, in the order in which they speak.
///
/// # Errors
/// A file that cannot be written, named before anything has run.
pub(super) fn reports(
    run: &RunArgs,
    targets: &Targets,
    env: &Env,
) -> Result<Vec<Box<dyn Reporter>>, CommandError> {
    let args = &run.ci;
    let mut all: Vec<Box<dyn Reporter>> = Vec::new();
    if run.hold {
        all.push(Box::new(Held));
    }
    if let Some(path) = &args.report_log {
        all.push(Box::new(Log(create(&env.absolute(path), "report log")?)));
    }
    if let Some(file) = summary(args, env)? {
        all.push(Box::new(Markdown(file)));
    }
    if let Some(path) = &args.code_quality {
        let file = create(&env.absolute(path), "Code Quality report")?;
        let root = repository(targets, env);
        all.push(Box::new(CodeQuality { file, root }));
    }
    if annotates(args, env) {
        all.push(Box::new(Github::new(repository(targets, env))));
    }
    let is_repeated = run.stress.is_some() || run.repeat.is_some() || run.until_fail;
    if is_repeated && run.format == Format::Human {
        all.push(Box::new(Rates));
    }
    // JSON has every duration, and nothing else may stand beside it.
    if let Some(count) = args.durations.filter(|_| run.format == Format::Human) {
        all.push(Box::new(Durations(count)));
    }
    if let Some(reason) = &args.deny_skips {
        all.push(Box::new(DeniedSkips(DenySkips(reason.clone()))));
    }
    Ok(all)
}

fn annotates(args: &CiArgs, env: &Env) -> bool {
    let is_github = || env.var("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    match args.annotations {
        Annotations::Auto => is_github(),
        Annotations::Github => true,
        Annotations::None => false,
    }
}

/// The directory that GitHub or GitLab tells files relative to.
fn repository(targets: &Targets, env: &Env) -> PathBuf {
    let known = env.var("GITHUB_WORKSPACE").or_else(|| env.var("CI_PROJECT_DIR"));
    known.map_or_else(|| targets.suite.root.clone(), PathBuf::from)
}

fn summary(args: &CiArgs, env: &Env) -> Result<Option<File>, CommandError> {
    if let Some(path) = &args.summary {
        return create(&env.absolute(path), "summary").map(Some);
    }
    let Some(path) = env.var("GITHUB_STEP_SUMMARY").map(PathBuf::from) else {
        return Ok(None);
    };
    // Other steps of the job write there, too.
    let opened = OpenOptions::new().append(true).create(true).open(&path);
    opened
        .map(Some)
        .map_err(|error| unwritable("summary", &path, &error))
}

fn create(path: &Path, what: &str) -> Result<File, CommandError> {
    ci::create(path).map_err(|error| unwritable(what, path, &error))
}

fn unwritable(what: &str, path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::usage(format!("cannot write the {what} {}: {error}", path.display()))
}
