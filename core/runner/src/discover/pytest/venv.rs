//! A private environment for tests whose packages are missing: made once, kept as long as what it is made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::super::DiscoverError;
use super::super::collect::Collect;
use super::super::command::Shell;
use crate::event::EventKind;

/// Packages may have to be built.
const LIMIT: Duration = Duration::from_secs(900);
/// Where suites say what they need; the second as CMake's template.
const FILES: [&str; 2] = ["requirements.txt", "requirements.txt.in"];
/// Written last into an environment that is whole.
const WHOLE: &str = "gkfs-bench-whole";

/// The package that a message of Python says is missing.
pub(super) fn missing_module(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("No module named ")?;
    let name = rest.trim_start_matches(['\'', '"']);
    let name: String = name
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The files that say what tests in these directories need.
pub(super) fn requirements<'a>(dirs: impl Iterator<Item = &'a Path>) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for dir in dirs {
        let file = FILES
            .iter()
            .map(|name| dir.join(name))
            .find(|file| file.is_file());
        files.extend(file.filter(|file| !files.contains(file)));
    }
    files
}

/// Makes an environment with pytest and what these files ask for, unless there is one. Returns its interpreter.
pub(super) async fn make(
    shell: &Shell<'_>,
    python: &Path,
    environments: &Path,
    requirements: &[PathBuf],
    group: &str,
    collect: &mut Collect<'_>,
) -> Result<Result<PathBuf, String>, DiscoverError> {
    let mut made_of = python.display().to_string();
    for file in requirements {
        made_of += &fs::read_to_string(file).unwrap_or_default();
    }
    let dir = environments.join(format!("venv-{:08x}", xxh3_64(made_of.as_bytes()) as u32));
    let inside = dir.join("bin/python");
    if dir.join(WHOLE).exists() {
        return Ok(Ok(inside));
    }
    let group = format!("Python packages for {group}");
    collect.say(EventKind::BuildStarted { group: group.clone() });
    let made = fill(shell, python, &dir, requirements).await?;
    if made.is_err() {
        // Half an environment is none; that it cannot be removed does no harm, it is not taken for whole.
        let _ = fs::remove_dir_all(&dir);
    }
    collect.say(EventKind::BuildFinished {
        group,
        ok: made.is_ok(),
        log: None,
    });
    Ok(made.map(|()| inside))
}

async fn fill(
    shell: &Shell<'_>,
    python: &Path,
    dir: &Path,
    requirements: &[PathBuf],
) -> Result<Result<(), String>, DiscoverError> {
    let mut create = Command::new(python);
    create.args(["-m", "venv", "--clear"]).arg(dir);
    let mut install = Command::new(dir.join("bin/python"));
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "pytest",
    ]);
    for file in requirements {
        install.arg("-r").arg(file);
    }
    for command in [create, install] {
        let ran = shell.run(command, "venv", Some(LIMIT)).await?;
        if !ran.ok() {
            return Ok(Err(ran.failure()));
        }
    }
    let whole = dir.join(WHOLE);
    Ok(fs::write(&whole, "").map_err(|error| format!("cannot write {}: {error}", whole.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let name = |text| missing_module(text);
        assert_eq!(
            name("/usr/bin/python3: No module named pytest\n").as_deref(),
            Some("pytest")
        );
        assert_eq!(
            name("E   ModuleNotFoundError: No module named 'loguru.x'").as_deref(),
            Some("loguru")
        );
        assert_eq!(name("E   SyntaxError: invalid syntax"), None);
    }
}
