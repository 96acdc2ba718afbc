//! pytest groups, found by pytest with our plugin in it.

use std::fs;
use std::path::Path;

use gkfs_runner::discover::pytest::Python;
use gkfs_runner::discover::{GroupSpec, Settled};
use gkfs_runner::event::SourceKind;
use gkfs_runner::{Discovery, EventKind, GroupSettings, Lookup};
use tokio_util::sync::CancellationToken;

use crate::bed::{Bed, RUNNER};
use crate::python::python;

pub(crate) fn write(bed: &Bed, path: &str, text: &str) {
    let path = bed.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn lookup(bed: &Bed, python: &Path) -> Lookup {
    Lookup {
        dirs: vec![bed.path("t")],
        logs: bed.path("build"),
        python: Python {
            programs: vec![python.to_owned()],
            ..Python::default()
        },
        ..Lookup::default()
    }
}

async fn discover(lookup: &Lookup) -> Discovery {
    RUNNER
        .discover(lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap()
}

fn ids(found: &Discovery) -> Vec<&str> {
    found.tests.iter().map(|test| test.id.as_str()).collect()
}

/// The error of the only group.
fn error(found: &Discovery) -> &str {
    assert_eq!(found.groups.len(), 1);
    found.groups[0].error.as_deref().expect("an error")
}

/// Every file below a directory, but for those of the named directories.
fn files(dir: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            match entry.path().is_dir() {
                true => waiting.push(entry.path()),
                false => all.push(entry.file_name().to_string_lossy().into_owned()),
            }
        }
    }
    all.sort();
    all
}

#[tokio::test]
async fn tests_have_names_parameters_marks_and_places_and_nothing_is_written_beside_them() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(&bed, "t/conftest.py", "import shared\n");
    write(&bed, "t/shared.py", "");
    write(
        &bed,
        "t/deep/test_io.py",
        concat!(
            "import pytest\nprint('{\"kind\": \"test\", \"id\": \"imitated\", \"path\": \"/\"}')\n",
            "@pytest.mark.slow\n@pytest.mark.parametrize('n', [1, 2], ids=['a b', '[ü]'])\n",
            "def test_write(n):\n    'Writes and reads.'\n",
            "class TestMore:\n    @pytest.mark.gkfs_lock('port', 'file')\n    def test_it(self): pass\n",
        ),
    );
    let found = discover(&lookup(&bed, &python)).await;
    assert_eq!(found.groups[0].error, None);
    assert_eq!(
        ids(&found),
        [
            "t::deep/test_io.py::test_write[a b]",
            "t::deep/test_io.py::test_write[[\\xfc]]",
            "t::deep/test_io.py::TestMore::test_it"
        ]
    );
    let first = &found.tests[0];
    assert_eq!((first.line, &first.tags[..]), (Some(3), &["slow".to_owned()][..]));
    assert_eq!(first.rules.locks, [""; 0]);
    assert_eq!(found.tests[2].rules.locks, ["port", "file"]);
    assert_eq!(found.tests[2].tags, [""; 0]);
    assert_eq!(first.description.as_deref(), Some("Writes and reads."));
    let dir = bed.path("t").canonicalize().unwrap();
    assert_eq!(first.file, Some(dir.join("deep/test_io.py")));
    assert!(found.groups[0].made_of.contains(&dir.join("shared.py")));
    assert_eq!(files(&dir), ["conftest.py", "shared.py", "test_io.py"]);
    // What the last search found is known at once.
    let again = lookup(&bed, &python).remembered();
    let tests = again
        .iter()
        .filter(|kind| matches!(kind, EventKind::TestFound(_)))
        .count();
    assert_eq!(tests, 3);
}

#[tokio::test]
async fn a_name_that_comes_twice_or_has_a_line_break_is_a_name_of_its_own() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/conftest.py",
        concat!(
            "import pytest\n",
            "class Item(pytest.Item):\n    def runtest(self): pass\n    def reportinfo(self): return self.path, 0, ''\n",
            "class File(pytest.File):\n    def collect(self):\n",
            "        for name in ('one', 'one', 'two\\nlines \\x1b[31m'): yield Item.from_parent(self, name=name)\n",
            "def pytest_collect_file(file_path, parent):\n",
            "    if file_path.suffix == '.txt': return File.from_parent(parent, path=file_path)\n",
        ),
    );
    write(&bed, "t/list.txt", "");
    let found = discover(&lookup(&bed, &python)).await;
    let expected = [
        "t::list.txt::one",
        "t::list.txt::one#2",
        "t::list.txt::two\\nlines \\u{1b}[31m",
    ];
    assert_eq!(ids(&found), expected);
    let nth = |at: usize| found.tests[at].node.as_ref().unwrap().nth;
    assert_eq!((nth(0), nth(1), nth(2)), (0, 1, 0));
}

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

/// An interpreter that is a script.
fn stand_in(bed: &Bed, name: &str, code: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    write(bed, name, &format!("#!/bin/sh\n{code}\n"));
    let path = bed.path(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn an_old_pytest_and_a_missing_one_are_named() {
    let bed = Bed::new();
    write(&bed, "t/test_good.py", "def test_good(): pass\n");
    let old = "out=$(echo \"$GKFS_BENCH_PYTEST\" | sed 's/.*\"out\":\"\\([^\"]*\\)\".*/\\1/')\n\
               echo '{\"kind\": \"head\", \"pytest\": \"5.4.3\", \"rootdir\": \"/\"}' > \"$out\"";
    let found = discover(&lookup(&bed, &stand_in(&bed, "old", old))).await;
    assert!(error(&found).contains("pytest 5.4.3 of"), "{}", error(&found));
    assert!(error(&found).contains("6.2 or later is needed"));

    // Nothing can be installed by one that does nothing but complain, as offline.
    let none = stand_in(&bed, "none", "echo 'No module named pytest' >&2; exit 1");
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
async fn a_declared_group_has_its_own_arguments_and_may_be_one_file() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    let conftest = "def pytest_addoption(parser): parser.addoption('--many', type=int, default=1)\n\
                    def pytest_generate_tests(metafunc):\n    \
                    metafunc.parametrize('n', range(metafunc.config.getoption('--many')))\n";
    write(&bed, "t/conftest.py", conftest);
    write(&bed, "t/test_a.py", "def test_a(n): pass\n");
    write(&bed, "t/test_b.py", "def test_b(n): pass\n");
    let spec = GroupSpec {
        name: "mine".into(),
        source: SourceKind::Pytest,
        path: bed.path("t/test_a.py"),
        python: Some(python.clone()),
        args: vec!["--many=3".into()],
        env: Vec::new(),
        settings: GroupSettings::default(),
    };
    let found = discover(&Lookup {
        groups: vec![spec],
        dirs: Vec::new(),
        ..lookup(&bed, Path::new("/nonexistent/python"))
    })
    .await;
    let expected = [
        "mine::test_a.py::test_a[0]",
        "mine::test_a.py::test_a[1]",
        "mine::test_a.py::test_a[2]",
    ];
    assert_eq!(ids(&found), expected, "{:?}", found.groups[0].error);
}
