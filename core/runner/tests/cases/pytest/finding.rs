//! What pytest finds, and what the plugin says of it.

use std::fs;
use std::path::Path;

use gkfs_runner::discover::GroupSpec;
use gkfs_runner::event::SourceKind;
use gkfs_runner::{EventKind, GroupSettings, Lookup};

use super::lookup;
use crate::bed::Bed;
use crate::found::{discover, ids, write};
use crate::python::python;

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
