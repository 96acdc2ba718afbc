//! Real files and a real kernel: what is told, and what is not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gkfs_runner::GroupSettings;
use gkfs_runner::discover::{Discovery, Group, Node, Test};
use gkfs_runner::event::SourceKind;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::map::Map;
use super::place::{Place, Scope};
use super::teller::Teller;
use super::{Changes, News, Sources, Touched};

/// Far longer than anything here takes; only something broken ever waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

fn scope(root: &Path) -> Scope {
    Scope {
        root: root.to_owned(),
        suite_file: root.join("gkfs-bench.toml"),
        own: root.join(".gkfs-bench"),
        ..Scope::default()
    }
}

fn write(path: PathBuf, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, text).expect("a file");
}

fn group(name: &str, source: SourceKind, path: PathBuf, made_of: &[PathBuf]) -> Group {
    Group {
        name: name.to_owned(),
        source,
        path,
        settings: GroupSettings::default(),
        error: None,
        made_of: made_of.to_vec(),
        worker: None,
    }
}

/// A package with two test targets that share a module and depend on another package, and a directory of scripts.
fn found(root: &Path) -> Arc<Discovery> {
    for name in [
        "Cargo.toml",
        "read/main.rs",
        "read/deep/mod.rs",
        "write/main.rs",
        "shared.rs",
        "s/a.sh",
    ] {
        write(root.join(name), "");
    }
    fs::create_dir_all(root.join("near")).expect("a directory");
    let (shared, near) = (root.join("shared.rs"), root.join("near"));
    Arc::new(Discovery {
        groups: vec![
            group(
                "read",
                SourceKind::Rust,
                root.join("read/main.rs"),
                std::slice::from_ref(&near),
            ),
            group(
                "write",
                SourceKind::Rust,
                root.join("write/main.rs"),
                &[near, shared],
            ),
            group("s", SourceKind::Script, root.join("s"), &[]),
        ],
        ..Discovery::default()
    })
}

fn some(names: &[&str], packages: bool) -> Touched {
    Touched {
        tests: names.iter().map(|name| (*name).to_owned()).collect(),
        packages,
        ..Touched::default()
    }
}

#[test]
fn where_nothing_is_known_what_looks_like_a_test_has_tests_looked_for() {
    let root = Path::new("/suite");
    let mut map = Map::default();
    map.set_scope(scope(root));
    let mut touched = |file: &str| map.touched(&BTreeSet::from([root.join(file)]));
    for first in ["s/a.sh", "Cargo.toml", "t/test_a.py", "t/a_test.py"] {
        assert_eq!(touched(first), some(&[], true), "{first}");
    }
    for other in ["notes.md", "t/helper.py", "data.bin"] {
        assert!(touched(other).is_nothing(), "{other}");
    }
}

#[test]
fn a_file_of_pytest_belongs_to_its_tests_and_what_they_share_to_the_group() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    for name in ["t/test_a.py", "t/test_b.py", "t/conftest.py"] {
        write(root.join(name), "");
    }
    let test = |name: &str, file: &str| Test {
        id: format!("t::{name}"),
        name: name.to_owned(),
        file: Some(root.join(file)),
        node: Some(Node {
            id: name.to_owned(),
            nth: 0,
        }),
        ..Test::default()
    };
    let shared = root.join("t/conftest.py");
    let made_of = [root.join("t/test_a.py"), shared];
    let mut map = Map::default();
    map.set_scope(scope(root));
    map.found(
        &Arc::new(Discovery {
            groups: vec![group("t", SourceKind::Pytest, root.join("t"), &made_of)],
            tests: vec![
                test("test_a.py::test_one[a::b]", "t/test_a.py"),
                test("test_b.py::test_two", "t/test_b.py"),
            ],
            ..Discovery::default()
        }),
        0,
    );
    let mut touched = |path: &str| map.touched(&BTreeSet::from([root.join(path)]));
    let one = touched("t/test_a.py");
    assert_eq!(one, some(&["t::test_a.py"], true));
    assert!(one.touches("t::test_a.py::test_new", "t") && !one.touches("t::test_b.py::test_two", "t"));
    assert_eq!(touched("t/conftest.py"), some(&["t"], true));
    assert_eq!(touched("t/data.json"), some(&["t"], true));
}

