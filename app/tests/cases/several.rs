//! The same tests on several stacks.

use gkfs_bench::Exit;

use crate::bed::Bed;

/// Two stacks that differ in a variable, and a test that minds it.
fn suite() -> Bed {
    let bed = Bed::new();
    let file = "version = 1\n[stack.mine]\nkind = \"plain\"\nenv = { ODD = \"1\" }\n";
    bed.write("gkfs-bench.toml", file);
    bed.script("s/minds.sh", "[ -z \"$ODD\" ]");
    bed.script("s/passes.sh", "true");
    bed.script("s/skips.sh", "exit 77");
    bed
}

#[test]
fn each_has_its_run_and_the_matrix_shows_what_differs() {
    let bed = suite();
    let outcome = bed.process(&["run", "--stack", "plain,mine", "--junit", "out/junit.xml"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}{}", outcome.out, outcome.err);
    let (_, matrix) = outcome.out.split_once("\nmatrix").expect("a matrix");
    insta::assert_snapshot!(format!("matrix{matrix}"), @r"
    matrix    plain    mine   
    s::minds  passed   failed 
    the other 2 tests passed, or were skipped, on every stack
    ");
    let runs = bed.run(&["runs", "--format", "json"]).out;
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("json");
    let stacks: Vec<_> = runs
        .as_array()
        .expect("runs")
        .iter()
        .map(|run| run["stack"].clone())
        .collect();
    assert_eq!(stacks, ["mine", "plain"]);
    for name in ["plain", "mine"] {
        assert!(
            bed.cwd().join(format!("out/junit-{name}.xml")).is_file(),
            "{name}"
        );
    }
    assert!(!bed.cwd().join("out/junit.xml").exists());
}

#[test]
fn a_wrong_list_is_refused_before_anything_runs() {
    let bed = suite();
    let refused = |list: &str| {
        let outcome = bed.run(&["run", "--stack", list]);
        assert_eq!(outcome.exit, Exit::Usage, "{}", outcome.out);
        outcome.err
    };
    insta::assert_snapshot!(refused("plain,plain"), @"error: --stack plain,plain: `plain` is named twice");
    insta::assert_snapshot!(refused("plain,"), @"error: --stack plain,: a name is missing");
    insta::assert_snapshot!(refused("plain,mime"), @r"
    error: no stack is called `mime`, known are embedded, plain, mine
    hint: did you mean `mine`?
    ");
    assert!(bed.run(&["runs"]).out.starts_with("no runs in "));
}
