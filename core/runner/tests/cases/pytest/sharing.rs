//! What tests of one process share, and what they do not.

use std::fs;
use std::num::NonZeroUsize;

use gkfs_runner::RunSettings;
use gkfs_runner::settings::Repeat;

use super::{dir, lookup, read};
use crate::bed::Bed;
use crate::found::{Verdicts, pids, run, write};
use crate::python::python;

#[tokio::test]
async fn each_attempt_begins_anew_and_shared_fixtures_are_torn_down_where_they_are_not_needed() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/conftest.py",
        "import pytest\n@pytest.fixture(scope='session')\ndef once():\n    print('up'); yield; print('down')\n",
    );
    write(
        &bed,
        "t/test_a.py",
        concat!(
            "import os, pytest\n",
            "@pytest.fixture(scope='module', autouse=True)\n",
            "def bad_end():\n    yield\n    raise ValueError('of the module')\n",
            "def test_changes(once):\n    os.chdir('/'); os.umask(0o777)\n",
            "    assert os.environ['GKFS_BENCH_TEST'].endswith('test_changes')\n",
            "def test_sees(tmp_path):\n    assert os.getcwd() != '/' and (tmp_path / 'x').write_text('') == 0\n",
            "    assert (tmp_path / 'x').stat().st_mode & 0o600 == 0o600\n",
        ),
    );
    write(&bed, "t/test_b.py", "def test_other(once): pass\n");
    let ended = run(&lookup(&bed, &python), bed.settings()).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts.is("test_changes"), ("passed", ""));
    // The last test of a module answers for what the module's tests share.
    assert_eq!(verdicts.is("test_sees").0, "error");
    assert!(
        verdicts.is("test_sees").1.contains("of the module"),
        "{}",
        verdicts.is("test_sees").1
    );
    assert_eq!(verdicts.is("test_other"), ("passed", ""));
    assert_eq!(read(&ended, "test_changes", "stdout.log"), "up\n");
    assert_eq!(read(&ended, "test_other", "stdout.log"), "down\n");
}

#[tokio::test]
async fn retries_and_repetitions_have_directories_of_their_own() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    let code = "import os\ndef test_flaky(tmp_path):\n    print('attempt', os.environ['GKFS_BENCH_ATTEMPT'])\n    \
                assert os.environ['GKFS_BENCH_ATTEMPT'] == '2'\n";
    write(&bed, "t/test_a.py", code);
    let settings = RunSettings {
        retries: 1,
        ..bed.settings()
    };
    let ended = run(&lookup(&bed, &python), settings).await;
    assert_eq!(Verdicts::of(&ended)["test_flaky"].0, "flaky");
    for number in [1, 2] {
        let out = fs::read_to_string(dir(&ended, "test_flaky", number).join("stdout.log")).unwrap();
        assert_eq!(out, format!("attempt {number}\n"));
        assert!(dir(&ended, "test_flaky", number).join("workspace").is_dir());
    }
    write(&bed, "t/test_a.py", "def test_flaky(): pass\n");
    let settings = RunSettings {
        repeat: Repeat::Times(5.try_into().unwrap()),
        ..bed.settings()
    };
    let ended = run(&lookup(&bed, &python), settings).await;
    assert_eq!(ended.record.test("test_flaky").unwrap().attempts.len(), 5);
    assert_eq!(Verdicts::of(&ended)["test_flaky"].0, "passed");
}

#[tokio::test]
async fn as_many_workers_run_as_tests_may() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    // Each waits until the other has begun, too.
    let code = "import pathlib, time, pytest\nHERE = pathlib.Path(__file__).parent.parent\n\
                @pytest.mark.parametrize('mine, other', [('a', 'b'), ('b', 'a')])\n\
                def test_meet(mine, other):\n    (HERE / mine).write_text('')\n    \
                while not (HERE / other).exists(): time.sleep(0.01)\n";
    write(&bed, "t/test_a.py", code);
    let settings = RunSettings {
        jobs: NonZeroUsize::new(2).unwrap(),
        ..bed.settings()
    };
    let ended = run(&lookup(&bed, &python), settings).await;
    assert_eq!(ended.outcome.summary.passed, 2);
    let pids = pids(&ended);
    assert_ne!(pids[0], pids[1]);
}
