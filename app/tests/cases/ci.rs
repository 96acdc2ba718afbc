//! What machines want of a run: shares, limits, reports.

use std::collections::BTreeSet;
use std::fs;

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;

/// A bed with scripts that pass, skip, fail and flake.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    bed.script("s/b.sh", "echo 'needs, a | fuse' >&2; exit 77");
    bed.script("s/c.sh", "exit 0");
    bed
}

const PLAIN: [&str; 3] = ["run", "--stack", "plain"];

fn run(bed: &Bed, words: &[&str]) -> crate::bed::Outcome {
    bed.process(&[&PLAIN, words].concat())
}

#[test]
fn the_shares_are_every_test_once() {
    let bed = suite();
    for name in ["d", "e", "f", "g"] {
        bed.script(&format!("s/{name}.sh"), "exit 0");
    }
    for of in 1..=4 {
        let mut all = Vec::new();
        for part in 1..=of {
            let share = format!("{part}/{of}");
            let outcome = bed.run(&["list", "--format", "json", "--partition", &share]);
            let list: Value = serde_json::from_str(&outcome.out).expect("json");
            let tests = list["tests"].as_array().expect("tests").clone();
            all.extend(
                tests
                    .into_iter()
                    .map(|test| test["id"].as_str().expect("an id").to_owned()),
            );
        }
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (7, 7), "{of} shares: {all:?}");
    }
    let outcome = bed.run(&["run", "--partition", "5/4"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(outcome.err.contains("`5/4` is no partition"), "{}", outcome.err);
}

#[test]
fn skips_can_be_denied() {
    let bed = suite();
    assert_eq!(run(&bed, &[]).exit, Exit::Passed);
    let outcome = run(&bed, &["--deny-skips"]);
    assert_eq!(outcome.exit, Exit::Failed);
    assert!(
        outcome
            .err
            .contains("1 test skipped where that is not allowed\n  s::b  needs, a | fuse"),
        "{}",
        outcome.err
    );
    assert_eq!(run(&bed, &["--deny-skips=fuse"]).exit, Exit::Failed);
    assert_eq!(run(&bed, &["--deny-skips=overlay"]).exit, Exit::Passed);
}

#[test]
fn a_run_that_takes_too_long_has_failed() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 0");
    bed.script("s/b.sh", "sleep 1000");
    let outcome = run(&bed, &["-j1", "--global-timeout", "2s"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.out);
    assert!(
        outcome.err.contains("stopping: the run took longer than 2s"),
        "{}",
        outcome.err
    );
    assert!(
        outcome
            .out
            .contains("not run: 1 test (the run took longer than 2s)"),
        "{}",
        outcome.out
    );
}

#[test]
fn a_flaky_test_fails_the_run_where_that_is_asked() {
    let bed = Bed::new();
    bed.script("s/a.sh", "test \"$GKFS_BENCH_ATTEMPT\" = 2");
    assert_eq!(run(&bed, &["--retries", "1"]).exit, Exit::Passed);
    assert_eq!(
        run(&bed, &["--retries", "1", "--flaky", "fail"]).exit,
        Exit::Failed
    );
}

#[test]
fn the_slowest_tests_are_listed() {
    let bed = suite();
    let outcome = run(&bed, &["--durations", "2"]);
    let (_, listed) = outcome.out.split_once("\nslowest 2\n").expect("the list");
    assert_eq!(
        listed.lines().filter(|line| line.contains("s::")).count(),
        2,
        "{listed}"
    );
    // One document stays one document.
    let outcome = run(&bed, &["--durations", "2", "--format", "json"]);
    serde_json::from_str::<Value>(&outcome.out).expect("json");
}

#[test]
fn events_and_summary_go_into_files() {
    let bed = suite();
    bed.script("s/d.sh", "echo wrong >&2; exit 3");
    let outcome = run(
        &bed,
        &["--report-log", "ci/events.jsonl", "--summary", "ci/summary.md"],
    );
    assert_eq!(outcome.exit, Exit::Failed);
    let log = fs::read_to_string(bed.cwd().join("ci/events.jsonl")).expect("the log");
    let recorded =
        fs::read_to_string(bed.cwd().join(".gkfs-bench/runs/last/events.jsonl")).expect("the record");
    assert_eq!(log, recorded);
    let summary = fs::read_to_string(bed.cwd().join("ci/summary.md")).expect("the summary");
    let time = regex::Regex::new(r"\d+\.\d+s").expect("a pattern");
    insta::assert_snapshot!(time.replace_all(&summary, "[TIME]"), @"
    ## gkfs-bench: 1 failed, 2 passed, 1 skipped

    4 tests in [TIME] on stack **plain**

    | | test | time | reason |
    |---|---|---:|---|
    | ✗ failed | `s::d` | [TIME] | wrong |
    ");
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_runs() {
    let bed = suite();
    bed.write("file", "");
    for flag in ["--report-log", "--summary", "--code-quality", "--junit"] {
        let outcome = run(&bed, &[flag, "file/below"]);
        assert_eq!(outcome.exit, Exit::Usage, "{flag}");
        assert!(outcome.err.contains("[BED]/work/file/below"), "{}", outcome.err);
        assert!(!bed.cwd().join(".gkfs-bench/runs").exists());
    }
}

#[test]
fn github_is_told_file_and_title() {
    let bed = Bed::new();
    bed.script("s/a.sh", "exit 3");
    let mut command = bed.command(&[&PLAIN[..], &["--format", "json"]].concat());
    let summary = bed.write("step.md", "before\n");
    let done = command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", bed.cwd())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .expect("the command");
    serde_json::from_slice::<Value>(&done.stdout).expect("one document");
    let said = String::from_utf8(done.stderr).expect("text");
    assert!(
        said.contains("::error file=s/a.sh,title=s%3A%3Aa failed::"),
        "{said}"
    );
    let page = fs::read_to_string(summary).expect("the page");
    assert!(page.starts_with("before\n## gkfs-bench: 1 failed"), "{page}");
    let quiet = run(&bed, &["--annotations", "none"]);
    assert!(!quiet.err.contains("::error"), "{}", quiet.err);
}

/// The commands of an example in `docs/`, one a line: a folded text goes on as long as it is indented.
fn commands(example: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(example);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let commands = flat.split("target/release/gkfs-bench ").skip(1);
    commands.map(str::to_owned).collect()
}

#[test]
fn the_examples_to_be_copied_say_what_the_command_understands() {
    for example in ["github-actions.yml", "gitlab-ci.yml"] {
        let commands = commands(example);
        let verb = |command: &str| command.split(' ').next().unwrap_or_default().to_owned();
        let verbs: Vec<String> = commands.iter().map(|command| verb(command)).collect();
        assert_eq!(verbs, ["doctor", "run", "pack"], "{example}");
        for command in &commands {
            let verb = verb(command);
            let help = Bed::new().run(&[&verb, "--help"]).out;
            for flag in command.split(' ').filter(|word| word.starts_with("--")) {
                assert!(
                    help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
                    "{example}: {verb} {flag}"
                );
            }
        }
    }
}
