//! CTest groups from the command line: found in a build directory, run, watched, shown, tried again and reported.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gkfs_bench::Exit;

use super::pytest::{pairs, statuses};
use crate::bed::Bed;
use crate::lines::Lines;
use crate::terminal::{Session, nothing_is_left};

pub(super) fn cmake() -> bool {
    let there = Command::new("cmake").arg("--version").output().is_ok();
    if !there {
        println!("SKIP: there is no cmake on this machine");
    }
    there
}

pub(super) fn configure(bed: &Bed, text: &str) -> PathBuf {
    bed.write("CMakeLists.txt", text);
    let mut command = Command::new("cmake");
    command
        .args(["-S", ".", "-B", "build"])
        .arg(format!("-DGKFS_BENCH={}", env!("CARGO_BIN_EXE_gkfs-bench")));
    let done = command.current_dir(bed.cwd()).output().expect("cmake");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    bed.cwd().join("build")
}

/// A tree with two programs: one has a test that passes and one that fails, the other fails at its first start.
fn tree() -> Bed {
    let bed = Bed::new();
    let text = "cmake_minimum_required(VERSION 3.13)\nproject(demo NONE)\nenable_testing()\n\
                add_test(NAME good COMMAND ${CMAKE_SOURCE_DIR}/first.sh)\n\
                add_test(NAME bad COMMAND ${CMAKE_SOURCE_DIR}/first.sh wrong)\n\
                add_test(NAME late COMMAND ${CMAKE_SOURCE_DIR}/second.sh)\n\
                add_test(NAME calm COMMAND ${CMAKE_SOURCE_DIR}/second.sh calm)\n";
    bed.script("first.sh", "test -z \"$1\" || { echo why not >&2; exit 1; }");
    // What it writes lies outside of what is watched.
    bed.script(
        "second.sh",
        "test -n \"$1\" || test -e ~/begun || { touch ~/begun; exit 1; }",
    );
    configure(&bed, text);
    bed
}

#[test]
fn a_build_directory_just_works() {
    if !cmake() {
        return;
    }
    let bed = tree();
    let run = bed.process(&["run", "build", "--stack", "plain", "--format", "json"]);
    let expected = [
        ("first.sh::bad", "failed"),
        ("first.sh::good", "passed"),
        ("second.sh::calm", "passed"),
        ("second.sh::late", "failed"),
    ];
    assert_eq!(pairs(&statuses(&run)), expected, "{}", run.err);
}

#[test]
fn the_tree_is_built_first_where_the_suite_says_so() {
    if !cmake() {
        return;
    }
    let bed = Bed::new();
    bed.script("source.sh", "exit 0");
    configure(
        &bed,
        "cmake_minimum_required(VERSION 3.13)\nproject(demo NONE)\nenable_testing()\n\
         add_custom_target(made ALL COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/source.sh \
         ${CMAKE_BINARY_DIR}/made.sh)\n\
         add_test(NAME runs COMMAND ${CMAKE_BINARY_DIR}/made.sh)\n",
    );
    let suite = |command: &str| {
        format!(
            "version = 1\n[[group]]\nname = \"tree\"\nsource = \"ctest\"\npath = \"build\"\n\
             [build]\ncommand = \"{command}\"\n"
        )
    };
    bed.write("gkfs-bench.toml", &suite("cmake --build build"));
    let run = bed.process(&["run", "--stack", "plain", "--format", "json"]);
    assert_eq!(
        pairs(&statuses(&run)),
        [("made.sh::runs", "passed")],
        "{}",
        run.err
    );
    assert!(run.err.contains("building: cmake --build build"), "{}", run.err);

    bed.write("gkfs-bench.toml", &suite("echo no compiler; exit 3"));
    let run = bed.process(&["run", "--stack", "plain"]);
    assert_eq!(run.exit, Exit::Usage, "{}", run.err);
    for words in ["of [build] failed: exit status: 3", ".gkfs-bench/build/stack.log"] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    let log = fs::read_to_string(bed.cwd().join(".gkfs-bench/build/stack.log")).expect("a log");
    assert_eq!(log, "no compiler\n");
}

