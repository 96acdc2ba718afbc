//! What builds say, what is said of those that fail, and how they are cancelled.

use std::sync::{Arc, Mutex};

use gkfs_runner::discover::{DiscoverError, Listener};
use gkfs_runner::{EventKind, Lookup, Selection};
use tokio_util::sync::CancellationToken;

use super::{PLAIN, lookup, package};
use crate::bed::{Bed, RUNNER, end, eventually};
use crate::found::{discover, write};

#[tokio::test]
async fn what_cargo_and_the_compiler_say_is_heard_while_they_work() {
    let bed = Bed::new();
    package(
        &bed,
        &[("bad", "#[test] fn x() { nothing(); }\n"), ("sums", PLAIN)],
    );
    let heard = Arc::new(Mutex::new(String::new()));
    let hears = heard.clone();
    let listener = Listener::new(move |text| hears.lock().unwrap().push_str(text));
    let mut before_the_end = None;
    let lookup = Lookup {
        dirs: vec![bed.path("p")],
        listener: Some(listener),
        ..lookup(&bed)
    };
    let mut progress = |kind: &EventKind| {
        if matches!(kind, EventKind::BuildFinished { .. }) {
            before_the_end = Some(heard.lock().unwrap().clone());
        }
    };
    RUNNER
        .discover(&lookup, &CancellationToken::new(), &mut progress)
        .await
        .unwrap();
    let text = before_the_end.expect("a build");
    assert!(text.contains("Compiling tiny"), "{text}");
    assert!(
        text.contains("error[E0425]: cannot find function `nothing`"),
        "{text}"
    );
    assert!(!text.contains("compiler-message"), "{text}");
}

#[tokio::test]
async fn a_target_that_does_not_compile_is_one_failed_entry_with_the_compilers_words() {
    let bed = Bed::new();
    package(
        &bed,
        &[
            ("bad", "#[test] fn t() { let x: u32 = \"one\"; }"),
            ("sums", PLAIN),
        ],
    );
    let found = discover(&Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    })
    .await;
    let error = found.groups[0].error.clone().unwrap();
    assert!(
        error.contains("error[E0308]: mismatched types") && error.contains("tests/bad.rs:1:"),
        "{error}"
    );
    let ended = end(RUNNER
        .start(Selection::default().apply(found).unwrap(), bed.settings())
        .unwrap())
    .await;
    assert_eq!(
        (
            ended.outcome.summary.failed,
            ended.outcome.summary.passed,
            ended.outcome.exit_code
        ),
        (1, 1, 1)
    );
    let bad = ended.record.test("bad").unwrap();
    assert!(bad.reason.unwrap().contains("E0308") && bad.attempts.is_empty());
}

#[tokio::test]
async fn a_manifest_that_is_none_is_one_failed_entry() {
    let bed = Bed::new();
    write(&bed, "p/Cargo.toml", "[package\n");
    let found = discover(&Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    })
    .await;
    assert_eq!(found.groups.len(), 1);
    assert!(
        found.groups[0].error.as_ref().unwrap().contains("cargo metadata"),
        "{:?}",
        found.groups[0].error
    );
}

#[tokio::test]
async fn a_build_can_be_cancelled_and_the_error_names_it() {
    let bed = Bed::new();
    package(&bed, &[("sums", PLAIN)]);
    // A build script that says that it runs, and never ends.
    let script = format!(
        "fn main() {{ std::fs::write({:?}, \"\").unwrap(); loop {{ std::thread::park(); }} }}",
        bed.path("building").display().to_string()
    );
    write(&bed, "p/build.rs", &script);
    let lookup = Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    };
    let cancel = CancellationToken::new();
    let mut ignore = |_: &EventKind| ();
    let building = RUNNER.discover(&lookup, &cancel, &mut ignore);
    let cancelling = async {
        let started = bed.path("building");
        eventually("the build script runs", || started.exists()).await;
        cancel.cancel();
    };
    let (found, ()) = tokio::join!(building, cancelling);
    let error = found.unwrap_err();
    assert!(
        matches!(&error, DiscoverError::Cancelled { command } if command.starts_with("cargo build")),
        "{error}"
    );
}
