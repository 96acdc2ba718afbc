//! Every way in which a test ends, seen as a runner sees it: tests as authors write them, and beside them tests that run
//! those of the first kind in a process of their own.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gkfs_harness::prelude::*;
use gkfs_harness::{Error, Result};
use serde_json::Value;

/// A fixture that asks for another.
struct Scratch {
    workspace: Arc<Workspace>,
    ended: bool,
}

impl Fixture for Scratch {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self {
            workspace: context.fixture::<Workspace>()?,
            ended: false,
        })
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        assert!(!self.ended);
        Ok(())
    }
}

/// A test without fixtures passes.
#[gkfs_harness::test]
fn nothing() {}

/// Fixtures are given by type, once per test.
#[gkfs_harness::test(tags("fast", "fixtures"))]
fn fixtures_are_shared(scratch: &mut Scratch, workspace: &Workspace) -> TestResult {
    assert_eq!(scratch.workspace.path(), workspace.path());
    scratch.ended = false;
    std::fs::write(workspace.tmpdir().join("f"), "x")?;
    Ok(())
}

/// Each combination of parameters is a test.
#[gkfs_harness::test(params(size = ["0", "1K"], times = [1, 2]))]
fn sizes(size: &str, times: u64, files: &FileFactory) -> TestResult {
    let file = files.create("f", size)?;
    assert_eq!(file.size() * times % 1024, 0);
    Ok(())
}

#[gkfs_harness::test]
#[case::empty(text = "", length = 0)]
#[case(text = "abc", length = 3)]
fn cases(text: &str, length: usize) {
    assert_eq!(text.len(), length);
}

#[gkfs_harness::test]
fn skipped_with_a_reason() {
    skip!("this test is about {}", "skipping");
}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn fails(workspace: &Workspace) {
    log!(info, "about to fail in {}", workspace.path().display());
    assert_eq!(1 + 1, 3, "arithmetic");
}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn fails_by_an_error() -> TestResult {
    "x".parse::<u8>()?;
    Ok(())
}

/// Cannot be set up.
struct Broken;

impl Fixture for Broken {
    fn setup(_: &TestContext) -> Result<Self> {
        Err(Error::other("no such luck"))
    }
}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn cannot_be_set_up(_broken: &Broken) {}

/// Asks for itself.
struct Circular;

impl Fixture for Circular {
    fn setup(context: &TestContext) -> Result<Self> {
        context.fixture::<Self>()?;
        Ok(Self)
    }
}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn asks_for_itself(_circular: &Circular) {}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn wants_alone_what_another_uses(_scratch: &Scratch, _workspace: &mut Workspace) {}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn wants_first_what_another_needs(_workspace: &mut Workspace, _scratch: &Scratch) {}

/// Fails at its end.
struct Sour;

impl Fixture for Sour {
    fn setup(_: &TestContext) -> Result<Self> {
        Ok(Self)
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        Err(Error::other("left in disorder"))
    }
}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn ends_badly(_sour: &Sour) {}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn ends_badly_before_another(_scratch: &Scratch, _sour: &Sour) {}

#[gkfs_harness::test(ignore = "fails on purpose, run by a test below")]
fn no_stack_at_all(_client: &Client) {}

/// Runs one test of this file in a process of its own, with these variables.
fn run(name: &str, variables: &[(&str, &Path)]) -> Output {
    command(name).envs(variables.iter().copied()).output().unwrap()
}

fn command(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--include-ignored", "--nocapture"])
        .env("RUST_BACKTRACE", "0");
    command
}

/// Runs it as a runner does and returns its output and its steps.
fn run_attempt(name: &str) -> (Output, Vec<Value>) {
    let attempt = tempfile::tempdir().unwrap();
    let output = run(
        name,
        &[
            ("GKFS_BENCH_PROTOCOL", Path::new("1")),
            ("GKFS_BENCH_TEST", Path::new("group::test")),
            ("GKFS_BENCH_ATTEMPT_DIR", attempt.path()),
        ],
    );
    assert!(attempt.path().join("workspace/logs").is_dir());
    let steps = std::fs::read_to_string(attempt.path().join("steps.jsonl")).unwrap();
    (
        output,
        steps
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn of_kind<'a>(steps: &'a [Value], kind: &str) -> Vec<&'a Value> {
    steps.iter().filter(|step| step["kind"] == kind).collect()
}

#[test]
fn a_failed_assertion_is_recorded_with_its_place() {
    let (output, steps) = run_attempt("fails");
    assert_eq!(output.status.code(), Some(101));
    let [failed] = of_kind(&steps, "assert")[..] else {
        panic!("{steps:?}")
    };
    assert_eq!(failed["ok"], false);
    assert!(
        failed["message"].as_str().unwrap().contains("arithmetic"),
        "{failed}"
    );
    assert!(
        failed["file"].as_str().unwrap().ends_with("outcomes.rs"),
        "{failed}"
    );
    assert!(failed["line"].is_u64());
    let [log] = of_kind(&steps, "log")[..] else {
        panic!("{steps:?}")
    };
    assert_eq!(log["level"], "info");
}

