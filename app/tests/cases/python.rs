//! The fixtures for Python, as plain pytest uses them: the samples, and what is raised where something is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("app lies in the workspace")
}

/// A Python with pytest: the machine's, or one that is made once in the target directory; else why there is none.
pub(super) fn python() -> Result<PathBuf, String> {
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

/// A suite of Python tests and a private machine to run it on.
struct Suite {
    bed: Bed,
    python: PathBuf,
    dir: PathBuf,
}

impl Suite {
    /// The suite in a directory of the repository; `None` where the machine has no pytest, which is said.
    fn of(dir: &str) -> Option<Self> {
        match python() {
            Ok(python) => Some(Self {
                bed: Bed::new(),
                python,
                dir: root().join(dir),
            }),
            Err(why) => {
                println!("SKIP: no pytest on this machine, and none could be installed: {why}");
                None
            }
        }
    }

    /// pytest with the plugin, as one starts it by hand.
    fn pytest(&self, words: &[&str]) -> Command {
        let path = self.bed.process(&["python-path"]);
        assert_eq!(path.exit, Exit::Passed, "{}", path.err);
        let installed = path
            .out
            .trim_end()
            .replace("[BED]", &self.bed.root().to_string_lossy());
        let like = self.bed.command(&[]);
        let mut pytest = Command::new(&self.python);
        pytest
            .env_clear()
            .envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .args([
                "-m",
                "pytest",
                "-p",
                "gkfs_bench_fixtures",
                "-p",
                "no:cacheprovider",
                "-v",
                "-ra",
            ])
            .args(["--rootdir", ".", "--basetemp"])
            .arg(self.temp())
            .args(words)
            .current_dir(&self.dir)
            .env("PYTHONPATH", installed)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("GKFS_BENCH_EXE", like.get_program())
            .env("GKFS_BENCH_STACK", "embedded");
        pytest
    }

    /// Where pytest makes the directories of tests.
    fn temp(&self) -> PathBuf {
        self.bed.root().join("pytest")
    }

    fn run(&self, words: &[&str]) -> (Output, String) {
        said(&mut self.pytest(words))
    }

    /// The steps of a test's run with that number: pytest numbers the directories of one name, which it cuts.
    fn steps(&self, test: &str, run: u32) -> Vec<Value> {
        let entries = fs::read_dir(self.temp()).expect("pytest's directory").flatten();
        let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let name = names.find(|name| {
            let cut = name.trim_end_matches(|c: char| c.is_ascii_digit());
            name.starts_with(test) && name[cut.len()..] == run.to_string()
        });
        let path = self
            .temp()
            .join(name.expect("the test's directory"))
            .join("steps.jsonl");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

fn said(command: &mut Command) -> (Output, String) {
    let done = command.output().expect("pytest starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done, text)
}

#[test]
fn the_documentations_examples_pass_word_for_word() {
    let Some(suite) = Suite::of("sample-tests/python/documentation") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success(), "{text}");
    for test in [
        "test_mkdir",
        "test_foobar",
        "test_cp",
        "test_shell_if_e",
        "test_shell_stat_script",
    ] {
        let passed = format!("::{test}[gkfs_daemon_rocksdb] PASSED");
        assert!(text.contains(&passed), "{test}: {text}");
    }
    assert!(!text.contains("SKIPPED") && !text.contains("warning"), "{text}");
}

#[test]
fn tests_that_know_nothing_of_us_pass_beside_it() {
    let Some(suite) = Suite::of("sample-tests/python/plain") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success(), "{text}");
    assert!(text.contains("7 passed, 1 skipped, 1 xfailed"), "{text}");
}

#[test]
fn each_test_ends_as_it_should() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert_eq!(done.status.code(), Some(1), "{text}");
    assert!(
        text.contains("1 failed, 12 passed, 1 xfailed, 1 warning, 1 error"),
        "{text}"
    );
    // Its own error, though the next test ran while it was found out.
    assert!(
        text.contains("ERROR test_outcomes.py::test_daemon_dies[gkfs_daemon_rocksdb]"),
        "{text}"
    );
    assert!(
        text.contains("the daemon died, though nobody asked it to"),
        "{text}"
    );
    assert!(
        text.contains("FAILED test_outcomes.py::test_fails[gkfs_daemon_rocksdb]"),
        "{text}"
    );
    assert!(text.contains("as it did in a session"), "{text}");
    let other =
        "OtherVerdict: passed with a process for each operation, but failed in a session: assert 1 == 2";
    assert!(text.contains(other), "{text}");
    let via = |run| -> Vec<String> {
        let steps = suite.steps("test_differs", run);
        let via = steps.iter().filter_map(|step| step["via"].as_str());
        via.map(str::to_owned).collect()
    };
    assert_eq!(via(0), ["session"]);
    assert_eq!(via(1), ["process"]);
    let words = suite.steps("test_passes", 0);
    let words: Vec<_> = words.iter().filter(|step| step["kind"] == "log").collect();
    assert_eq!(words[0]["text"], "made top");
}

#[test]
fn the_next_tests_daemon_is_started_meanwhile() {
    let Some(suite) = Suite::of("app/tests/data/python/ahead") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success() && text.contains("4 passed"), "{text}");
    let time = |steps: &[Value], kind: &str, phase: &str| {
        let step = steps
            .iter()
            .find(|step| step["kind"] == kind && step["ph"] == phase);
        step.and_then(|step| step["ts"].as_i64()).expect("the step")
    };
    let (first, second) = (suite.steps("test_first", 0), suite.steps("test_second", 0));
    assert!(time(&second, "daemon", "b") < time(&first, "log", "i"));
    assert!(time(&second, "op", "b") > time(&first, "log", "i"));
    // Two: one for the environment that was expected, one for that which came.
    assert!(!suite.steps("test_third", 1).is_empty());
    assert!(suite.temp().read_dir().expect("tests").flatten().count() >= 5);
}

