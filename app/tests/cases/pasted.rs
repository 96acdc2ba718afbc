//! What people paste: words of pytest and of ctest.

use gkfs_bench::Exit;

use crate::bed::Bed;

/// Two scripts, one with a tag.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.script("s/reads.sh", "# tags: fast\ntrue");
    bed.script("s/writes.sh", "# tags: slow\necho hello");
    bed
}

fn listed(bed: &Bed, words: &[&str]) -> Vec<String> {
    let outcome = bed.run(&[&["run", "--collect-only", "--format", "json"], words].concat());
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.err);
    let list: serde_json::Value = serde_json::from_str(&outcome.out).expect("json");
    let tests = list["tests"].as_array().expect("tests");
    let on = tests.iter().filter(|test| test["selected"] != false);
    on.map(|test| test["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn what_would_be_run_is_listed() {
    let bed = suite();
    assert_eq!(listed(&bed, &[]), ["s::reads", "s::writes"]);
    assert!(bed.run(&["runs"]).out.starts_with("no runs in "));
}

#[test]
fn ctests_expressions_select() {
    let bed = suite();
    assert_eq!(listed(&bed, &["-R", "^s::r.*s$"]), ["s::reads"]);
    assert_eq!(listed(&bed, &["-L", "sl.w"]), ["s::writes"]);
    let outcome = bed.run(&["run", "-R", "("]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(
        outcome
            .err
            .starts_with("error: -R `(` is no regular expression: "),
        "{}",
        outcome.err
    );
    let outcome = bed.run(&["run", "-L", "nothing"]);
    assert_eq!(outcome.exit, Exit::NoTests);
}

#[test]
fn their_names_for_reports_and_output_are_known() {
    let bed = suite();
    let outcome = bed.process(&[
        "run",
        "--stack",
        "plain",
        "--no-capture",
        "--output-junit",
        "junit.xml",
    ]);
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.err);
    assert!(outcome.out.contains("s::writes | hello"), "{}", outcome.out);
    assert!(bed.cwd().join("junit.xml").is_file());
}

#[test]
fn a_typo_gets_a_suggestion() {
    let bed = suite();
    let said = |words: &[&str]| {
        let outcome = bed.run(words);
        assert_eq!(outcome.exit, Exit::Usage, "{}", outcome.out);
        outcome.err
    };
    insta::assert_snapshot!(said(&["run", "s::raeds"]), @r"
    error: no test matches `s::raeds`; the nearest is `s::reads`
    hint: `gkfs-bench list` shows all ids
    ");
    let flag = said(&["run", "--colect-only"]);
    assert!(flag.contains("'--collect-only'"), "{flag}");
    let stack = said(&["run", "--stack", "plian"]);
    assert!(stack.contains("did you mean `plain`?"), "{stack}");
}
