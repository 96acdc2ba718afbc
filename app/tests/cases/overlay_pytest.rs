//! Groups of pytest whose tests run in views: each in a process of its own, and what it writes outside in its record. And
//! the fixture for tests that push views themselves, as root and as an ordinary user.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::bed::Bed;
use crate::python::python;

const TESTS: &str = r#"
import os, pytest, subprocess, sys

OUTSIDE = os.path.dirname(os.path.abspath(__file__)) + "/outside"

@pytest.fixture(scope="module")
def shared():
    with open(OUTSIDE + "-shared", "w") as file:
        file.write("1")
    yield 7
    os.remove(OUTSIDE + "-shared")

@pytest.mark.parametrize("n", [1, 2])
def test_writes(shared, n, tmp_path):
    assert shared == 7
    # Whoever came before has left nothing.
    assert not os.path.exists(OUTSIDE)
    subprocess.check_call([sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('x')", OUTSIDE])
    (tmp_path / "inside").write_text("kept")
    print("printed by", n)

def test_fails():
    open(OUTSIDE, "w").close()
    assert 1 == 2

def test_skips():
    pytest.skip("not here")

@pytest.fixture
def broken():
    raise ValueError("no set-up")

def test_error(broken):
    pass

@pytest.fixture
def late():
    yield
    raise ValueError("no teardown")

def test_late(late):
    pass

def test_dies():
    os._exit(5)
"#;

const SUITE: &str =
    "version = 1\n[[group]]\nname = \"apart\"\nsource = \"pytest\"\npath = \"t\"\nisolate = \"overlay\"\n";

/// A suite of these tests, with a Python that has pytest; none where there is none, which is said.
fn suite(tests: &str, file: &str) -> Option<Bed> {
    let python = python()?;
    let bed = Bed::new();
    let python = format!("python = \"{}\"\n", python.display());
    bed.write("gkfs-bench.toml", &format!("{file}{python}"));
    bed.write("t/test_apart.py", tests);
    Some(bed)
}

/// The result of a run; none where the machine makes no views, which is said.
fn run(bed: &Bed) -> Option<Value> {
    let done: Output = bed
        .command(&["run", "--stack", "embedded", "--format", "json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let result: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{said}"));
    let refused = "cannot be had here";
    if result["tests"].to_string().contains(refused) {
        println!("SKIP overlay: {result}");
        return None;
    }
    Some(result)
}

fn tests(result: &Value) -> Vec<(&str, &str, &str)> {
    let tests = result["tests"].as_array().expect("tests");
    let mut all: Vec<_> = tests
        .iter()
        .map(|test| {
            let name = test["id"]
                .as_str()
                .expect("an id")
                .rsplit("::")
                .next()
                .expect("a name");
            let reason = test["reason"].as_str().unwrap_or_default();
            (name, test["status"].as_str().expect("a status"), reason)
        })
        .collect();
    all.sort_unstable();
    all
}

/// The attempt of a test.
fn attempt(bed: &Bed, name: &str) -> PathBuf {
    let tests = bed.cwd().join(".gkfs-bench/runs/last/tests/apart");
    let entries = fs::read_dir(&tests).expect("the group's tests");
    let of = |dir: &PathBuf| dir.to_string_lossy().contains(name);
    let mut found = entries.map(|entry| entry.expect("an entry").path()).filter(of);
    found.next().expect("the test").join("attempt-1")
}

fn lines(bed: &Bed, name: &str, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(attempt(bed, name).join(file)).expect("a record");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn each_test_has_a_view_and_ends_as_it_would_without() {
    let Some(bed) = suite(TESTS, SUITE) else { return };
    let Some(result) = run(&bed) else { return };
    let told = tests(&result);
    let statuses: Vec<_> = told.iter().map(|(name, status, _)| (*name, *status)).collect();
    let expected = [
        ("test_dies", "failed"),
        ("test_error", "error"),
        ("test_fails", "failed"),
        ("test_late", "error"),
        ("test_skips", "skipped"),
        ("test_writes[1]", "passed"),
        ("test_writes[2]", "passed"),
    ];
    assert_eq!(statuses, expected, "{result}");
    let reason = |of: &str| told.iter().find(|(name, ..)| *name == of).expect("the test").2;
    assert!(reason("test_fails").contains("assert 1 == 2"), "{told:?}");
    assert!(reason("test_error").contains("no set-up"), "{told:?}");
    assert_eq!(reason("test_skips"), "not here");
    let left: Vec<_> = fs::read_dir(bed.cwd().join("t")).expect("the tests").collect();
    assert_eq!(left.len(), 1, "nothing is left beside the tests: {left:?}");
}

#[test]
fn what_it_wrote_outside_is_in_its_record_and_its_own_files_are_real() {
    let Some(bed) = suite(TESTS, SUITE) else { return };
    if run(&bed).is_none() {
        return;
    }
    let changes = lines(&bed, "test_writes%5B1%5D", "changes.jsonl");
    let outside = bed.cwd().join("t/outside").display().to_string();
    let told: Vec<_> = changes
        .iter()
        .map(|change| format!("{}:{}", change["change"], change["path"]))
        .collect();
    assert_eq!(
        told,
        [format!("\"add\":\"{outside}\"")],
        "and nothing of pytest's own"
    );
    assert!(changes[0]["diff"].as_str().expect("a difference").contains("+x"));
    let dir = attempt(&bed, "test_writes%5B1%5D");
    let printed = fs::read_to_string(dir.join("stdout.log")).expect("its output");
    assert_eq!(printed, "printed by 1\n", "pytest's own words are not among it");
    let inside = fs::read_to_string(dir.join("workspace/inside")).expect("a file in tmp_path");
    assert_eq!(inside, "kept");
    let kinds: Vec<_> = lines(&bed, "test_fails", "steps.jsonl")
        .iter()
        .map(|step| step["kind"].as_str().expect("a kind").to_owned())
        .collect();
    assert!(
        kinds.contains(&"assert".to_owned()) && kinds.contains(&"changes".to_owned()),
        "{kinds:?}"
    );
}

/// A wrapper of the suite's own goes around each test, too.
#[test]
fn a_wrapper_goes_around_each_test() {
    let file = "version = 1\n[[group]]\nname = \"apart\"\nsource = \"pytest\"\npath = \"t\"\nwrapper = [\"env\", \"WRAPPED=yes\"]\n";
    let tests = "import os\ndef test_env(): assert os.environ['WRAPPED'] == 'yes'\n";
    let Some(bed) = suite(tests, file) else { return };
    let Some(result) = run(&bed) else { return };
    assert_eq!(result["summary"]["passed"], 1, "{result}");
}

const NOBODY: u32 = 65534;

/// A Python with pytest, as whoever runs it.
struct Python {
    program: PathBuf,
    /// Where pytest is, if the program does not find it.
    site: Option<PathBuf>,
    user: Option<u32>,
}

impl Python {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command.env_remove("PYTHONPATH").current_dir("/");
        command.envs(self.site.as_ref().map(|site| ("PYTHONPATH", site)));
        command
    }

    fn has_pytest(&self) -> bool {
        let asked = self.command().args(["-c", "import pytest"]).output();
        asked.is_ok_and(|done| done.status.success())
    }
}

/// One that the user can run: root's own may lie where nobody else may look.
fn python_of(user: Option<u32>) -> Option<Python> {
    let program = python()?;
    let mut found = Python {
        program,
        site: None,
        user: None,
    };
    let ask = "import os, pytest; print(os.path.dirname(os.path.dirname(pytest.__file__)), end='')";
    let site = found.command().args(["-c", ask]).output().ok()?.stdout;
    found.user = user;
    if !found.has_pytest() {
        found.program = "/usr/bin/python3".into();
        found.site = Some(String::from_utf8(site).ok()?.into());
    }
    found.has_pytest().then_some(found)
}

/// The samples pass with pytest alone, in a directory that is the user's.
fn the_samples_pass(user: Option<u32>) {
    let Some(python) = python_of(user) else {
        return println!("SKIP overlay: no pytest on this machine that the user {user:?} may run");
    };
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).expect("for everybody");
    let samples =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-tests/python/overlay/test_overlay.py");
    fs::copy(samples, dir.path().join("test_overlay.py")).expect("the samples");
    let exe = env!("CARGO_BIN_EXE_gkfs-bench");
    let mut asking = Command::new(exe);
    asking
        .arg("python-path")
        .env("HOME", dir.path())
        .env_remove("XDG_CACHE_HOME");
    if let Some(user) = user {
        asking.uid(user).gid(user);
    }
    let plugin = match asking.output() {
        Ok(told) if told.status.success() => String::from_utf8(told.stdout).expect("a path"),
        told => return println!("SKIP overlay: the user {user:?} may not run {exe}: {told:?}"),
    };
    let paths = [Some(PathBuf::from(plugin.trim_end())), python.site.clone()];
    let mut pytest = python.command();
    pytest
        .args([
            "-m",
            "pytest",
            "-p",
            "gkfs_bench_fixtures",
            "-p",
            "no:cacheprovider",
            "-ra",
            "--basetemp",
        ])
        .arg(dir.path().join("pytest"))
        .arg("test_overlay.py")
        .current_dir(dir.path())
        .env(
            "PYTHONPATH",
            std::env::join_paths(paths.into_iter().flatten()).expect("paths"),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HOME", dir.path())
        .env_remove("XDG_CACHE_HOME")
        .env("GKFS_BENCH_EXE", exe)
        .env("GKFS_BENCH_STACK", "embedded");
    let done = pytest.output().expect("pytest starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{text}");
    if text.contains("no overlay here") {
        return println!("SKIP overlay: {text}");
    }
    assert!(text.contains("10 passed") && !text.contains("skipped"), "{text}");
}

#[test]
fn the_fixtures_samples_pass() {
    the_samples_pass(None);
}

#[test]
fn the_fixtures_samples_pass_as_an_ordinary_user() {
    if !rustix::process::geteuid().is_root() {
        // The other test is this one.
        return;
    }
    the_samples_pass(Some(NOBODY));
}