#[test]
fn operations_have_a_process_each_on_request() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let (done, text) = suite.run(&["--ops", "process", "-k", "test_passes or test_differs"]);
    assert_eq!(
        done.status.code(),
        Some(1),
        "nobody gives a second opinion: {text}"
    );
    assert!(
        text.contains("1 failed, 1 passed") && text.contains("operations by process"),
        "{text}"
    );
    let steps = suite.steps("test_passes", 0);
    let via: Vec<_> = steps.iter().filter_map(|step| step["via"].as_str()).collect();
    assert!(
        via.len() > 4 && via.iter().all(|via| *via == "process"),
        "{via:?}"
    );
}

#[test]
fn fixtures_of_ones_own_are_made_from_the_classes() {
    let Some(suite) = Suite::of("app/tests/data/python/own_conftest") else {
        return;
    };
    let (done, text) = suite.run(&[]);
    assert!(done.status.success() && text.contains("2 passed"), "{text}");
}

impl Suite {
    /// The suite run by our own runner: its result as JSON.
    fn run_by_us(&self, words: &[&str]) -> Value {
        let mut command = self.bed.command(&["run", "--format", "json", "--base-temp"]);
        command.arg(self.temp()).args(words).arg(&self.dir);
        if let Some(environment) = self.python.parent().and_then(Path::parent) {
            command.env("VIRTUAL_ENV", environment);
        }
        let done = command.output().expect("the command starts");
        let result = serde_json::from_slice(&done.stdout);
        result.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&done.stderr)))
    }
}

/// What a test ended as, by a part of its id.
fn status<'a>(result: &'a Value, part: &str) -> &'a str {
    let tests = result["tests"].as_array().expect("tests");
    let is_it = |test: &&Value| test["id"].as_str().is_some_and(|id| id.contains(part));
    let test = tests.iter().find(is_it);
    test.and_then(|test| test["status"].as_str())
        .unwrap_or("not there")
}

#[test]
fn the_suite_file_says_whose_fixtures_a_group_gets() {
    let Some(suite) = Suite::of("sample-tests/python") else {
        return;
    };
    let result = suite.run_by_us(&["--stack", "embedded"]);
    // Those that need views of the whole file system skip where there are none, with the reason.
    let views = match result.to_string().contains("no permission to mount") {
        true => 0,
        false => 12,
    };
    // So do those that need a FUSE mount.
    let fuse = match status(&result, "test_fake_fuse.py::test_other_programs") {
        "skipped" => 0,
        _ => 9,
    };
    assert_eq!(result["summary"]["passed"], 16 + views + fuse, "{result:#}");
    assert_eq!(result["summary"]["skipped"], 2 + 21 - views - fuse, "{result:#}");
    assert_eq!(result["summary"]["total"], 39, "{result:#}");
    assert_eq!(
        status(&result, "documentation::test_directories.py::test_mkdir"),
        "passed"
    );
}

