//! What is registered, and what is said where that cannot be used.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{build, settings, sh, test};
use crate::bed::Bed;
use crate::found::{Verdicts, discover, error, ids, program, run, write};

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
    let ended = run(&lookup, settings(&bed)).await;
    let verdicts = Verdicts::of(&ended);
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
    assert!(error(&discover(&lookup).await).starts_with("no test is registered in "));
    lookup.ctest = Some("/nonexistent/ctest".into());
    let found = discover(&lookup).await;
    let text = error(&found);
    assert!(
        text.contains("/nonexistent/ctest --show-only") && text.contains("CMake"),
        "{text}"
    );
}
