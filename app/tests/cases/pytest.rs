//! pytest groups from the command line: found by looking, run, watched, shown and reported like others.

use std::fs;
use std::path::Path;

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::{Bed, Outcome};
use crate::lines::Lines;
use crate::python::{activate, python};
use crate::terminal::{Session, nothing_is_left};

mod options;

/// A directory of tests that know nothing of us, and the environment they run in.
fn suite(python: &Path) -> Bed {
    let mut bed = Bed::new();
    activate(&mut bed, python);
    bed.write(
        "t/test_sums.py",
        "import pytest\n\
        def test_adds(): assert 1 + 1 == 2\n\
        def test_wrong():\n    print('said')\n    have = {'sum': 3}\n    assert have['sum'] == 2\n\
        @pytest.mark.slow\ndef test_skips(): pytest.skip('not here')\n\
        @pytest.mark.parametrize('n', [1, 2])\ndef test_many(n): assert n\n",
    );
    bed
}

pub(super) fn statuses(outcome: &Outcome) -> Vec<(String, String)> {
    let result: Value =
        serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("json: {}", outcome.err));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let tests = result["tests"].as_array().expect("tests");
    let mut all: Vec<_> = tests
        .iter()
        .map(|test| (text(&test["id"]), text(&test["status"])))
        .collect();
    all.sort();
    all
}

pub(super) fn pairs(all: &[(String, String)]) -> Vec<(&str, &str)> {
    all.iter()
        .map(|(id, status)| (id.as_str(), status.as_str()))
        .collect()
}

#[test]
fn a_directory_of_pytest_files_just_works() {
    let Some(python) = python() else { return };
    let bed = suite(&python);
    let list = bed.process(&["list"]);
    assert_eq!(list.exit, Exit::Passed, "{}{}", list.out, list.err);
    assert!(
        list.out.contains("t::test_sums.py::test_many[2]\n"),
        "{}",
        list.out
    );
    assert!(
        list.out.contains("t::test_sums.py::test_skips  [slow]"),
        "{}",
        list.out
    );

    let run = bed.process(&[
        "run",
        "--stack",
        "plain",
        "--format",
        "json",
        "--junit",
        "junit.xml",
        "-j2",
    ]);
    assert_eq!(run.exit, Exit::Failed);
    let all = statuses(&run);
    let expected = [
        ("t::test_sums.py::test_adds", "passed"),
        ("t::test_sums.py::test_many[1]", "passed"),
        ("t::test_sums.py::test_many[2]", "passed"),
        ("t::test_sums.py::test_skips", "skipped"),
        ("t::test_sums.py::test_wrong", "failed"),
    ];
    assert_eq!(pairs(&all), expected);
    let junit = fs::read_to_string(bed.cwd().join("junit.xml")).expect("a report");
    assert!(
        junit.contains("name=\"test_sums.py::test_wrong\"") && junit.contains("assert 3 == 2"),
        "{junit}"
    );

    let show = bed.process(&["show", "test_wrong"]);
    for words in ["assertion at ", "assert 3 == 2", "have['sum'] == 2", "| said"] {
        assert!(show.out.contains(words), "{words}: {}", show.out);
    }
    let failed = bed.process(&[
        "run",
        "--stack",
        "plain",
        "--last-failed",
        "--retries",
        "1",
        "--format",
        "json",
    ]);
    assert_eq!(
        pairs(&statuses(&failed)),
        [("t::test_sums.py::test_wrong", "failed")]
    );
    assert!(failed.out.contains("\"attempts\": 2"), "{}", failed.out);
    let chosen = bed.process(&[
        "run",
        "--stack",
        "plain",
        "--format",
        "json",
        "-k",
        "many and not 1",
        "-s",
    ]);
    assert_eq!(
        pairs(&statuses(&chosen)),
        [("t::test_sums.py::test_many[2]", "passed")],
        "{}",
        chosen.err
    );
    let streamed = bed.process(&["run", "--stack", "plain", "-s", "-k", "wrong"]);
    assert!(streamed.out.contains("test_wrong | said"), "{}", streamed.out);
}

#[test]
fn a_changed_file_reruns_its_tests_with_those_that_are_new_in_it() {
    let Some(python) = python() else { return };
    let bed = suite(&python);
    bed.write("t/test_sums.py", "def test_adds(): pass\n");
    bed.write("t/test_other.py", "def test_other(): pass\n");
    let mut lines = Lines::of(&bed, &["watch", "--plain", "--stack", "plain"]);
    lines.wait("waiting for changes");
    bed.write("t/test_sums.py", "def test_adds(): pass\ndef test_new(): pass\n");
    lines.wait("changed t/test_sums.py");
    lines.wait("waiting for changes");
    let runs = gkfs_runner::record::Runs::new(&bed.cwd().join(".gkfs-bench"));
    let tests = runs.open("last").expect("a run").tests().expect("tests");
    let ran: Vec<&str> = tests
        .iter()
        .filter(|test| !test.attempts.is_empty())
        .map(|test| test.id.as_str())
        .collect();
    assert_eq!(ran, ["t::test_sums.py::test_adds", "t::test_sums.py::test_new"]);
}