#[test]
fn an_error_is_recorded_with_the_place_it_left_by() {
    let (output, steps) = run_attempt("fails_by_an_error");
    assert_eq!(output.status.code(), Some(101));
    assert!(
        stderr(&output).contains("invalid digit found in string"),
        "{}",
        stderr(&output)
    );
    let [failed] = of_kind(&steps, "assert")[..] else {
        panic!("{steps:?}")
    };
    assert!(
        failed["file"].as_str().unwrap().ends_with("outcomes.rs"),
        "{failed}"
    );
}

#[test]
fn a_failed_set_up_is_the_fixtures_step() {
    for (name, part) in [
        ("cannot_be_set_up", "no such luck"),
        ("asks_for_itself", "Circular → Circular"),
        ("wants_alone_what_another_uses", "another fixture uses it"),
        ("wants_first_what_another_needs", "the test has it as `&mut`"),
    ] {
        let (output, steps) = run_attempt(name);
        assert_eq!(output.status.code(), Some(101));
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
        let ends = of_kind(&steps, "fixture")
            .into_iter()
            .filter(|step| step["ph"] == "e");
        assert!(ends.filter(|end| end["ok"] == false).count() > 0, "{steps:?}");
    }
}

#[test]
fn a_failed_teardown_fails_the_test() {
    let (output, steps) = run_attempt("ends_badly");
    assert_eq!(output.status.code(), Some(101));
    assert!(
        stderr(&output).contains("teardown failed: left in disorder"),
        "{}",
        stderr(&output)
    );
    let last = of_kind(&steps, "fixture").into_iter().next_back().unwrap();
    assert_eq!((&last["ph"], &last["ok"]), (&"e".into(), &false.into()));
}

/// What fails at its end can be looked at, too, while there is something left that has not ended.
#[test]
fn a_failed_teardown_is_held_before_the_others_end() {
    let attempt = tempfile::tempdir().unwrap();
    let (release, steps) = (attempt.path().join("release"), attempt.path().join("steps.jsonl"));
    let read = || std::fs::read_to_string(&steps).unwrap_or_default();
    let mut child = command("ends_badly_before_another")
        .env("GKFS_BENCH_PROTOCOL", "1")
        .env("GKFS_BENCH_TEST", "group::test")
        .env("GKFS_BENCH_ATTEMPT_DIR", attempt.path())
        .env("GKFS_BENCH_HOLD", &release)
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    while !read().contains("\"kind\":\"hold\"") {
        assert!(Instant::now() < end, "it is not held: {}", read());
        assert!(child.try_wait().unwrap().is_none(), "it has ended: {}", read());
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = |name: &str| {
        let of = |step: &Value| step["name"].as_str().is_some_and(|its| its.ends_with(name));
        let steps = read();
        let mut steps = steps.lines().filter_map(|line| serde_json::from_str(line).ok());
        steps.any(|step: Value| of(&step) && step["phase"] == "teardown")
    };
    assert!(
        read().contains("teardown of Sour failed: left in disorder"),
        "{}",
        read()
    );
    assert!(ended("Sour") && !ended("Scratch"), "{}", read());
    std::fs::write(&release, "").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(101));
    assert!(ended("Scratch"), "{}", read());
}

#[test]
fn a_skip_is_a_step_and_a_line_and_exit_0() {
    let (output, steps) = run_attempt("skipped_with_a_reason");
    assert!(output.status.success());
    assert!(
        stderr(&output).contains("SKIP group::test: this test is about skipping\n"),
        "{}",
        stderr(&output)
    );
    let [skip] = of_kind(&steps, "skip")[..] else {
        panic!("{steps:?}")
    };
    assert_eq!(skip["reason"], "this test is about skipping");
}

#[test]
fn without_a_runner_a_failed_tests_workspace_is_kept_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let output = run("fails", &[("TMPDIR", dir.path())]);
    let text = stderr(&output);
    let kept = text
        .lines()
        .find_map(|line| line.strip_prefix("the workspace is kept: "))
        .expect(&text);
    assert!(Path::new(kept).join("steps.jsonl").is_file());
    assert!(run("nothing", &[("TMPDIR", dir.path())]).status.success());
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        1,
        "a passed test leaves nothing"
    );
}

#[test]
fn a_stack_without_its_programs_is_an_error_of_the_set_up() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(
        "no_stack_at_all",
        &[
            ("GKFS_BENCH_STACK", Path::new("nonesuch")),
            ("TMPDIR", dir.path()),
        ],
    );
    assert!(
        stderr(&output).contains("set-up failed: GKFS_BENCH_STACK=nonesuch"),
        "{}",
        stderr(&output)
    );
}
