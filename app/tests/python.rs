//! A Python with pytest, for tests of groups that need one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::bed::Bed;

/// The interpreter, or why there is none: of the machine, or else of an environment that is made once from the registry
/// and kept beside the build.
static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let machine = PathBuf::from("python3");
    if has_pytest(&machine) {
        return Ok(machine);
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pytest-venv");
    let python = dir.join("bin/python");
    if has_pytest(&python) {
        return Ok(python);
    }
    make(&dir, &python)
});

fn has_pytest(python: &Path) -> bool {
    let asked = Command::new(python)
        .args(["-c", "import pytest; assert pytest.version_tuple >= (6, 2)"])
        .output();
    asked.is_ok_and(|asked| asked.status.success())
}

fn make(dir: &Path, python: &Path) -> Result<PathBuf, String> {
    let run = |program: &Path, args: &[&str]| {
        let ran = Command::new(program).args(args).arg(dir).output();
        match ran {
            Ok(ran) if ran.status.success() => Ok(()),
            Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).into_owned()),
            Err(error) => Err(format!("{}: {error}", program.display())),
        }
    };
    run(Path::new("python3"), &["-m", "venv", "--clear"])?;
    let install = ["-m", "pip", "install", "--quiet", "pytest", "--log"];
    let log = dir.join("pip.log");
    let ran = Command::new(python).args(install).arg(&log).output();
    match ran {
        Ok(ran) if ran.status.success() => Ok(python.to_owned()),
        Ok(ran) => {
            // The next run tries again.
            let _ = fs::remove_dir_all(dir);
            Err(String::from_utf8_lossy(&ran.stderr).into_owned())
        }
        Err(error) => Err(error.to_string()),
    }
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

/// As `source bin/activate` does it.
pub(crate) fn activate(bed: &mut Bed, python: &Path) {
    if let Some(environment) = python
        .parent()
        .and_then(Path::parent)
        .filter(|_| python.is_absolute())
    {
        bed.set("VIRTUAL_ENV", environment);
    }
}