#[test]
fn so_does_the_command_line_and_each_test_ends_as_it_should() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let result = suite.run_by_us(&["--stack", "embedded", "--harness", "ours"]);
    for (part, expected) in [
        ("test_passes", "passed"),
        ("test_daemon_dies", "failed"),
        ("test_after_it", "passed"),
        ("test_differs", "passed"),
        ("test_fails", "failed"),
        ("test_is_expected_to_fail", "skipped"),
        ("test_uses_what_has_ended", "passed"),
    ] {
        assert_eq!(status(&result, part), expected, "{part}: {result:#}");
    }
    assert_eq!(
        result["summary"]["failed"], 2,
        "nothing was left behind: {result:#}"
    );
    let runs = suite.temp().join("runs/last/tests/outcomes");
    let tests = fs::read_dir(runs).expect("the record").flatten();
    let mut dirs = tests.map(|entry| entry.path().join("attempt-1"));
    let differs = dirs.find(|dir| dir.to_string_lossy().contains("test_differs"));
    let differs = differs.expect("its attempt");
    for workspace in ["workspace", "workspace-session"] {
        assert!(
            differs.join(workspace).join("logs/gkfs_client.log").exists(),
            "{workspace}"
        );
    }
    let steps = fs::read_to_string(differs.join("steps.jsonl")).expect("steps");
    assert!(
        steps.contains("run again with a process for each operation"),
        "{steps}"
    );
    let output = fs::read_to_string(differs.join("stderr.log")).expect("output");
    assert!(
        output.contains("passed with a process for each operation, but failed in a session"),
        "{output}"
    );
}

#[test]
fn a_plain_stack_skips_what_needs_a_daemon() {
    let Some(suite) = Suite::of("app/tests/data/python/outcomes") else {
        return;
    };
    let (done, text) = said(
        suite
            .pytest(&["-k", "restarted"])
            .env("GKFS_BENCH_STACK", "plain"),
    );
    assert!(done.status.success() && text.contains("1 skipped"), "{text}");
    assert!(text.contains("the plain stack has no daemon to kill"), "{text}");
}

#[test]
fn without_the_program_the_way_out_is_named() {
    let Some(suite) = Suite::of("sample-tests/python/documentation") else {
        return;
    };
    let mut pytest = suite.pytest(&["-k", "test_mkdir"]);
    // Python itself must be found still, whoever else lies beside it.
    let (done, text) = said(pytest.env_remove("GKFS_BENCH_EXE").env("PATH", "/nowhere"));
    assert_eq!(done.status.code(), Some(1), "{text}");
    assert!(text.contains("there is no gkfs-bench on PATH"), "{text}");
    assert!(
        text.contains("hint: install it, or run the tests with `gkfs-bench run`"),
        "{text}"
    );
    let (_, text) = said(
        suite
            .pytest(&["-k", "test_mkdir"])
            .env("GKFS_BENCH_EXE", "/bin/false"),
    );
    assert!(text.contains("`gkfs-bench channel` has died"), "{text}");
}

/// One that has ended may stay a zombie for as long as the machine's first process does not reap it.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    // The name before the state, in parentheses, may hold anything.
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn nothing_outlives_a_python_that_is_killed() {
    let Some(suite) = Suite::of("app/tests/data/python/hangs") else {
        return;
    };
    let note = suite.bed.root().join("note");
    let mut python = suite.pytest(&[]);
    python
        .env("NOTE", &note)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut python = python.spawn().expect("pytest starts");
    let deadline = Instant::now() + Duration::from_secs(120);
    while !note.exists() {
        assert!(Instant::now() < deadline, "the test does not come to its end");
        std::thread::sleep(Duration::from_millis(10));
    }
    python.kill().expect("it runs");
    python.wait().expect("it was ours");
    let started = fs::read_to_string(note).expect("a note");
    let pids: Vec<&str> = started.split_whitespace().collect();
    assert_eq!(
        pids.len(),
        2,
        "a daemon, and what a script left in the background: {started}"
    );
    for pid in pids {
        while is_alive(pid) {
            assert!(Instant::now() < deadline, "{pid} lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
