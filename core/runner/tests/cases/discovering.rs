//! From directories, declarations and a tiny cargo package to tests.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use gkfs_runner::discover::{GroupSpec, Listener};
use gkfs_runner::event::SourceKind;
use gkfs_runner::settings::GroupSettings;
use gkfs_runner::{DiscoverError, Discovery, EventKind, Lookup, Selection};
use tokio_util::sync::CancellationToken;

use crate::bed::{Bed, RUNNER, end, eventually};

const PLAIN: &str =
    "#[test] fn adds() { assert_eq!(1 + 1, 2); }\nmod deep { #[test] #[ignore] fn off() {} }\n";

/// Two cases of one test, described as the harness describes them.
const DESCRIBED: &str = r##"
mod write { #[test] fn empty() {} #[test] fn full() { panic!("no space"); } }
#[used]
#[unsafe(link_section = "gkfs_tests")]
static LINE: [u8; 99] = *b"{\"name\":\"write::empty\",\"id\":\"write[empty]\",\"file\":\"tests/io.rs\",\"line\":2,\"tags\":[\"quick\"],\"new\":1}\n";
"##;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A package of its own workspace, without dependencies.
fn package(bed: &Bed, tests: &[(&str, &str)]) {
    write(
        &bed.path("p/Cargo.toml"),
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    write(&bed.path("p/src/lib.rs"), "");
    for (name, code) in tests {
        write(&bed.path("p/tests").join(format!("{name}.rs")), code);
    }
}

fn lookup(bed: &Bed) -> Lookup {
    // Within the bed, whatever target directory surrounds this test.
    let target = bed.path("target").into_os_string();
    Lookup {
        logs: bed.path("build"),
        cargo_args: vec!["--offline".into(), "--target-dir".into(), target],
        ..Lookup::default()
    }
}

async fn discover(lookup: &Lookup) -> Discovery {
    RUNNER
        .discover(lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap()
}

fn ids(discovery: &Discovery) -> Vec<&str> {
    discovery.tests.iter().map(|test| test.id.as_str()).collect()
}

fn spec(name: &str, source: SourceKind, path: std::path::PathBuf) -> GroupSpec {
    let settings = GroupSettings {
        tags: vec!["mine".into()],
        ..GroupSettings::default()
    };
    GroupSpec {
        name: name.into(),
        source,
        path,
        python: None,
        args: Vec::new(),
        env: Vec::new(),
        settings,
    }
}

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
    write(&bed.path("p/Cargo.toml"), "[package\n");
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
async fn a_target_whose_features_are_off_is_left_out() {
    let bed = Bed::new();
    package(&bed, &[("io", PLAIN), ("rare", PLAIN), ("usual", PLAIN)]);
    let manifest = bed.path("p/Cargo.toml");
    let features = "[features]\ndefault = [\"some\"]\nsome = [\"more\"]\nmore = []\nextra = []\n\
                    [[test]]\nname = \"rare\"\nrequired-features = [\"extra\"]\n\
                    [[test]]\nname = \"usual\"\nrequired-features = [\"more\"]\n";
    let text = fs::read_to_string(&manifest).unwrap();
    write(&manifest, &(text + features));
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
    write(&bed.path("suite/one/a.sh"), "true\n");
    write(&bed.path("suite/deep/two/b.sh"), "true\n");
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

#[tokio::test]
async fn a_build_can_be_cancelled_and_the_error_names_it() {
    let bed = Bed::new();
    package(&bed, &[("sums", PLAIN)]);
    // A build script that says that it runs, and never ends.
    let script = format!(
        "fn main() {{ std::fs::write({:?}, \"\").unwrap(); loop {{ std::thread::park(); }} }}",
        bed.path("building").display().to_string()
    );
    write(&bed.path("p/build.rs"), &script);
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

#[tokio::test]
async fn a_group_knows_its_files_and_the_packages_it_depends_on_by_path() {
    let bed = Bed::new();
    package(
        &bed,
        &[("io", "mod shared;\n#[test] fn a() {}\n"), ("sums", PLAIN)],
    );
    write(&bed.path("p/tests/shared/mod.rs"), "");
    let manifest = fs::read_to_string(bed.path("p/Cargo.toml")).unwrap();
    let near = "[dependencies]\nnear = { path = \"../near\" }\n";
    write(&bed.path("p/Cargo.toml"), &(manifest + near));
    for (name, needs) in [("near", "far = { path = \"../far\" }"), ("far", "")] {
        let head = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\n{needs}\n[workspace]\n"
        );
        write(&bed.path(name).join("Cargo.toml"), &head);
        write(&bed.path(name).join("src/lib.rs"), "");
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
    write(&bed.path("p/tests/io.rs"), "broken");
    let again = discover(&Lookup {
        known: Some(std::sync::Arc::new(found.clone())),
        ..lookup
    })
    .await;
    assert_eq!(ids(&again), ids(&found));
    assert!(again.groups.iter().all(|group| group.error.is_none()));
}

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
    write(&bed.path("s/good.sh"), "exit 0\n");
    let lookup = Lookup {
        dirs: vec![bed.path("s")],
        ..lookup(&bed)
    };
    assert_eq!(remembered(&lookup), [""; 0]);
    discover(&lookup).await;
    assert_eq!(remembered(&lookup), ["s", "s::good"]);

    write(&bed.path("s/more.sh"), "exit 0\n");
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
