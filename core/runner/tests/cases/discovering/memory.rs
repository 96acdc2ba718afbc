//! What the last search found, known at once.

use std::fs;

use gkfs_runner::{EventKind, Lookup};

use super::lookup;
use crate::bed::Bed;
use crate::found::{discover, write};

/// What a search remembers, as far as it is shown.
fn remembered(lookup: &Lookup) -> Vec<String> {
    let of = |kind: EventKind| match kind {
        EventKind::GroupFound { group, .. } => group,
        EventKind::TestFound(test) => test.id,
        other => panic!("nothing else was found: {other:?}"),
    };
    lookup.remembered().into_iter().map(of).collect()
}

#[tokio::test]
async fn what_was_found_is_remembered_for_the_same_places_only() {
    let bed = Bed::new();
    write(&bed, "s/good.sh", "exit 0\n");
    let lookup = Lookup {
        dirs: vec![bed.path("s")],
        ..lookup(&bed)
    };
    assert_eq!(remembered(&lookup), [""; 0]);
    discover(&lookup).await;
    assert_eq!(remembered(&lookup), ["s", "s::good"]);

    write(&bed, "s/more.sh", "exit 0\n");
    discover(&lookup).await;
    assert_eq!(remembered(&lookup), ["s", "s::good", "s::more"]);

    let elsewhere = Lookup {
        dirs: vec![bed.path("t")],
        ..lookup.clone()
    };
    assert_eq!(remembered(&elsewhere), [""; 0]);
    fs::write(bed.path("build/found.jsonl"), b"\xff{\n\0").unwrap();
    assert_eq!(remembered(&lookup), [""; 0]);
}
