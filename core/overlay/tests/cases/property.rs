//! Random operations in a view and on a plain copy end in the same tree, and the view's changes are the difference.

use std::path::{Path, PathBuf};

use gkfs_overlay::{Builder, Changes, Compare, Detail, Kind, Overlay};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::bed::{is_root, view};
use model::{Tree, difference, kind, timeless, tree};
use ops::{Op, act, op, plant};

mod model;
mod ops;

/// Does them in views, each in the one before; the first is of a copy instead of an overlay where that is wanted.
fn one(levels: &[Vec<Op>], copied: bool) -> Result<(), TestCaseError> {
    let (below, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = below.path().canonicalize().unwrap();
    plant(&root);
    plant(plain.path());
    let untouched = tree(&root);
    let mut views = Vec::new();
    for ops in levels {
        let before = tree(&root);
        let alike = timeless(before.clone());
        prop_assert_eq!(alike, timeless(tree(plain.path())), "both begin alike");
        let mut builder = Builder::new();
        let is_copy = copied && views.is_empty();
        if is_copy {
            builder = builder.copy(&root);
        }
        if views.is_empty() {
            // The plain copy is to be real.
            builder = builder.pass(plain.path());
        }
        let view = builder.push().map_err(failed)?;
        // A write in an inner view breaks a link of the outer one, as the documentation says.
        let innermost = views.len() + 1 == levels.len();
        for op in ops.iter().filter(|op| innermost || !matches!(op, Op::Link(..))) {
            let moves_all = is_root() || is_copy;
            let (here, there) = (act(&root, op, moves_all), act(plain.path(), op, moves_all));
            prop_assert_eq!(here, there, "{:?} succeeds in both or in neither", op);
        }
        let after = tree(&root);
        let alike = timeless(after.clone());
        prop_assert_eq!(alike, timeless(tree(plain.path())), "both end alike");
        compare(&view, &root, &before, &after)?;
        views.push(view);
    }
    while let Some(view) = views.pop() {
        view.pop().map_err(failed)?;
    }
    prop_assert_eq!(tree(&root), untouched, "nothing reached the tree below");
    Ok(())
}

/// Holds what the view tells against the two trees, by every measure.
fn compare(view: &Overlay, root: &Path, before: &Tree, after: &Tree) -> Result<(), TestCaseError> {
    let real = difference(before, after);
    let told = list(&view.changes_by(Compare::Difference).map_err(failed)?, root)?;
    let plain = told.iter().map(|(kind, path, what)| {
        let what = what
            .iter()
            .filter(|detail| !matches!(detail, Detail::Renamed { .. }));
        (*kind, path.clone(), what.cloned().collect::<Vec<_>>())
    });
    prop_assert_eq!(plain.collect::<Vec<_>>(), &*real, "all that differs, and in what");
    for (_, path, what) in &told {
        for detail in what {
            if let Detail::Renamed { from } = detail {
                let from = Path::new("/").join(from.strip_prefix(root).unwrap());
                let is_same = before.get(&from).map(kind) == after.get(path).map(kind);
                prop_assert!(
                    is_same && before.get(&from) != after.get(&from),
                    "{:?} from {:?}",
                    path,
                    from
                );
            }
        }
    }
    let content = list(&view.changes_by(Compare::Content).map_err(failed)?, root)?;
    let differs = |what: &[Detail]| what.iter().any(|detail| *detail != Detail::Times);
    let counts = |(kind, _, what): &&(Kind, PathBuf, Vec<Detail>)| *kind != Kind::Mod || differs(what);
    let timeless: Vec<_> = real.iter().filter(counts).map(short).collect();
    prop_assert_eq!(
        content.iter().map(short).collect::<Vec<_>>(),
        timeless,
        "all but times"
    );
    let opened = list(&view.changes().map_err(failed)?, root)?;
    let opened: Vec<_> = opened.iter().map(short).collect();
    for change in &real {
        prop_assert!(opened.contains(&short(change)), "{:?} by fso's measure", change);
    }
    Ok(())
}

fn short((kind, path, _): &(Kind, PathBuf, Vec<Detail>)) -> (Kind, &Path) {
    (*kind, path)
}

fn list(changes: &Changes, root: &Path) -> Result<Vec<(Kind, PathBuf, Vec<Detail>)>, TestCaseError> {
    let one = |change: &gkfs_overlay::Change| {
        let path = change.path.strip_prefix(root).ok()?;
        Some((change.kind, Path::new("/").join(path), change.what.clone()))
    };
    let mut told: Vec<_> = changes.iter().filter_map(one).collect();
    let texts = changes.to_strings();
    prop_assert_eq!(told.len(), changes.len(), "nothing elsewhere: {:?}", texts);
    told.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(told)
}

fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// `PROPTEST_CASES` says how many there are.
#[test]
fn changes_are_the_real_difference() {
    drop(view!());
    let ops = proptest::collection::vec(op(), 0..25);
    let levels = proptest::collection::vec(ops, 1..4);
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        // An ordinary user's view takes longer to make.
        config.cases = if is_root() { 150 } else { 40 };
    }
    TestRunner::new(config)
        .run(&(levels, proptest::bool::weighted(0.3)), |(levels, copied)| {
            one(&levels, copied)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
