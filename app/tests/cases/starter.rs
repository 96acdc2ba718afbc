//! The first minutes.

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;
use crate::python::{activate, python};

#[test]
fn a_suite_is_begun_that_passes_and_is_not_written_over() {
    let bed = Bed::new();
    let begun = bed.process(&["init"]);
    assert_eq!(begun.exit, Exit::Passed, "{}", begun.err);
    assert_eq!(begun.out, "./gkfs-bench.toml\n./first/hello.sh\n");
    let outcome = bed.process(&["run", "--stack", "plain"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.out);
    assert!(outcome.out.contains("first::hello"), "{}", outcome.out);
    let again = bed.process(&["init"]);
    assert_eq!(again.exit, Exit::Usage);
    assert!(
        again.err.contains("gkfs-bench.toml is there already"),
        "{}",
        again.err
    );
}

/// Runs what was begun, in the environment that cargo and Python need, and returns what it says.
fn run(bed: &Bed, vars: &[(&str, String)]) -> (Option<i32>, String) {
    let mut command = bed.command(&["run", "--stack", "plain"]);
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.envs(vars.iter().map(|(name, value)| (name, value)));
    let done = command.output().expect("the command starts");
    let text = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_package_is_begun_whose_test_passes() {
    let bed = Bed::new();
    let begun = bed.process(&["init", "rust"]);
    assert_eq!(begun.exit, Exit::Passed, "{}", begun.err);
    assert_eq!(
        begun.out,
        "./Cargo.toml\n./gkfs-bench.toml\n./lib.rs\n./first/main.rs\n"
    );
    // The same versions, and what is built already: nothing is fetched.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    std::fs::copy(root.join("Cargo.lock"), bed.cwd().join("Cargo.lock")).expect("a copy");
    let exe = std::path::Path::new(env!("CARGO_BIN_EXE_gkfs-bench"));
    let target = exe
        .ancestors()
        .nth(2)
        .expect("a target directory")
        .to_string_lossy()
        .into_owned();
    let vars = [
        ("CARGO_TARGET_DIR", target),
        ("CARGO_NET_OFFLINE", "true".to_owned()),
    ];
    let (code, text) = run(&bed, &vars);
    assert!(code == Some(0) && text.contains("first::hello"), "{text}");
}

#[test]
fn a_suite_for_pytest_is_begun_whose_test_passes() {
    let mut bed = Bed::new();
    let begun = bed.process(&["init", "python"]);
    assert_eq!(begun.exit, Exit::Passed, "{}", begun.err);
    assert_eq!(begun.out, "./gkfs-bench.toml\n./first/test_hello.py\n");
    let Some(python) = python() else { return };
    activate(&mut bed, &python);
    let (code, text) = run(&bed, &[]);
    assert!(code == Some(0) && text.contains("test_hello"), "{text}");
    // Without the line that brings the fixtures it is said what would.
    let file = bed.cwd().join("gkfs-bench.toml");
    let suite = std::fs::read_to_string(&file).expect("a suite file");
    std::fs::write(&file, suite.replace("harness = \"ours\"\n", "")).expect("written");
    let (_, text) = run(&bed, &[]);
    let hint = "fixture 'gkfs_daemon' not found; `harness = \"ours\"` in the suite file, or `--harness ours`, brings one";
    assert!(text.contains(hint), "{text}");
}

#[test]
fn a_language_that_is_none_is_named() {
    let bed = Bed::new();
    let outcome = bed.run(&["init", "pyhton", "here"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @r"
    error: no suite is begun in `pyhton`, known are rust, python, sh
    hint: did you mean `python`?
    ");
    let outcome = bed.run(&["init", "pyton"]);
    insta::assert_snapshot!(outcome.err, @r"
    error: no suite is begun in `pyton`, known are rust, python, sh
    hint: did you mean `python`?
    hint: `gkfs-bench init ./pyton` begins one in a directory of that name
    ");
    // A word that is like none is a directory.
    for (word, place) in [("there", "there"), ("test", "test"), ("./pyton", "./pyton")] {
        let outcome = bed.run(&["init", word]);
        assert_eq!(
            outcome.out,
            format!("{place}/gkfs-bench.toml\n{place}/first/hello.sh\n")
        );
    }
}

#[test]
fn the_demonstration_ends_in_every_status() {
    let bed = Bed::new();
    let outcome = bed.process(&["demo", "show"]);
    if outcome.err.contains("system-call user dispatch") {
        eprintln!("skipped: the embedded stack does not work here");
        return;
    }
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.err);
    let shown = bed.run(&["runs", "--format", "json", "--base-temp", "show/.gkfs-bench"]);
    let runs: Value = serde_json::from_str(&shown.out).expect("json");
    let summary = &runs[0]["summary"];
    let numbers = ["passed", "failed", "flaky", "skipped", "timeout"].map(|status| summary[status].as_u64());
    assert_eq!(numbers, [1, 2, 1, 1, 1].map(Some), "{summary}");
}