#[test]
fn what_failed_is_run_again_tried_again_shown_and_reported() {
    if !cmake() {
        return;
    }
    let bed = tree();
    bed.process(&["run", "build", "--stack", "plain"]);
    // What the second one remembers of its first start.
    fs::remove_file(bed.cwd().with_file_name("home").join("begun")).expect("it has begun");
    let run = bed.process(&[
        "run",
        "build",
        "--stack",
        "plain",
        "--last-failed",
        "--retries",
        "1",
        "--format",
        "json",
        "--junit",
        "junit.xml",
    ]);
    let expected = [("first.sh::bad", "failed"), ("second.sh::late", "flaky")];
    assert_eq!(pairs(&statuses(&run)), expected, "{}", run.err);
    let junit = fs::read_to_string(bed.cwd().join("junit.xml")).expect("a report");
    for words in ["name=\"bad\"", "why not", "name=\"late\"", "flakyFailure"] {
        assert!(junit.contains(words), "{words}: {junit}");
    }
    let show = bed.process(&["show", "bad", "--base-temp", "build/.gkfs-bench"]);
    assert!(show.out.contains("| why not"), "{}{}", show.out, show.err);
}

#[test]
fn a_program_that_changes_reruns_its_tests() {
    if !cmake() {
        return;
    }
    let bed = tree();
    let mut lines = Lines::of(&bed, &["watch", "build", "--plain", "--stack", "plain"]);
    lines.wait("waiting for changes");
    bed.write("first.sh", "#!/bin/sh\nexit 0\n");
    lines.wait("changed first.sh");
    lines.wait("waiting for changes");
    let runs = gkfs_runner::record::Runs::new(&bed.cwd().join("build/.gkfs-bench"));
    let tests = runs.open("last").expect("a run").tests().expect("tests");
    let ran = tests.iter().filter(|test| !test.attempts.is_empty());
    let mut ran: Vec<(&str, &str)> = ran
        .map(|test| {
            (
                test.id.as_str(),
                test.status.map_or("none", |status| status.as_str()),
            )
        })
        .collect();
    ran.sort_unstable();
    // What failed the last time is run again as well.
    let expected = [
        ("first.sh::bad", "passed"),
        ("first.sh::good", "passed"),
        ("second.sh::late", "passed"),
    ];
    assert_eq!(ran, expected);
}

#[test]
fn a_session_runs_them_and_looks_into_one() {
    if !cmake() {
        return;
    }
    let bed = tree();
    let mut session = Session::open(&bed, &["build", "--stack", "plain"]);
    session.wait("tests", |text| text.contains("first.sh") && text.contains("late"));
    session.press("a");
    session.wait("result", |text| text.contains("failed 4 in"));
    session.press("/bad\r");
    session.press("\r4");
    session.wait("output", |text| text.contains("why not"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn ctest_runs_our_groups() {
    if !cmake() {
        return;
    }
    let bed = Bed::new();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gkfs-bench.cmake");
    let text = format!(
        "cmake_minimum_required(VERSION 3.13)\nproject(demo NONE)\nenable_testing()\ninclude({})\n\
         gkfs_bench_add_test(NAME good SOURCE s/good.sh WORKING_DIRECTORY ${{PROJECT_SOURCE_DIR}} ARGS --stack plain)\n\
         gkfs_bench_add_test(NAME bad SOURCE s/bad.sh ARGS --stack plain)\n",
        ours.display()
    );
    bed.script("s/good.sh", "exit 0");
    bed.script("s/bad.sh", "exit 1");
    let build = configure(&bed, &text);
    // With the variables of the bed, and no others.
    let ours = bed.command(&[]);
    let vars = ours.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut ctest = Command::new("ctest");
    ctest.current_dir(&build).env_clear().envs(vars);
    let done = ctest.output().expect("ctest");
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(out.contains("50% tests passed, 1 tests failed out of 2"), "{out}");
    assert!(out.contains("- bad (Failed)"), "{out}");
}
