//! The fixtures for Python, as plain pytest uses them: the samples, and what is raised where something is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use gkfs_bench::Exit;

use crate::bed::Bed;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("app lies in the workspace")
}

/// A Python with pytest: the machine's, or one that is made once in the target directory; else why there is none.
fn python() -> Result<PathBuf, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(find_python).clone()
}

fn find_python() -> Result<PathBuf, String> {
    if runs(Command::new("python3").args(["-c", "import pytest"])).is_ok() {
        return Ok("python3".into());
    }
    let exe = PathBuf::from(env!("CARGO_BIN_EXE_gkfs-bench"));
    let target = exe.ancestors().nth(2).expect("the target directory");
    let dir = target.join("pytest-venv");
    let python = dir.join("bin/python");
    // Several test processes may come here at once.
    let lock = fs::File::create(target.join("pytest-venv.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if runs(Command::new(&python).args(["-c", "import pytest"])).is_err() {
        runs(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir))?;
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "0",
            "pytest",
        ];
        runs(Command::new(&python).args(install))?;
    }
    Ok(python)
}

fn runs(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            Err(format!(
                "{command:?}: {}",
                said.lines().last().unwrap_or("failed")
            ))
        }
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// Runs pytest with the plugin in `dir`; `None` where the machine has no pytest, which is said.
fn pytest(bed: &Bed, dir: &Path, words: &[&str]) -> Option<(Output, String)> {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            println!("SKIP: no pytest on this machine, and none could be installed: {why}");
            return None;
        }
    };
    let path = bed.process(&["python-path"]);
    assert_eq!(path.exit, Exit::Passed, "{}", path.err);
    let installed = path
        .out
        .trim_end()
        .replace("[BED]", &bed.root().to_string_lossy());
    let mut command = bed.command(&[]);
    let program = PathBuf::from(command.get_program());
    command = {
        let mut pytest = Command::new(python);
        pytest.env_clear();
        pytest.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        pytest
    };
    command
        .args([
            "-m",
            "pytest",
            "-p",
            "gkfs_bench_fixtures",
            "-p",
            "no:cacheprovider",
            "-v",
        ])
        .args(["--rootdir", "."])
        .args(words)
        .current_dir(dir)
        .env("PYTHONPATH", installed)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GKFS_BENCH_EXE", program)
        .env("GKFS_BENCH_STACK", "embedded");
    let done = command.output().expect("pytest starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    Some((done, text))
}

#[test]
fn the_documentations_examples_pass_word_for_word() {
    let bed = Bed::new();
    let Some((done, text)) = pytest(&bed, &root().join("sample-tests/python"), &[]) else {
        return;
    };
    assert!(done.status.success(), "{text}");
    for test in [
        "test_mkdir",
        "test_foobar",
        "test_cp",
        "test_shell_if_e",
        "test_shell_stat_script",
    ] {
        assert!(
            text.contains(&format!("::{test}[gkfs_daemon_rocksdb] PASSED")),
            "{test}: {text}"
        );
    }
    assert!(!text.contains("SKIPPED") && !text.contains("warning"), "{text}");
}

#[test]
fn tests_that_know_nothing_of_us_pass_beside_it() {
    let bed = Bed::new();
    let Some((done, text)) = pytest(&bed, &root().join("sample-tests/plain-pytest"), &[]) else {
        return;
    };
    assert!(done.status.success(), "{text}");
    assert!(text.contains("7 passed, 1 skipped, 1 xfailed"), "{text}");
}
