//! Watching without a screen: what a save runs, what it builds, and what it leaves alone.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use gkfs_runner::EventKind;
use gkfs_runner::record::{Record, Runs};

use crate::bed::Bed;
use crate::lines::Lines;
use crate::terminal::nothing_is_left;

const WAITING: &str = "waiting for changes";

fn watch(bed: &Bed) -> Lines {
    let mut lines = Lines::of(bed, &["watch", "--plain", "--stack", "plain"]);
    lines.wait(WAITING);
    lines
}

fn runs(bed: &Bed) -> Vec<Record> {
    Runs::new(&bed.cwd().join(".gkfs-bench")).list()
}

/// The tests that a run held, in the order in which they began.
fn began(run: &Record) -> Vec<String> {
    let events = run.events().expect("events").items;
    let ids = events.into_iter().filter_map(|event| match event.kind {
        EventKind::AttemptStarted { id, .. } => Some(id),
        _ => None,
    });
    ids.collect()
}

fn last(bed: &Bed) -> Record {
    Runs::new(&bed.cwd().join(".gkfs-bench"))
        .open("last")
        .expect("a run")
}

#[test]
fn where_there_are_no_tests_yet_the_first_is_waited_for() {
    let bed = Bed::new();
    let mut lines = Lines::of(&bed, &["watch", "--plain", "--stack", "plain"]);
    lines.wait("there are no tests here yet; `gkfs-bench init` begins a suite with one");
    lines.wait(WAITING);
    bed.script("s/first.sh", "exit 0");
    lines.wait("passed");
    lines.wait(WAITING);
    assert_eq!(began(&last(&bed)), ["s::first"]);
}

#[test]
fn a_save_runs_its_test_with_what_failed_and_says_when_it_was() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    bed.script("s/b.sh", "exit 0");
    bed.script("s/z.sh", "exit 1");
    let mut lines = watch(&bed);
    bed.script("s/a.sh", "true");
    lines.wait("changed s/a.sh");
    lines.wait(WAITING);
    let run = last(&bed);
    let mut ids = began(&run);
    ids.sort();
    assert_eq!(ids, ["s::a", "s::z"]);
    let events = run.events().expect("events").items;
    let is_change = |kind: &EventKind| matches!(kind, EventKind::Change { .. });
    let change = events
        .iter()
        .find(|event| is_change(&event.kind))
        .expect("a change");
    let started = |kind: &EventKind| matches!(kind, EventKind::AttemptStarted { .. });
    let start = events
        .iter()
        .find(|event| started(&event.kind))
        .expect("an attempt");
    assert!(change.at.mono < start.at.mono);
    let count = runs(&bed).len();
    // The same again is no change; what comes next is.
    bed.script("s/a.sh", "true");
    bed.script("s/z.sh", "exit 0");
    lines.wait("changed s/z.sh");
    lines.wait(WAITING);
    assert_eq!(
        (began(&last(&bed)), runs(&bed).len()),
        (vec!["s::z".to_owned()], count + 1)
    );
    assert_eq!(lines.end(), Some(2));
    nothing_is_left(&bed);
}

#[test]
fn the_suite_file_is_read_again() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    bed.script("t/b.sh", "exit 0");
    let file = |group: &str| {
        let text =
            format!("version = 1\n[[group]]\nname = \"{group}\"\nsource = \"script\"\npath = \"{group}\"\n");
        bed.write("gkfs-bench.toml", &text);
    };
    file("s");
    let mut lines = watch(&bed);
    assert_eq!(began(&last(&bed)), ["s::a"]);
    bed.write("gkfs-bench.toml", "version = 1\nwathc = {}\n");
    lines.wait("wathc");
    lines.wait(WAITING);
    file("t");
    lines.wait("t::b");
    lines.wait(WAITING);
    // What it names now is what is watched now.
    bed.script("t/b.sh", "true");
    lines.wait("changed t/b.sh");
    lines.wait(WAITING);
    assert_eq!(began(&last(&bed)), ["t::b"]);
    assert_eq!(lines.end(), Some(2));
}

/// A suite whose stack is built by a command from `src/`, and tested by what that wrote.
fn built(bed: &Bed) {
    bed.write(
        "gkfs-bench.toml",
        "version = 1\n[build]\ncommand = \"sh ../build.sh\"\ncwd = \"src\"\nsources = [\"src\"]\n\
         [[group]]\nname = \"s\"\nsource = \"script\"\npath = \"s\"\n",
    );
    bed.write("src/fs.c", "good");
    bed.write(
        "build.sh",
        "grep -q syntax fs.c && { echo 'fs.c:1: error: syntax'; exit 2; }\ncp fs.c ../made.bin",
    );
    bed.script("s/a.sh", &format!("grep -q good {}", made(bed)));
}

/// What the build makes, which lies where no script is.
fn made(bed: &Bed) -> String {
    bed.cwd().join("made.bin").display().to_string()
}

#[test]
fn sources_are_built_and_tests_start_only_when_that_went_well() {
    let bed = Bed::new();
    built(&bed);
    fs::write(bed.cwd().join("made.bin"), "good").expect("a file");
    let mut lines = watch(&bed);
    bed.write("src/fs.c", "bad");
    lines.wait("building: sh ../build.sh");
    lines.wait("1 failed");
    lines.wait(WAITING);
    let count = runs(&bed).len();
    bed.write("src/fs.c", "syntax");
    lines.wait("fs.c:1: error: syntax");
    lines.wait("no test was started");
    lines.wait(WAITING);
    assert_eq!(runs(&bed).len(), count);
    // A script is no source, but the programs are older than theirs: they are built first, which still fails.
    bed.script("s/a.sh", &format!("grep -q good {} && true", made(&bed)));
    lines.wait("no test was started");
    lines.wait(WAITING);
    bed.write("src/fs.c", "good again");
    lines.wait("1 passed");
    lines.wait(WAITING);
    let kinds = last(&bed).events().expect("events").items;
    let built = |kind: &EventKind| matches!(kind, EventKind::BuildFinished { ok: true, .. });
    assert!(
        kinds.iter().any(|event| built(&event.kind)),
        "the record knows of the build"
    );
    assert_eq!(lines.end(), Some(2));
}

