//! CTest groups: what a build directory has registered, found and run.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use gkfs_runner::discover::Settled;
use gkfs_runner::{Discovery, Lookup, RunSettings, Selection};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::pytest::write;
use crate::bed::{Bed, Ended, RUNNER, end};
use crate::python::python;

/// A build directory whose tests ctest would list like this; where there is no CMake, this is as good as one.
fn build(bed: &Bed, tests: &[Value]) -> Lookup {
    let graph = json!({ "files": ["/src/CMakeLists.txt"], "nodes": [{ "file": 0, "line": 7 }] });
    let listing = json!({ "kind": "ctestInfo", "backtraceGraph": graph, "tests": tests });
    write(bed, "b/CTestTestfile.cmake", "");
    write(bed, "listing.json", &listing.to_string());
    let listing = bed.path("listing.json");
    let ctest = program(bed, "ctest", &format!("cat '{}'", listing.display()));
    Lookup {
        dirs: vec![bed.path("b")],
        logs: bed.path("build"),
        ctest: Some(ctest),
        ..Lookup::default()
    }
}

fn program(bed: &Bed, name: &str, code: &str) -> PathBuf {
    write(bed, name, &format!("#!/bin/sh\n{code}\n"));
    fs::set_permissions(bed.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    bed.path(name)
}

fn test(name: &str, command: &[&str], properties: Value) -> Value {
    let properties: Vec<Value> = properties
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut test = json!({ "name": name, "backtrace": 0, "properties": properties });
    if !command.is_empty() {
        test["command"] = json!(command);
    }
    test
}

fn sh(name: &str, code: &str, properties: Value) -> Value {
    test(name, &["/bin/sh", "-c", code], properties)
}

async fn discover(lookup: &Lookup) -> Discovery {
    RUNNER
        .discover(lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap()
}

async fn run(bed: &Bed, lookup: &Lookup, selection: Selection) -> Ended {
    let plan = selection.apply(discover(lookup).await).unwrap();
    let settings = RunSettings {
        jobs: NonZeroUsize::new(4).unwrap(),
        ..bed.settings()
    };
    end(RUNNER.start(plan, settings).unwrap()).await
}

fn verdicts(ended: &Ended) -> BTreeMap<String, (&'static str, String)> {
    let tests = ended.record.tests().unwrap().into_iter();
    let tests = tests.filter(|test| !test.deselected);
    tests
        .map(|test| {
            let status = test.status.expect("a verdict").as_str();
            let name = test.id.split_once("::").unwrap().1.to_owned();
            (name, (status, test.reason.unwrap_or_default()))
        })
        .collect()
}

fn ids(found: &Discovery) -> Vec<&str> {
    found.tests.iter().map(|test| test.id.as_str()).collect()
}

#[tokio::test]
async fn tests_of_one_program_are_a_group_with_labels_places_and_limits() {
    let bed = Bed::new();
    let unit = program(&bed, "b/unit", "exit 0");
    let other = program(&bed, "b/other", "exit 0");
    let (unit, other) = (unit.to_str().unwrap(), other.to_str().unwrap());
    let lookup = build(
        &bed,
        &[
            test(
                "first case",
                &[unit, "first case"],
                json!({ "LABELS": ["io", "quick"], "TIMEOUT": 7.0 }),
            ),
            test("alone", &[other], json!({ "DISABLED": true })),
            test("second", &[unit, "second"], json!({})),
        ],
    );
    let found = discover(&lookup).await;
    assert_eq!(ids(&found), ["unit::first case", "unit::second", "other::alone"]);
    let first = &found.tests[0];
    assert_eq!(first.tags, ["io", "quick"]);
    assert_eq!(
        (first.file.as_deref(), first.line),
        (Some(Path::new("/src/CMakeLists.txt")), Some(7))
    );
    let seconds = |at: usize| found.tests[at].timeout.unwrap().as_secs();
    assert_eq!((seconds(0), seconds(1)), (7, 1500));
    assert!(found.tests[2].ignored && !found.tests[0].ignored);
    assert!(
        found.groups[0].made_of.contains(&PathBuf::from(unit)),
        "a rebuilt program reruns its tests"
    );
}

#[tokio::test]
async fn a_tree_that_is_not_built_is_one_error_and_a_missing_program_one_entry() {
    let bed = Bed::new();
    let lookup = build(&bed, &[test("a", &[], json!({})), test("b", &[], json!({}))]);
    let found = discover(&lookup).await;
    let error = found.groups[0].error.as_deref().unwrap();
    assert!(
        error.contains("is configured but not built") && error.contains("cmake --build"),
        "{error}"
    );
    assert_eq!((found.groups.len(), found.tests.len()), (1, 0));

    let lookup = build(
        &bed,
        &[sh("good", "exit 0", json!({})), test("gone", &[], json!({}))],
    );
    write(&bed, "b/CTestTestfile.cmake", "subdirs(\"deep\")\n");
    write(
        &bed,
        "b/deep/CTestTestfile.cmake",
        "add_test([=[gone]=] \"/nonexistent/prog\" \"x\")\n",
    );
    let ended = run(&bed, &lookup, Selection::default()).await;
    let verdicts = verdicts(&ended);
    assert_eq!(verdicts["good"].0, "passed");
    let (status, why) = &verdicts["gone"];
    assert!(
        *status == "failed" && why.starts_with("/nonexistent/prog does not exist"),
        "{why}"
    );
}

#[tokio::test]
async fn no_build_directory_and_no_ctest_are_named() {
    let bed = Bed::new();
    let mut lookup = build(&bed, &[]);
    let error = |found: &Discovery| found.groups[0].error.clone().unwrap();
    assert!(error(&discover(&lookup).await).starts_with("no test is registered in "));
    lookup.ctest = Some("/nonexistent/ctest".into());
    let text = error(&discover(&lookup).await);
    assert!(
        text.contains("/nonexistent/ctest --show-only") && text.contains("CMake"),
        "{text}"
    );
}

#[tokio::test]
async fn a_test_runs_as_under_ctest() {
    let bed = Bed::new();
    write(&bed, "b/elsewhere/here", "");
    let elsewhere = bed.path("b/elsewhere");
    let lookup = build(
        &bed,
        &[
            sh(
                "env",
                "test \"$A\" = 'two words' && test \"$B\" = x:y",
                json!({
                "ENVIRONMENT": ["A=two words", "B=y"], "ENVIRONMENT_MODIFICATION": ["B=path_list_prepend:x"] }),
            ),
            sh("dir", "test -e here", json!({ "WORKING_DIRECTORY": elsewhere })),
            sh("fails on purpose", "exit 3", json!({ "WILL_FAIL": true })),
            sh("passes on purpose", "exit 0", json!({ "WILL_FAIL": true })),
            sh("skips", "echo not here; exit 9", json!({ "SKIP_RETURN_CODE": 9 })),
            sh(
                "says",
                "echo all is well; exit 1",
                json!({ "PASS_REGULAR_EXPRESSION": ["is w.ll"] }),
            ),
            sh(
                "says wrong",
                "echo ERROR",
                json!({ "FAIL_REGULAR_EXPRESSION": ["ERR"] }),
            ),
            sh("hangs", "sleep 1000", json!({ "TIMEOUT": 1.0 })),
            sh(
                "wants",
                "exit 0",
                json!({ "REQUIRED_FILES": ["/nonexistent/file"] }),
            ),
        ],
    );
    let ended = run(&bed, &lookup, Selection::default()).await;
    let verdicts = verdicts(&ended);
    let is = |name: &str| (verdicts[name].0, verdicts[name].1.as_str());
    for name in ["env", "dir", "fails on purpose", "says"] {
        assert_eq!(is(name), ("passed", ""), "{name}");
    }
    assert_eq!(is("passes on purpose"), ("failed", "it passed, but is to fail"));
    assert_eq!(is("skips"), ("skipped", "not here"));
    assert_eq!(is("says wrong"), ("failed", "its output matches `ERR`"));
    assert_eq!(is("hangs").0, "timeout");
    assert_eq!(
        is("wants"),
        ("failed", "its required file /nonexistent/file does not exist")
    );
}

/// Notes when it begins and ends, and fails when another with the lock runs.
const LOCKED: &str = "mkdir lock || exit 1; sleep 0.05; rmdir lock";

#[tokio::test]
async fn fixtures_order_and_locks_hold() {
    let bed = Bed::new();
    let lookup = build(
        &bed,
        &[
            sh(
                "use",
                "kill -0 $(cat server) && test -e set",
                json!({
                "FIXTURES_REQUIRED": ["srv"], "DEPENDS": ["up"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "down",
                "kill $(cat server); test -e set",
                json!({
                "FIXTURES_CLEANUP": ["srv"], "DEPENDS": ["use", "up"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "up",
                "sleep 1000 & echo $! > server; sleep 0.1; touch set",
                json!({
                "FIXTURES_SETUP": ["srv"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh("bad", "exit 1", json!({ "FIXTURES_SETUP": ["no"] })),
            sh(
                "lost",
                "exit 0",
                json!({ "FIXTURES_REQUIRED": ["no"], "DEPENDS": ["bad"] }),
            ),
            sh(
                "l1",
                LOCKED,
                json!({ "RESOURCE_LOCK": ["db"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "l2",
                LOCKED,
                json!({ "RESOURCE_LOCK": ["db"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "l3",
                LOCKED,
                json!({ "RESOURCE_LOCK": ["db"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
        ],
    );
    // What a test needs comes with it.
    let named = Selection {
        names: vec![
            "sh::use".into(),
            "sh::l1".into(),
            "sh::l2".into(),
            "sh::l3".into(),
            "sh::lost".into(),
        ],
        ..Selection::default()
    };
    let ended = run(&bed, &lookup, named).await;
    let verdicts = verdicts(&ended);
    for name in ["up", "use", "down", "l1", "l2", "l3"] {
        assert_eq!(verdicts[name], ("passed", String::new()), "{name}");
    }
    let why = "not run: its fixture could not be set up, `sh::bad` failed";
    assert_eq!(verdicts["lost"], ("error", why.to_owned()));
}

#[tokio::test]
async fn a_test_that_calls_pytest_opens_up() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/a/test_one.py",
        "import os\ndef test_env(): assert os.environ['MINE'] == '1'\n",
    );
    write(
        &bed,
        "t/b/test_two.py",
        "def test_two(): pass\ndef test_three(): pass\n",
    );
    let python = which(&python);
    let python = python.to_str().unwrap();
    let (cwd, env) = (bed.path("t"), json!(["MINE=1"]));
    let call = |name: &str, dir: &str| {
        let properties = json!({ "WORKING_DIRECTORY": cwd, "ENVIRONMENT": env, "LABELS": [name] });
        test(name, &[python, "-m", "pytest", "-v", "-s", dir], properties)
    };
    let lookup = build(
        &bed,
        &[
            call("first", "a/"),
            sh("plain", "exit 0", json!({})),
            call("second", "b/test_two.py"),
        ],
    );
    let ended = run(&bed, &lookup, Selection::default()).await;
    let tests = ended.record.tests().unwrap();
    let told: Vec<_> = tests
        .iter()
        .map(|test| (test.id.as_str(), test.status.unwrap().as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("sh::plain", "passed"),
            ("first::a/test_one.py::test_env", "passed"),
            ("second::b/test_two.py::test_two", "passed"),
            ("second::b/test_two.py::test_three", "passed"),
        ]
    );
    assert_eq!(tests[1].tags, ["first"]);
}

/// An absolute path, as CMake writes one.
fn which(program: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| program.to_owned())
}

#[tokio::test]
async fn a_real_build_directory_is_read_and_stays_as_it_is() {
    if Command::new("cmake").arg("--version").output().is_err() {
        println!("SKIP: there is no cmake on this machine");
        return;
    }
    let bed = Bed::new();
    write(
        &bed,
        "s/CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.19)\nproject(demo NONE)\nenable_testing()\nadd_subdirectory(deep)\n\
         add_test(NAME gone COMMAND /nonexistent/prog)\n",
    );
    write(
        &bed,
        "s/deep/CMakeLists.txt",
        "add_test(NAME \"with space\" COMMAND sh -c \"test \\\"$A\\\" = 1\")\n\
         set_tests_properties(\"with space\" PROPERTIES ENVIRONMENT A=1 LABELS quick TIMEOUT 9)\n",
    );
    let configured = Command::new("cmake")
        .arg("-S")
        .arg(bed.path("s"))
        .arg("-B")
        .arg(bed.path("b"))
        .output()
        .unwrap();
    assert!(
        configured.status.success(),
        "{}",
        String::from_utf8_lossy(&configured.stderr)
    );
    let before = tree(&bed.path("b"));
    let lookup = Lookup {
        dirs: vec![bed.path("b")],
        logs: bed.path("build"),
        ..Lookup::default()
    };
    let ended = run(&bed, &lookup, Selection::default()).await;
    let verdicts = verdicts(&ended);
    assert_eq!(verdicts["with space"].0, "passed");
    assert!(
        verdicts["gone"].1.starts_with("/nonexistent/prog does not exist"),
        "{:?}",
        verdicts["gone"]
    );
    assert_eq!(tree(&bed.path("b")), before);
    assert_eq!(
        discover(&lookup)
            .await
            .tests
            .iter()
            .find(|test| test.name == "with space")
            .unwrap()
            .tags,
        ["quick"]
    );
    assert!(
        discover(&lookup)
            .await
            .tests
            .iter()
            .any(|test| matches!(test.settled, Some(Settled::Failed(_))))
    );
}

/// All files with their times.
fn tree(dir: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    let mut all = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            all.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
            if entry.path().is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    all.sort();
    all
}
