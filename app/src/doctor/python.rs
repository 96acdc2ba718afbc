//! Python: which one runs the tests of pytest groups, and with which pytest.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Finding;
use crate::Env;
use crate::cli::python::programs;
use crate::suite::Suite;

const NAME: &str = "python";
/// Says the version of pytest, or fails.
const ASK: &str = "import pytest; print(pytest.__version__)";

pub(super) fn examine(suite: &Suite, env: &Env) -> Finding {
    let programs = programs(suite, env);
    let with = programs
        .iter()
        .find_map(|python| Some((python, pytest_of(python, env)?)));
    if let Some((python, version)) = with {
        return Finding::good(NAME, format!("{} with pytest {version}", python.display()));
    }
    let names: Vec<String> = programs
        .iter()
        .map(|python| python.display().to_string())
        .collect();
    match programs
        .iter()
        .any(|python| runs(python, &["--version"], env).is_some())
    {
        true => Finding::lacking(
            NAME,
            format!(
                "no pytest in {}: tests that need it get an environment of their own",
                names.join(", ")
            ),
            "pip install pytest, or activate the environment that has it",
        ),
        false => Finding::lacking(
            NAME,
            "not found: no tests written for pytest",
            "install the package python3",
        ),
    }
}

fn pytest_of(python: &Path, env: &Env) -> Option<String> {
    runs(python, &["-c", ASK], env)
}

/// What it prints, if it ends well.
fn runs(python: &Path, args: &[&str], env: &Env) -> Option<String> {
    let mut command = Command::new(find(python, env)?);
    command
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .env_clear()
        .envs(&env.vars);
    let done = command.output().ok().filter(|done| done.status.success())?;
    Some(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

fn find(python: &Path, env: &Env) -> Option<std::path::PathBuf> {
    match python.is_absolute() {
        true => Some(python.to_owned()),
        false => super::tools::find(&python.to_string_lossy(), env),
    }
}
