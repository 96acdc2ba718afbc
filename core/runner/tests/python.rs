//! A Python with pytest, for tests of groups that need one. The command's own tests use this file, too.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The interpreter, or why there is none: of the machine, or else of an environment that is made once from the registry
/// and kept beside the build.
static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    if let Some(machine) = on_path("python3").filter(|python| has_pytest(python)) {
        return Ok(machine);
    }
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Several test programs may come here at once.
    let lock = File::create(beside.join("pytest-venv.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let dir = beside.join("pytest-venv");
    let python = dir.join("bin/python");
    if !has_pytest(&python) {
        make(&dir, &python)?;
    }
    Ok(python)
});

/// An absolute path: tests change what `PATH` is.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

fn has_pytest(python: &Path) -> bool {
    let asked = Command::new(python)
        .args(["-c", "import pytest; assert pytest.version_tuple >= (6, 2)"])
        .output();
    asked.is_ok_and(|asked| asked.status.success())
}

fn make(dir: &Path, python: &Path) -> Result<(), String> {
    let run = |command: &mut Command| match command.output() {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).into_owned()),
        Err(error) => Err(format!("{command:?}: {error}")),
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(dir))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "0",
    ];
    run(Command::new(python).args(install).arg("pytest")).inspect_err(|_| {
        // The next run tries again.
        let _ = fs::remove_dir_all(dir);
    })
}

/// The interpreter. Where there is none, says so; the test that asked is skipped.
pub(crate) fn python() -> Option<PathBuf> {
    match &*PYTHON {
        Ok(python) => Some(python.clone()),
        Err(why) => {
            let last = why.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("?");
            println!("SKIP: no pytest on this machine, and it cannot be installed: {last}");
            None
        }
    }
}
