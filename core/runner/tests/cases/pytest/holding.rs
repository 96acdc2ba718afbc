//! Tests in a worker that are held: by the worker while it lives, else by what they left.

use std::fs;
use std::time::Duration;

use gkfs_runner::{EventKind, RunSettings};

use super::{lookup, read};
use crate::bed::{Bed, RUNNER, end, is_alive, pid_in};
use crate::found::{Verdicts, plan, write};
use crate::python::python;

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

/// A leak is found, and a worker is gone, when there is nobody left to hold the test; what lives is kept all the same.
#[tokio::test]
async fn what_a_test_left_in_a_worker_or_behind_one_is_held() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_all.py",
        concat!(
            "import os, pathlib, signal, subprocess\n",
            "HERE = pathlib.Path(__file__).parent\n",
            "def start(name):\n",
            "    process = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n",
            "    (HERE / name).write_text(f'{process.pid}\\n')\n",
            "def test_leaks(): start('leaks')\n",
            "def test_dies():\n    start('dies')\n    os.kill(os.getpid(), signal.SIGKILL)\n",
            "def test_dies_alone(): os.kill(os.getpid(), signal.SIGKILL)\n",
            "def test_after(): pass\n",
        ),
    );
    let settings = RunSettings {
        hold: true,
        ..bed.settings()
    };
    let plan = plan(&lookup(&bed, &python)).await;
    let mut handle = RUNNER.start(plan, settings).unwrap();
    let mut held = Vec::new();
    while let Some(event) = handle.events.recv().await {
        let EventKind::AttemptHeld { id, reason, .. } = event.kind else {
            continue;
        };
        let name = id.rsplit("test_").next().unwrap().to_owned();
        let pid = pid_in(&bed.path(&format!("t/{name}"))).await;
        assert!(is_alive(pid), "{name}");
        let dir = format!("tests/t/test_all.py%3A%3Atest_{name}/attempt-1");
        gkfs_runner::release(&handle.dir.join(dir)).unwrap();
        held.push((name, reason.replace(&pid.to_string(), "PID")));
    }
    let ended = end(handle).await;
    let leaked = "it has ended and left `sleep 1000` (pid PID)";
    let died = "killed by SIGKILL (9); its program has ended and left `sleep 1000` (pid PID)";
    // Of one whose process is gone with all that it started, everything that is left is there later, too.
    let wanted = [("leaks", leaked), ("dies", died)].map(|(name, why)| (name.to_owned(), why.to_owned()));
    assert_eq!(held, wanted);
    for name in ["leaks", "dies"] {
        assert!(!is_alive(pid_in(&bed.path(&format!("t/{name}"))).await), "{name}");
    }
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts["test_leaks"].0, "failed");
    assert_eq!(verdicts["test_dies"].0, "failed");
    assert_eq!(verdicts.is("test_after"), ("passed", ""));
}
