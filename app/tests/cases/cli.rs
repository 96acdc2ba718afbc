//! Words of the command line: mistakes, and their exit statuses.

use gkfs_bench::Exit;

use crate::bed::Bed;

#[test]
fn a_usage_error_exits_with_4_and_names_the_word_meant() {
    let outcome = Bed::new().run(&["run", "--retry", "2"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @r#"
    error: unexpected argument '--retry' found

      tip: a similar argument exists: '--retries'

    Usage: gkfs-bench run --retries <N> [PATH|TEST-ID]...

    For more information, try '--help'.
    "#);
}

#[test]
fn without_a_terminal_there_is_no_session_and_a_way_out() {
    let outcome = Bed::new().run(&[]);
    assert_eq!((outcome.exit, outcome.out.as_str()), (Exit::Usage, ""));
    insta::assert_snapshot!(outcome.err, @r#"
    error: a session needs a terminal, and there is none
    hint: `gkfs-bench run` runs the tests and prints what came of them
    hint: `gkfs-bench --help` shows all there is
    "#);
}

#[test]
fn expressions_and_numbers_are_checked_before_anything_is_built() {
    let usage = |words: &[&str]| {
        let outcome = Bed::new().run(&[&["run"], words].concat());
        assert_eq!(outcome.exit, Exit::Usage, "{words:?}");
        outcome.err.lines().next().unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!(usage(&["-k", "a and (b"]), @"error: wrong expression `a and (b`: at column 9, expected `)`, found the end");
    insta::assert_snapshot!(usage(&["-t", "not"]), @"error: wrong expression `not`: at column 4, expected a word, `not` or `(`, found the end");
    insta::assert_snapshot!(usage(&["--timeout", "soon"]), @"error: invalid value 'soon' for '--timeout <D>': `soon` is not a duration; write it like `60s`, `2m 30s` or `250ms`");
    insta::assert_snapshot!(usage(&["-j", "0"]), @"error: invalid value '0' for '--jobs <N>': 0 is not in 1..=65535");
    insta::assert_snapshot!(usage(&["nowhere/tests"]), @"error: there is no `nowhere/tests` in [BED]/work");
    insta::assert_snapshot!(usage(&["--lf"]), @"error: --last-failed needs a run to look back on, and [BED]/work/.gkfs-bench/runs has none");
}

#[test]
fn one_run_is_about_one_suite() {
    let bed = Bed::new();
    for suite in ["a", "b"] {
        bed.write(&format!("{suite}/gkfs-bench.toml"), "version = 1\n");
    }
    let outcome = bed.run(&["run", "a", "b"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @r#"
    error: one run is about one suite, but these are several: a, b
    hint: run them one after the other
    "#);
}

#[test]
fn a_mistake_in_the_suite_file_is_a_usage_error() {
    let bed = Bed::new();
    bed.write("gkfs-bench.toml", "version = 1\n[defaults]\nretry = 1\n");
    let outcome = bed.run(&["run"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @"error: [BED]/work/gkfs-bench.toml:3: key `defaults.retry`: unknown key `retry`, known are stack, timeout, slow, retries, flaky; did you mean `retries`?");
}