/// What a harness like GekkoFS's own does, as far as it is listened to.
const HARNESS: &str = "
import collections
from harness.made import *
class _proxy_exec: pass
Reply = collections.namedtuple('MkdirReturn', ['retval', 'errno'])
class Client:
    def __init__(self, twd): self.twd = twd
    def run(self, cmd, *args):
        (self.twd / 'logs' / 'gkfs_client.log').write_text('called\\n')
        return Reply(-1, 17) if cmd == 'rmdir' else Reply(0, 11)
class ShellClient:
    def run(self, cmd, *args, timeout=60):
        import types
        return types.SimpleNamespace(exit_code=0, stdout=b'a b', stderr=b'')
";

#[test]
fn calls_of_gekkofs_own_harness_are_steps_and_its_workspace_is_found() {
    let Some(python) = python() else { return };
    let mut bed = Bed::new();
    activate(&mut bed, &python);
    bed.write("t/harness/__init__.py", "");
    bed.write("t/harness/made.py", "");
    bed.write("t/harness/gkfs.py", HARNESS);
    bed.write("t/conftest.py", "import pytest\nfrom harness.gkfs import Client, ShellClient\n\
        def pytest_addoption(parser): parser.addoption('--bin-dir', action='append', default=[])\n\
        @pytest.fixture\ndef client(tmp_path):\n    (tmp_path / 'logs').mkdir()\n    return Client(tmp_path)\n");
    bed.write("t/test_dirs.py", "from harness.gkfs import ShellClient\n\
        def test_dirs(client, pytestconfig):\n    assert client.run('mkdir', client.twd / 'top', 0o777).retval == 0\n    \
        ShellClient().run('ls', '-l')\n    print(pytestconfig.getoption('--bin-dir'))\n    \
        assert client.run('rmdir', client.twd / 'top') == (0, 0)\n");
    let stack = bed.process(&["stack", "install", "stack"]);
    assert_eq!(stack.exit, Exit::Passed, "{}", stack.err);
    let run = bed.process(&["run", "--bin-dir", "stack", "--lib-dir", "stack"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.err);
    for words in [
        "op      mkdir(pathname=top mode=0777) → retval=0 errnum=11",
        "op      rmdir(pathname=top) → retval=-1 errnum=17 (File exists)",
        "shell   ls -l → exit 0",
        "workspace/logs/gkfs_client.log",
        "| called",
        "| ['[BED]/work/stack']",
    ] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
}

#[test]
fn a_session_runs_them_and_looks_into_one() {
    let Some(python) = python() else { return };
    let bed = suite(&python);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| {
        text.contains("test_wrong") && text.contains("test_many[2]")
    });
    session.press("a");
    session.wait("result", |text| text.contains("failed 5 in"));
    session.press("/wrong\r");
    session.press("\r4");
    session.wait("output", |text| {
        text.contains("said") && text.contains("have['sum'] == 2")
    });
    session.press("1");
    session.wait("timeline", |text| text.contains("assert 3 == 2"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn whose_fixtures_is_remembered_and_what_they_are_worth_is_said() {
    let Some(python) = python() else { return };
    let mut bed = Bed::new();
    activate(&mut bed, &python);
    bed.write("t/harness/__init__.py", "");
    bed.write("t/harness/gkfs.py", "");
    bed.write("t/test_it.py", "def test_it(): pass\n");
    let run = |words: &[&str]| {
        let run = bed.process(&[&["run", "--stack", "plain"], words].concat());
        assert_eq!(run.exit, Exit::Passed, "{}", run.err);
        run.err
    };
    let own = run(&[]);
    assert!(own.contains("`--harness ours` runs the same tests"), "{own}");
    let ours = run(&["--harness", "ours"]);
    assert!(ours.contains("times as fast"), "{ours}");
    let again = run(&[]);
    assert!(
        again.contains("note: with our fixtures, as was chosen"),
        "{again}"
    );
    assert!(again.contains("times as fast"), "{again}");
    let own = run(&["--harness", "own"]);
    assert!(own.contains("`--harness ours` goes back to it"), "{own}");
    let last = run(&[]);
    assert!(!last.contains("with our fixtures"), "{last}");
}

#[test]
fn a_key_switches_whose_fixtures_it_is_and_a_run_remembers() {
    let Some(python) = python() else { return };
    let mut bed = Bed::new();
    activate(&mut bed, &python);
    bed.write(
        "t/test_it.py",
        "def test_it(workspace): assert workspace.rootdir\n",
    );
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("test_it"));
    session.press("a");
    session.wait("nobody brings the fixture", |text| text.contains("failed 1 in"));
    session.press("P");
    session.wait("it is said", |text| text.contains("get our fixtures from now on"));
    session.press("a");
    session.wait("the fixture is there", |text| text.contains("passed 1 in"));
    session.press("q");
    assert_eq!(session.end(), 0);
    let run = bed.process(&["run", "--stack", "plain"]);
    assert_eq!(run.exit, Exit::Passed, "{}{}", run.out, run.err);
    assert!(
        run.err.contains("with our fixtures, as was chosen"),
        "{}",
        run.err
    );
    nothing_is_left(&bed);
}