#[test]
fn a_named_file_belongs_to_whom_it_was_named_for_and_any_other_to_the_nearest() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    let mut map = Map::default();
    map.set_scope(Scope {
        binaries: vec![root.join("build/gkfs_daemon")],
        sources: vec![root.join("fs"), root.join("CMakeLists.txt")],
        ..scope(root)
    });
    map.found(&found(root), 0);
    let mut touched = |path: &str| map.touched(&BTreeSet::from([root.join(path)]));
    assert_eq!(touched("shared.rs"), some(&["write"], true));
    assert_eq!(touched("read/deep/mod.rs"), some(&["read"], true));
    assert_eq!(touched("Cargo.lock"), some(&["read", "write"], true));
    assert_eq!(touched("near/src/lib.rs"), some(&["read", "write"], true));
    assert_eq!(touched("s/a.sh"), some(&["s::a"], false));
    assert_eq!(touched("s/new.sh"), some(&["s::new"], false));
    assert_eq!(touched("s/common.inc"), some(&["s"], false));
    let stack = Touched {
        stack: true,
        ..Touched::default()
    };
    assert_eq!(touched("build/gkfs_daemon"), stack);
    let build = Touched {
        build: true,
        ..Touched::default()
    };
    assert_eq!(
        (touched("fs/deep/a.cpp"), touched("CMakeLists.txt")),
        (build.clone(), build)
    );
    let suite = Touched {
        suite: true,
        ..Touched::default()
    };
    assert_eq!(touched("gkfs-bench.toml"), suite);
    assert!(
        touched("fs/README.md").tests.len() == 2,
        "prose is no source, but lies in the package"
    );
    assert!(map.touched(&BTreeSet::from(["/elsewhere/x".into()])).is_nothing());
}

#[test]
fn what_was_found_is_known_until_something_changes_that_cargo_builds() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    let mut map = Map::default();
    map.set_scope(scope(root));
    let epoch = map.epoch();
    map.found(&found(root), epoch);
    map.touched(&BTreeSet::from([root.join("s/a.sh")]));
    assert!(map.known().is_some());
    map.touched(&BTreeSet::from([root.join("read/main.rs")]));
    assert!(map.known().is_none());
    // Found while that changed, it may be from before.
    map.found(&found(root), epoch);
    assert!(map.known().is_none());
}

#[test]
fn git_says_what_is_ignored_at_every_level_and_builds_mark_what_is_theirs() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    for (name, text) in [
        (".gitignore", "*.log\n/out/\n"),
        ("a/.gitignore", "!kept.log\ngenerated.rs\n"),
        ("build/CMakeCache.txt", ""),
        ("target/CACHEDIR.TAG", ""),
        ("target/debug/x", ""),
        ("out/x.sh", ""),
        ("a/b/x.sh", ""),
    ] {
        write(root.join(name), text);
    }
    let scope = Scope {
        binaries: vec![root.join("build/bin/gkfs_daemon")],
        exclude: vec!["*.bak".to_owned()],
        ..scope(root)
    };
    fs::create_dir(root.join("build/bin")).expect("a directory");
    let place = Place::new(scope).expect("globs");
    let below = |dir: &PathBuf| dir.strip_prefix(root).expect("below").display().to_string();
    let dirs: Vec<String> = place.dirs(&[]).iter().map(below).collect();
    assert_eq!(dirs, ["", "a", "a/b", "build/bin"]);
    let counts = |name: &str| place.file(&root.join(name));
    for name in ["x.sh", "a/kept.log", "build/bin/gkfs_daemon", "gkfs-bench.toml"] {
        assert!(counts(name), "{name}");
    }
    for name in [
        "x.log",
        "a/generated.rs",
        "x.bak",
        "a/.x.swp",
        "a/x~",
        "a/4913",
        "a/x.o",
        ".gkfs-bench/x",
    ] {
        assert!(!counts(name), "{name}");
    }
    write(root.join("a/.gitignore"), "");
    place.forget_ignored();
    assert!(counts("a/generated.rs") && !counts("a/kept.log"));
}

