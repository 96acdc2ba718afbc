//! GekkoFS's own suite, unmodified, on the embedded stack: with its own harness and with ours. Its sources are no part of
//! this repository: `GEKKOFS_SOURCE` names a checkout, and `GEKKOFS_BUILD` a build of it, whose `sfind` one of the tests
//! runs. `VIRTUAL_ENV` may name an environment with what its `requirements.txt.in` asks for; else one is made.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bed::Bed;

/// One of its shell tests names a fixture that it does not ask for.
const BROKEN: &str = "test_concat";

/// A tree with a copy of its tests, and its build.
fn tree() -> Option<Bed> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let Some((source, build)) = named("GEKKOFS_SOURCE").zip(named("GEKKOFS_BUILD")) else {
        println!("SKIP: GEKKOFS_SOURCE and GEKKOFS_BUILD name no checkout of GekkoFS and its build");
        return None;
    };
    let mut bed = Bed::new();
    bed.write("CMakeLists.txt", "project(GekkoFS)\n");
    copy(
        &source.join("tests/integration"),
        &bed.cwd().join("tests/integration"),
    );
    std::os::unix::fs::symlink(build, bed.cwd().join("build")).expect("a link");
    if let Some(environment) = named("VIRTUAL_ENV") {
        bed.set("VIRTUAL_ENV", &environment);
    }
    Some(bed)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("tests").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, &to).expect("a copy")),
        }
    }
}

fn run(bed: &Bed, words: &[&str]) -> Value {
    // One of them climbs twelve directories to get to the root: records must not lie deeper.
    let place = [
        "run",
        "tests/integration",
        "--stack",
        "embedded",
        "--format",
        "json",
        "--base-temp",
        "b",
    ];
    let run = bed.process(&[&place[..], words].concat());
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("json: {}", run.err))
}

#[test]
fn its_tests_pass_with_either_harness_and_those_of_its_shells_when_they_are_not_skipped() {
    let Some(bed) = tree() else { return };
    for harness in ["own", "ours"] {
        let result = run(&bed, &["--harness", harness]);
        let summary = |what: &str| result["summary"][what].as_u64().expect("a number");
        let counted = (summary("passed"), summary("skipped"), summary("total"));
        assert_eq!(counted, (36, 6, 42), "{harness}: {result:#}");
    }
    for entry in fs::read_dir(bed.cwd().join("tests/integration/shell")).expect("tests") {
        let path = entry.expect("a test").path();
        let text = fs::read_to_string(&path).expect("text");
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("pytest.mark.skip"))
            .collect();
        fs::write(&path, kept.join("\n")).expect("a file");
    }
    for harness in ["own", "ours"] {
        let result = run(&bed, &["--harness", harness, "-k", "shell"]);
        let tests = result["tests"].as_array().expect("tests");
        assert_eq!(tests.len(), 5, "{result:#}");
        for test in tests {
            let id = test["id"].as_str().expect("an id");
            let reason = test["reason"].as_str().unwrap_or_default();
            match id.contains(BROKEN) {
                true => assert!(
                    reason.contains("'gkfs_client' is not defined"),
                    "{harness}: {reason}"
                ),
                false => assert_eq!(test["status"], "passed", "{harness}: {id}: {reason}"),
            }
        }
    }
}
