//! Tests that take their process along, leave something or are stopped: each costs itself alone.

use std::time::Duration;

use gkfs_runner::event::Level;
use gkfs_runner::{EventKind, RunSettings};

use super::{lookup, read};
use crate::bed::{Bed, RUNNER, end};
use crate::found::{Verdicts, plan, run, write};
use crate::python::python;

#[tokio::test]
async fn a_test_that_ends_kills_or_hangs_its_process_costs_itself_alone() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_all.py",
        concat!(
            "import os, signal, time, pytest\n",
            "def test_a(): pass\n",
            "def test_crash(): os.kill(os.getpid(), signal.SIGSEGV)\n",
            "def test_b(): pass\n",
            "def test_killed(): os.kill(os.getpid(), signal.SIGKILL)\n",
            "def test_leaves(): os._exit(0)\n",
            "def test_quits(): pytest.exit('enough')\n",
            "def test_hang(): time.sleep(1000)\n",
            "def test_c(): pass\n",
        ),
    );
    let settings = RunSettings {
        timeout: Duration::from_secs(20),
        ..bed.settings()
    };
    let ended = run(&lookup(&bed, &python), settings).await;
    let verdicts = Verdicts::of(&ended);
    for name in ["test_a", "test_b", "test_c"] {
        assert_eq!(verdicts.is(name), ("passed", ""));
    }
    assert_eq!(verdicts.is("test_crash").0, "failed");
    assert!(
        verdicts.is("test_crash").1.starts_with("killed by SIGSEGV (11)"),
        "{}",
        verdicts.is("test_crash").1
    );
    assert!(
        read(&ended, "test_crash", "stderr.log").contains("test_crash"),
        "where it crashed"
    );
    assert!(
        verdicts.is("test_killed").1.starts_with("killed by SIGKILL (9)"),
        "{}",
        verdicts.is("test_killed").1
    );
    assert_eq!(verdicts.is("test_leaves").0, "failed");
    assert!(
        verdicts.is("test_leaves").1.contains("ended its process"),
        "{}",
        verdicts.is("test_leaves").1
    );
    assert!(
        verdicts.is("test_quits").1.contains("enough"),
        "{}",
        verdicts.is("test_quits").1
    );
    assert_eq!(verdicts.is("test_hang"), ("timeout", "still running after 20 s"));
    assert!(
        read(&ended, "test_hang", "stderr.log").contains("test_hang"),
        "where it hung"
    );
}

#[tokio::test]
async fn what_a_test_leaves_fails_it_and_what_a_wider_fixture_starts_stays() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_all.py",
        concat!(
            "import multiprocessing, os, pathlib, subprocess, pytest\n",
            "HERE = pathlib.Path(__file__).parent\n",
            "@pytest.fixture(scope='module')\n",
            "def server(tmp_path_factory):\n",
            "    process = subprocess.Popen(['sleep', '1000'])\n",
            "    (tmp_path_factory.mktemp('shared') / 'x').write_text('')\n",
            "    yield process\n",
            "    assert process.poll() is None\n",
            "    process.kill(); process.wait()\n",
            "def test_a(server): assert server.poll() is None\n",
            "def test_leaks(server): subprocess.Popen(['sleep', '1001'], start_new_session=True)\n",
            "def test_forks():\n",
            "    if os.fork() == 0:\n        import time; time.sleep(1000)\n",
            "def test_pool():\n",
            "    with multiprocessing.Pool(1) as pool: assert pool.map(abs, [-1]) == [1]\n",
            "    multiprocessing.Semaphore()\n",
            "def test_b(server): assert server.poll() is None\n",
        ),
    );
    let ended = run(&lookup(&bed, &python), bed.settings()).await;
    let verdicts = Verdicts::of(&ended);
    for name in ["test_a", "test_pool", "test_b"] {
        assert_eq!(verdicts.is(name), ("passed", ""));
    }
    assert_eq!(verdicts.is("test_leaks").0, "failed");
    assert!(
        verdicts.is("test_leaks").1.starts_with("leaked `sleep 1001`"),
        "{}",
        verdicts.is("test_leaks").1
    );
    assert_eq!(verdicts.is("test_forks").0, "failed");
    assert!(
        verdicts.is("test_forks").1.starts_with("leaked "),
        "{}",
        verdicts.is("test_forks").1
    );
    assert_eq!(
        ended.count(|kind| matches!(
            kind,
            EventKind::Notice {
                level: Level::Error,
                ..
            }
        )),
        0
    );
}

#[tokio::test]
async fn one_test_is_stopped_and_the_others_go_on() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_all.py",
        "import time\ndef test_hang(): time.sleep(1000)\ndef test_after(): pass\n",
    );
    let plan = plan(&lookup(&bed, &python)).await;
    let mut handle = RUNNER.start(plan, bed.settings()).unwrap();
    let id = "t::test_all.py::test_hang";
    let begun = |kind: &EventKind| matches!(kind, EventKind::AttemptStarted { id: of, .. } if of == id);
    while !begun(&handle.events.recv().await.expect("it begins").kind) {}
    handle.cancel_test(id, "asked to");
    let ended = end(handle).await;
    let tests = ended.record.tests().unwrap();
    let status = |name: &str| tests.iter().find(|test| test.id.ends_with(name)).unwrap().status;
    assert_eq!(status("test_hang"), None);
    assert_eq!(status("test_after"), Some(gkfs_runner::Status::Passed));
}