#[test]
fn too_many_directories_are_looked_at_instead_and_that_is_said() {
    let dir = tempfile::tempdir().expect("a directory");
    let dirs: BTreeSet<PathBuf> = ["a", "b", "c"].iter().map(|name| dir.path().join(name)).collect();
    dirs.iter()
        .for_each(|dir| fs::create_dir(dir).expect("a directory"));
    let (tell, mut told) = unbounded_channel();
    let mut teller = Teller::new(false, tell).expect("a watcher");
    teller.room = 2;
    let why = teller.follow(&dirs).expect("a fallback").expect("a reason");
    assert!(
        why.contains("3 directories") && why.contains("max_user_watches"),
        "{why}"
    );
    assert_eq!(teller.dirs(), &dirs);
    write(dir.path().join("c/x.sh"), "true");
    let told = told.blocking_recv().expect("it is told all the same");
    assert!(
        told.paths
            .iter()
            .any(|path| path.ends_with("x.sh") || path.ends_with("c"))
    );
}

/// A suite that is watched.
struct Watched {
    dir: TempDir,
    sources: Sources,
    news: UnboundedReceiver<News>,
}

impl Watched {
    fn new(files: &[(&str, &str)]) -> Watched {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            write(dir.path().join(name), text);
        }
        let changes = Changes::new(scope(dir.path())).expect("a watch");
        let sources = changes.sources();
        let (tell, news) = unbounded_channel();
        tokio::spawn(changes.follow(move |news| tell.send(news).is_ok()));
        let scripts = group("s", SourceKind::Script, dir.path().join("s"), &[]);
        let found = Discovery {
            groups: vec![scripts],
            ..Discovery::default()
        };
        sources.found(&Arc::new(found), 0);
        Watched { dir, sources, news }
    }

    fn save(&self, name: &str, text: &str) {
        write(self.dir.path().join(name), text);
    }

    async fn next(&mut self) -> News {
        let next = tokio::time::timeout(DEADLINE, self.news.recv()).await;
        next.expect("it is told in time").expect("it is watched")
    }

    /// The tests that the next change touches.
    async fn touched(&mut self) -> Vec<String> {
        match self.next().await {
            News::Change(change) => change.touched.tests.into_iter().collect(),
            other => panic!("no change: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_save_is_told_once_and_one_that_changes_nothing_never() {
    let mut watched = Watched::new(&[("s/a.sh", "true"), ("s/b.sh", "true")]);
    watched.save("s/a.sh", "false");
    assert_eq!(watched.touched().await, ["s::a"]);
    watched.save("s/a.sh", "false");
    // The way some editors do it: another file takes its place.
    watched.save("b.sh.new", "exit 3");
    let root = watched.dir.path();
    fs::rename(root.join("b.sh.new"), root.join("s/b.sh")).expect("a file");
    assert_eq!(watched.touched().await, ["s::b"]);
}

#[tokio::test]
async fn a_new_directory_is_watched_with_what_is_in_it_already() {
    let mut watched = Watched::new(&[("s/a.sh", "true")]);
    watched.save("s/deep/er/x.inc", "1");
    assert_eq!(watched.touched().await, ["s"]);
    watched.save("s/deep/er/x.inc", "2");
    assert_eq!(watched.touched().await, ["s"]);
}

#[tokio::test]
async fn what_tests_are_made_of_elsewhere_is_watched_once_it_is_known() {
    let mut watched = Watched::new(&[("s/a.sh", "true")]);
    let outside = tempfile::tempdir().expect("a directory");
    write(outside.path().join("src/lib.rs"), "1");
    let package = group(
        "p",
        SourceKind::Rust,
        watched.dir.path().join("p"),
        &[outside.path().to_owned()],
    );
    let found = Discovery {
        groups: vec![package],
        ..Discovery::default()
    };
    watched.sources.found(&Arc::new(found), 0);
    // When it is watched nobody says; until then a save is not seen.
    let mut text = 0;
    loop {
        text += 1;
        write(outside.path().join("src/lib.rs"), &text.to_string());
        match tokio::time::timeout(Duration::from_millis(200), watched.news.recv()).await {
            Ok(Some(News::Change(change))) => break assert_eq!(change.touched, some(&["p"], true)),
            Ok(other) => panic!("{other:?}"),
            Err(_) => assert!(text < 300, "it is not watched"),
        }
    }
}

#[tokio::test]
async fn thousands_of_files_are_one_change() {
    let mut watched = Watched::new(&[("s/a.sh", "true")]);
    for file in 0..1000 {
        watched.save(&format!("s/{file}.sh"), "true");
    }
    let (mut storm, mut tests) = (false, BTreeSet::new());
    while tests.len() < 1000 {
        match watched.next().await {
            News::Storm(files) => storm = files > 100,
            News::Change(change) => tests.extend(change.touched.tests),
            News::Calm => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(storm, "it is said that files change");
}
