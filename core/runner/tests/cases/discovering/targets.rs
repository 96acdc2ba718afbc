//! Test targets, what is declared of them, and what they are made of.

use std::fs;

use gkfs_runner::event::SourceKind;
use gkfs_runner::{EventKind, Lookup, Selection};

use super::{DESCRIBED, PLAIN, lookup, package, spec};
use crate::bed::{Bed, RUNNER, end};
use crate::found::{discover, ids, write};

#[tokio::test]
async fn each_test_target_is_a_group_and_the_section_is_joined() {
    let bed = Bed::new();
    package(&bed, &[("io", DESCRIBED), ("sums", PLAIN)]);
    let found = discover(&Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    })
    .await;
    assert_eq!(
        ids(&found),
        [
            "io::write[empty]",
            "io::write::full",
            "sums::adds",
            "sums::deep::off"
        ],
        "{found:#?}"
    );
    let described = &found.tests[0];
    assert_eq!(
        (described.line, described.tags.join(" ")),
        (Some(2), "quick".into())
    );
    assert!(described.file.as_ref().unwrap().ends_with("p/tests/io.rs"));
    assert_eq!(
        found.tests.iter().map(|test| test.ignored).collect::<Vec<_>>(),
        [false, false, false, true]
    );

    let selection = Selection {
        ignored: true,
        ..Selection::default()
    };
    let ended = end(RUNNER
        .start(selection.apply(found).unwrap(), bed.settings())
        .unwrap())
    .await;
    let tests = ended.record.tests().unwrap();
    let words: Vec<&str> = tests.iter().map(|test| test.status.unwrap().as_str()).collect();
    assert_eq!(words, ["passed", "failed", "passed", "passed"]);
    assert_eq!(tests[1].reason.as_deref(), Some("no space (tests/io.rs:2)"));
    let builds = ended.events.iter().filter_map(|event| match &event.kind {
        EventKind::BuildFinished { ok, log, .. } => Some((*ok, log.as_ref().unwrap().to_path())),
        _ => None,
    });
    let [(true, log)] = &builds.collect::<Vec<_>>()[..] else {
        panic!("not one good build")
    };
    assert!(ended.record.dir.join(log).is_file());
}

#[tokio::test]
async fn a_target_whose_features_are_off_is_left_out() {
    let bed = Bed::new();
    package(&bed, &[("io", PLAIN), ("rare", PLAIN), ("usual", PLAIN)]);
    let manifest = bed.path("p/Cargo.toml");
    let features = "[features]\ndefault = [\"some\"]\nsome = [\"more\"]\nmore = []\nextra = []\n\
                    [[test]]\nname = \"rare\"\nrequired-features = [\"extra\"]\n\
                    [[test]]\nname = \"usual\"\nrequired-features = [\"more\"]\n";
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text + features).unwrap();
    let found = discover(&Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    })
    .await;
    assert_eq!(
        ids(&found),
        ["io::adds", "io::deep::off", "usual::adds", "usual::deep::off"]
    );
}

#[tokio::test]
async fn a_declaration_configures_a_target_or_takes_the_package() {
    let bed = Bed::new();
    package(&bed, &[("io", PLAIN), ("sums", PLAIN)]);
    let root = bed.path("p");
    let one = Lookup {
        groups: vec![spec("sums", SourceKind::Rust, root.clone())],
        ..lookup(&bed)
    };
    let found = discover(&one).await;
    assert_eq!(
        ids(&found),
        ["io::adds", "io::deep::off", "sums::adds", "sums::deep::off"]
    );
    assert_eq!(
        found.tests.iter().map(|test| test.tags.len()).collect::<Vec<_>>(),
        [0, 0, 1, 1]
    );
    let all = Lookup {
        groups: vec![spec("all", SourceKind::Rust, root)],
        ..lookup(&bed)
    };
    assert_eq!(
        ids(&discover(&all).await),
        [
            "all::io::adds",
            "all::io::deep::off",
            "all::sums::adds",
            "all::sums::deep::off"
        ]
    );
}

#[tokio::test]
async fn a_binary_that_lost_its_test_is_not_green() {
    let bed = Bed::new();
    package(&bed, &[("sums", PLAIN)]);
    let mut found = discover(&Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    })
    .await;
    found.tests[0].command.argv[2] = "renamed".into();
    let ended = end(RUNNER
        .start(Selection::default().apply(found).unwrap(), bed.settings())
        .unwrap())
    .await;
    let test = ended.record.test("sums::adds").unwrap();
    assert_eq!(test.status.unwrap().as_str(), "error");
    assert!(test.reason.unwrap().contains("no such test"));
}

#[tokio::test]
async fn a_group_knows_its_files_and_the_packages_it_depends_on_by_path() {
    let bed = Bed::new();
    package(
        &bed,
        &[("io", "mod shared;\n#[test] fn a() {}\n"), ("sums", PLAIN)],
    );
    write(&bed, "p/tests/shared/mod.rs", "");
    let manifest = fs::read_to_string(bed.path("p/Cargo.toml")).unwrap();
    let near = "[dependencies]\nnear = { path = \"../near\" }\n";
    write(&bed, "p/Cargo.toml", &(manifest + near));
    for (name, needs) in [("near", "far = { path = \"../far\" }"), ("far", "")] {
        let head = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\n{needs}\n[workspace]\n"
        );
        write(&bed, &format!("{name}/Cargo.toml"), &head);
        write(&bed, &format!("{name}/src/lib.rs"), "");
    }
    let lookup = Lookup {
        dirs: vec![bed.path("p")],
        ..lookup(&bed)
    };
    let found = discover(&lookup).await;
    let made_of = |name: &str| {
        let group = found.groups.iter().find(|group| group.name == name).unwrap();
        assert_eq!(group.error, None);
        let root = bed.path("").canonicalize().unwrap();
        let below = |path: &std::path::PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
        group.made_of.iter().map(below).collect::<Vec<_>>()
    };
    assert_eq!(
        made_of("io"),
        ["p/tests/io.rs", "p/tests/shared/mod.rs", "far", "near"]
    );
    assert_eq!(made_of("sums"), ["p/tests/sums.rs", "far", "near"]);

    // Known groups are taken as they are: without cargo, nothing can be built that is broken meanwhile.
    write(&bed, "p/tests/io.rs", "broken");
    let again = discover(&Lookup {
        known: Some(std::sync::Arc::new(found.clone())),
        ..lookup
    })
    .await;
    assert_eq!(ids(&again), ids(&found));
    assert!(again.groups.iter().all(|group| group.error.is_none()));
}
