//! What cannot be collected: an entry of its own, or a group that says why.

use std::fs;
use std::path::Path;

use gkfs_runner::EventKind;
use gkfs_runner::discover::Settled;
use tokio_util::sync::CancellationToken;

use super::lookup;
use crate::bed::{Bed, RUNNER, end};
use crate::found::{Verdicts, discover, error, ids, plan, program, write};
use crate::python::python;

#[tokio::test]
async fn what_cannot_be_collected_is_one_failed_entry_and_the_rest_is_found() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(&bed, "t/test_good.py", "def test_good(): pass\n");
    write(&bed, "t/test_bad.py", "def test_bad(:\n");
    write(
        &bed,
        "t/test_sub/conftest.py",
        "raise RuntimeError('no set-up here')\n",
    );
    write(&bed, "t/test_sub/test_lost.py", "def test_lost(): pass\n");
    write(
        &bed,
        "t/test_not.py",
        "import pytest\npytest.skip('not on Mondays', allow_module_level=True)\n",
    );
    let found = discover(&lookup(&bed, &python)).await;
    assert_eq!(found.groups[0].error, None);
    let settled = |name: &str| {
        let test = found.tests.iter().find(|test| test.name == name);
        test.unwrap_or_else(|| panic!("{name} in {:?}", ids(&found)))
            .settled
            .clone()
    };
    assert_eq!(settled("test_good.py::test_good"), None);
    let failed = |name| match settled(name) {
        Some(Settled::Failed(why)) => why,
        other => panic!("{name}: {other:?}"),
    };
    assert!(
        failed("test_bad.py").starts_with("SyntaxError"),
        "{}",
        failed("test_bad.py")
    );
    assert!(failed("test_sub").contains("no set-up here"));
    assert_eq!(
        settled("test_not.py"),
        Some(Settled::Skipped("not on Mondays".into()))
    );
    assert_eq!(found.tests.len(), 4);
}

#[tokio::test]
async fn a_group_that_cannot_be_collected_at_all_says_why() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(&bed, "t/conftest.py", "raise RuntimeError('no set-up at all')\n");
    write(&bed, "t/test_good.py", "def test_good(): pass\n");
    let found = discover(&lookup(&bed, &python)).await;
    assert!(error(&found).contains("no set-up at all"), "{}", error(&found));

    write(&bed, "t/conftest.py", "");
    fs::remove_file(bed.path("t/test_good.py")).unwrap();
    let found = discover(&lookup(&bed, &python)).await;
    assert!(
        error(&found).starts_with("pytest finds no test in "),
        "{}",
        error(&found)
    );

    let nowhere = discover(&lookup(&bed, Path::new("/nonexistent/python"))).await;
    assert!(
        error(&nowhere).contains("`/nonexistent/python -m pytest"),
        "{}",
        error(&nowhere)
    );
    assert!(error(&nowhere).contains("cannot be started"));
}

#[tokio::test]
async fn an_old_pytest_a_broken_and_a_missing_one_are_named() {
    let bed = Bed::new();
    write(&bed, "t/test_good.py", "def test_good(): pass\n");
    let old = "out=$(echo \"$GKFS_BENCH_PYTEST\" | sed 's/.*\"out\":\"\\([^\"]*\\)\".*/\\1/')\n\
               echo '{\"kind\": \"head\", \"pytest\": \"5.4.3\", \"rootdir\": \"/\"}' > \"$out\"";
    let found = discover(&lookup(&bed, &program(&bed, "old", old))).await;
    assert!(error(&found).contains("pytest 5.4.3 of"), "{}", error(&found));
    assert!(error(&found).contains("6.2 or later is needed"));

    let broken =
        "echo 'Traceback (most recent call last):' >&2; echo 'ImportError: cannot import name x' >&2; exit 1";
    let found = discover(&lookup(&bed, &program(&bed, "broken", broken))).await;
    let told = error(&found);
    assert!(
        told.contains("/broken -m pytest") && told.contains("cannot import name x"),
        "{told}"
    );

    // Nothing can be installed by one that does nothing but complain, as offline.
    let none = program(&bed, "none", "echo 'No module named pytest' >&2; exit 1");
    let mut lookup = lookup(&bed, &none);
    lookup.python.environments = Some(bed.path("environments"));
    let mut said = Vec::new();
    let mut hear = |kind: &EventKind| said.push(kind.clone());
    let found = RUNNER
        .discover(&lookup, &CancellationToken::new(), &mut hear)
        .await
        .unwrap();
    assert!(
        error(&found).starts_with("unavailable: its tests need the Python package `pytest`"),
        "{}",
        error(&found)
    );
    let building = |kind: &EventKind| matches!(kind, EventKind::BuildStarted { group } if group == "Python packages for t");
    assert!(said.iter().any(building), "{said:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_has_its_verdict_and_a_test_that_is_gone_says_so() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_a.py",
        "def test_gone(): pass\ndef test_stays(): pass\n",
    );
    write(&bed, "t/test_bad.py", "def test_bad(:\n");
    let plan = plan(&lookup(&bed, &python)).await;
    write(&bed, "t/test_a.py", "def test_stays(): pass\n");
    let ended = end(RUNNER.start(plan, bed.settings()).unwrap()).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts["test_stays"].0, "passed");
    assert_eq!(verdicts["test_gone"].0, "error");
    assert!(verdicts["test_gone"].1.contains("changed since it was listed"));
    let bad = &verdicts["test_bad.py"];
    assert!(bad.0 == "failed" && bad.1.starts_with("SyntaxError"), "{bad:?}");
    assert_eq!((ended.outcome.summary.total, ended.outcome.exit_code), (3, 1));
}
