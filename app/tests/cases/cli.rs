//! Words of the command line: help, mistakes, exit statuses.

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