#[test]
fn a_newer_change_ends_a_build_and_so_does_the_end_of_the_session() {
    let bed = Bed::new();
    built(&bed);
    fs::write(bed.cwd().join("made.bin"), "good").expect("a file");
    let mut lines = watch(&bed);
    bed.write(
        "build.sh",
        "echo began; grep -q hang fs.c && sleep 1000; cp fs.c ../made.bin",
    );
    bed.write("src/fs.c", "hang");
    lines.wait("began");
    bed.write("src/fs.c", "good at last");
    lines.wait("1 passed");
    lines.wait(WAITING);
    bed.write("src/fs.c", "hang again");
    lines.wait("began");
    assert_eq!(lines.end(), Some(2));
    nothing_is_left(&bed);
}

#[test]
fn changes_during_a_run_are_one_rerun() {
    let bed = Bed::new();
    let gate = bed.cwd().join("gate");
    bed.script("s/slow.sh", "exit 0");
    bed.script("s/a.sh", "exit 0");
    let mut lines = watch(&bed);
    let count = runs(&bed).len();
    let waits = format!("until test -e {}; do sleep 0.02; done", gate.display());
    bed.script("s/slow.sh", &waits);
    lines.wait("changed s/slow.sh");
    crate::lines::eventually("a run goes on", || runs(&bed).len() == count + 1);
    for text in ["true", "true; true"] {
        bed.script("s/a.sh", text);
        lines.wait("changed s/a.sh");
    }
    fs::write(gate, "").expect("a file");
    lines.wait(WAITING);
    assert_eq!(
        (runs(&bed).len(), began(&last(&bed))),
        (count + 2, vec!["s::a".to_owned()])
    );
    assert_eq!(lines.end(), Some(2));
}

#[test]
fn or_they_restart_it_where_the_suite_file_says_so() {
    let bed = Bed::new();
    bed.write(
        "gkfs-bench.toml",
        "version = 1\n[watch]\non-change = \"restart\"\n",
    );
    bed.script("s/slow.sh", "exit 0");
    let mut lines = watch(&bed);
    let count = runs(&bed).len();
    // Not before it runs is what is saved next a change during a run.
    let started = bed.cwd().parent().expect("the bed").join("started");
    bed.script("s/slow.sh", &format!("touch {}; sleep 1000", started.display()));
    lines.wait("changed s/slow.sh");
    crate::lines::eventually("the script runs", || started.exists());
    bed.script("s/slow.sh", "true");
    lines.wait("1 passed");
    lines.wait(WAITING);
    assert_eq!(runs(&bed).len(), count + 2);
    assert_eq!(lines.end(), Some(2));
    nothing_is_left(&bed);
}

#[test]
fn where_nobody_tells_files_are_looked_at() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    let mut lines = Lines::of(&bed, &["watch", "--plain", "--poll", "--stack", "plain"]);
    lines.wait(WAITING);
    bed.script("s/a.sh", "exit 1");
    lines.wait("changed s/a.sh");
    lines.wait("1 failed");
    assert_eq!(lines.end(), Some(2));
}

/// A package without dependencies.
fn package(bed: &Bed) -> PathBuf {
    bed.write(
        "Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    bed.write("src/lib.rs", "");
    bed.write("tests/sums.rs", "#[test] fn adds() { assert_eq!(1 + 1, 2); }\n");
    bed.write("tests/other.rs", "#[test] fn stays() {}\n")
}

/// Where the caller's cargo finds itself: the home of the bed is empty.
fn cargo() -> Vec<(&'static str, OsString)> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let set = |name| std::env::var_os(name);
    let mut vars = vec![
        (
            "CARGO_HOME",
            set("CARGO_HOME").unwrap_or(home.join(".cargo").into()),
        ),
        (
            "RUSTUP_HOME",
            set("RUSTUP_HOME").unwrap_or(home.join(".rustup").into()),
        ),
    ];
    vars.extend(set("RUSTUP_TOOLCHAIN").map(|name| ("RUSTUP_TOOLCHAIN", name)));
    vars
}

#[test]
fn a_package_is_built_and_its_errors_are_shown() {
    let bed = Bed::new();
    package(&bed);
    let group = "version = 1\n[[group]]\nname = \"s\"\nsource = \"script\"\npath = \"s\"\n";
    bed.write("gkfs-bench.toml", group);
    bed.script("s/a.sh", "exit 0");
    let words = ["watch", "--plain", "--stack", "plain"];
    let mut lines = Lines::with(&bed, &words, &cargo());
    lines.wait(WAITING);
    bed.write(
        "tests/sums.rs",
        "#[test] fn adds() { assert_eq!(1 + 1, three); }\n",
    );
    lines.wait("cannot find value `three`");
    lines.wait(WAITING);
    bed.write("tests/sums.rs", "#[test] fn adds() { assert_eq!(1 + 1, 3); }\n");
    lines.wait("1 failed");
    lines.wait(WAITING);
    assert_eq!(began(&last(&bed)), ["sums::adds"]);
    // Of what cargo builds nothing has changed: it is not even asked.
    bed.script("s/a.sh", "true");
    let said = lines.wait(WAITING);
    assert!(!said.contains("building"), "{said}");
    assert_eq!(lines.end(), Some(2));
}
