//! Where tests are looked for.

use std::fs;

use gkfs_runner::Lookup;
use gkfs_runner::discover::DiscoverError;
use gkfs_runner::event::SourceKind;
use tokio_util::sync::CancellationToken;

use super::{PLAIN, lookup, package, spec};
use crate::bed::{Bed, RUNNER};
use crate::found::{discover, ids, write};

#[tokio::test]
async fn scripts_are_found_in_order_with_their_tags() {
    let bed = Bed::new();
    bed.script("b", "# tags: late");
    fs::write(bed.path("g/a.sh"), "# tags: early shell\n# Does a thing.\ntrue\n").unwrap();
    fs::write(bed.path("g/notes.txt"), "").unwrap();
    let groups = vec![spec("scripts", SourceKind::Script, bed.path("g"))];
    let found = discover(&Lookup {
        groups,
        ..lookup(&bed)
    })
    .await;
    assert_eq!(ids(&found), ["scripts::a", "scripts::b"]);
    assert_eq!(
        (
            found.tests[0].tags.join(" "),
            found.tests[0].description.as_deref()
        ),
        ("mine early shell".into(), Some("Does a thing."))
    );
}

#[tokio::test]
async fn what_is_declared_and_missing_is_a_broken_group() {
    let bed = Bed::new();
    let groups = vec![
        spec("gone", SourceKind::Script, bed.path("gone")),
        spec("empty", SourceKind::Script, bed.path("g")),
        spec("later", SourceKind::Pytest, bed.path("g")),
    ];
    let found = discover(&Lookup {
        groups,
        ..lookup(&bed)
    })
    .await;
    assert_eq!(
        found.groups.iter().filter(|group| group.error.is_some()).count(),
        3
    );
    let missing = Lookup {
        dirs: vec![bed.path("gone")],
        ..lookup(&bed)
    };
    let error = RUNNER
        .discover(&missing, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap_err();
    assert!(matches!(error, DiscoverError::NoSuchPath(_)));
}

#[tokio::test]
async fn looking_goes_down_and_then_up() {
    let bed = Bed::new();
    write(&bed, "suite/one/a.sh", "true\n");
    write(&bed, "suite/deep/two/b.sh", "true\n");
    let found = discover(&Lookup {
        dirs: vec![bed.path("suite")],
        ..lookup(&bed)
    })
    .await;
    assert_eq!(ids(&found), ["two::b", "one::a"]);
    package(&bed, &[("sums", PLAIN)]);
    fs::create_dir(bed.path("p/notes")).unwrap();
    let found = discover(&Lookup {
        dirs: vec![bed.path("p/notes")],
        ..lookup(&bed)
    })
    .await;
    assert_eq!(found.groups[0].name, "sums");
}
