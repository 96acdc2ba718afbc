//! Tests that take their process along, leave something, are stopped or held: each costs itself alone.

use std::fs;
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

#[tokio::test]
async fn one_that_fails_or_hangs_in_a_worker_is_held_and_the_next_has_all_of_its_time() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_all.py",
        concat!(
            "import pytest, time\n",
            "@pytest.fixture\n",
            "def place():\n    yield\n    print('down')\n",
            "@pytest.fixture\n",
            "def port(): raise ValueError('no port')\n",
            "def test_fails(place): assert 1 == 2\n",
            "def test_set_up(port): pass\n",
            "def test_hang(): time.sleep(1000)\n",
            "def test_skips(): pytest.skip('not here')\n",
            "@pytest.mark.xfail\n",
            "def test_known(): assert 0\n",
            "def test_passes(place): pass\n",
        ),
    );
    let settings = RunSettings {
        hold: true,
        timeout: Duration::from_secs(3),
        ..bed.settings()
    };
    let plan = plan(&lookup(&bed, &python)).await;
    let mut handle = RUNNER.start(plan, settings).unwrap();
    let (mut held, mut released) = (Vec::new(), 0);
    while let Some(event) = handle.events.recv().await {
        match event.kind {
            EventKind::AttemptHeld { id, reason, .. } => {
                let name = id.rsplit("::").next().unwrap().to_owned();
                let dir = handle
                    .dir
                    .join(format!("tests/t/test_all.py%3A%3A{name}/attempt-1"));
                let said = fs::read_to_string(dir.join("stdout.log")).unwrap();
                assert_eq!(said, "", "nothing is torn down");
                gkfs_runner::release(&dir).unwrap();
                held.push((name, reason));
            }
            EventKind::AttemptReleased { .. } => released += 1,
            _ => {}
        }
    }
    let ended = end(handle).await;
    let held: Vec<(&str, &str)> = held
        .iter()
        .map(|(name, why)| (name.as_str(), why.as_str()))
        .collect();
    let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["test_fails", "test_set_up", "test_hang"]);
    assert!(
        held[0].1.contains("assert 1 == 2") && held[1].1.contains("no port"),
        "{held:?}"
    );
    assert_eq!((held[2].1, released), ("still running after 3s", 3));
    let verdicts = Verdicts::of(&ended);
    for (name, status) in [
        ("test_fails", "failed"),
        ("test_set_up", "error"),
        ("test_hang", "timeout"),
        ("test_skips", "skipped"),
        ("test_known", "skipped"),
        ("test_passes", "passed"),
    ] {
        assert_eq!(verdicts[name].0, status, "{name}: {verdicts:?}");
    }
    assert_eq!(read(&ended, "test_fails", "stdout.log"), "down\n");
}
