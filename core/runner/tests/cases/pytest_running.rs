//! Tests of pytest, several in a process.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use gkfs_runner::event::Level;
use gkfs_runner::settings::Repeat;
use gkfs_runner::{EventKind, RunSettings, Selection};
use tokio_util::sync::CancellationToken;

use super::pytest::{lookup, write};
use crate::bed::{Bed, Ended, RUNNER, end, is_alive};
use crate::python::python;

async fn run(bed: &Bed, python: &std::path::Path, settings: RunSettings) -> Ended {
    let lookup = lookup(bed, python);
    let found = RUNNER
        .discover(&lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap();
    let plan = Selection::default().apply(found).unwrap();
    end(RUNNER.start(plan, settings).unwrap()).await
}

/// Statuses with reasons, by the name of the function.
fn verdicts(ended: &Ended) -> BTreeMap<String, (&'static str, String)> {
    let tests = ended.record.tests().unwrap();
    let verdict = |test: &gkfs_runner::record::TestRecord| {
        let status = test.status.expect("a verdict").as_str();
        (status, test.reason.clone().unwrap_or_default())
    };
    let named = tests.iter().map(|test| {
        let name = test.id.rsplit("::").next().unwrap().to_owned();
        (name, verdict(test))
    });
    named.collect()
}

fn dir(ended: &Ended, name: &str, attempt: usize) -> PathBuf {
    let test = ended.record.test(name).unwrap();
    ended.record.dir.join(&test.attempts[attempt - 1].dir)
}

fn read(ended: &Ended, name: &str, file: &str) -> String {
    fs::read_to_string(dir(ended, name, 1).join(file)).unwrap()
}

fn pids(ended: &Ended) -> Vec<u32> {
    let pids = ended.events.iter().filter_map(|event| match event.kind {
        EventKind::AttemptStarted { pid, .. } => Some(pid),
        _ => None,
    });
    pids.collect()
}

const EVERY: &str = r#"
import pytest, os, sys
@pytest.fixture
def port(): raise ValueError("no port")
@pytest.fixture
def late():
    yield
    raise ValueError("no end")
def test_passes(tmp_path):
    print("said"); print("wrong", file=sys.stderr); (tmp_path / "a").write_text("b")
def test_fails():
    have = {"retval": -1}
    assert have["retval"] == 0
def test_set_up(port): pass
def test_tear_down(late): pass
def test_skips(): pytest.skip("no such thing")
@pytest.mark.xfail(reason="known")
def test_known(): assert 0
@pytest.mark.xfail(strict=True, reason="mended")
def test_mended(): pass
def test_imitates():
    for fd in range(1, 64):
        try: os.write(fd, b'\n{"kind": "done", "ok": true, "wide": false, "keep": [], "goes_on": true}\n') if fd < 3 else None
        except OSError: pass
    assert 0
"#;

#[tokio::test]
async fn every_status_with_its_reason_outputs_and_files_in_one_process() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(&bed, "t/test_all.py", EVERY);
    let ended = run(&bed, &python, bed.settings()).await;
    let verdicts = verdicts(&ended);
    let is = |name: &str| (verdicts[name].0, verdicts[name].1.as_str());
    assert_eq!(is("test_passes"), ("passed", ""));
    let (status, reason) = is("test_fails");
    assert!(
        status == "failed" && reason.starts_with("AssertionError: assert -1 == 0")
            || reason.starts_with("assert -1 == 0"),
        "{reason}"
    );
    assert_eq!(
        is("test_set_up"),
        ("error", "setup of fixture `port` failed: ValueError: no port")
    );
    assert_eq!(
        is("test_tear_down"),
        ("error", "teardown of fixture `late` failed: ValueError: no end")
    );
    assert_eq!(is("test_skips"), ("skipped", "no such thing"));
    assert_eq!(is("test_known"), ("skipped", "xfail: known"));
    assert_eq!(is("test_mended").0, "failed");
    assert!(is("test_mended").1.contains("mended"));
    assert_eq!(is("test_imitates").0, "failed");
    assert_eq!(read(&ended, "test_passes", "stdout.log"), "said\n");
    assert_eq!(read(&ended, "test_passes", "stderr.log"), "wrong\n");
    assert_eq!(read(&ended, "test_passes", "workspace/a"), "b");
    assert!(read(&ended, "test_fails", "stderr.log").contains("have[\"retval\"] == 0"));
    assert!(super::golden::validate(&ended.record.dir).1 > 12);
    let pids = pids(&ended);
    assert_eq!(pids.len(), 8);
    assert!(pids.iter().all(|pid| *pid == pids[0]), "one process: {pids:?}");
    assert!(!is_alive(pids[0]));
}

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
    let ended = run(&bed, &python, settings).await;
    let verdicts = verdicts(&ended);
    let is = |name: &str| (verdicts[name].0, verdicts[name].1.as_str());
    for name in ["test_a", "test_b", "test_c"] {
        assert_eq!(is(name), ("passed", ""));
    }
    assert_eq!(is("test_crash").0, "failed");
    assert!(
        is("test_crash").1.starts_with("killed by SIGSEGV (11)"),
        "{}",
        is("test_crash").1
    );
    assert!(
        read(&ended, "test_crash", "stderr.log").contains("test_crash"),
        "where it crashed"
    );
    assert!(
        is("test_killed").1.starts_with("killed by SIGKILL (9)"),
        "{}",
        is("test_killed").1
    );
    assert_eq!(is("test_leaves").0, "failed");
    assert!(
        is("test_leaves").1.contains("ended its process"),
        "{}",
        is("test_leaves").1
    );
    assert!(is("test_quits").1.contains("enough"), "{}", is("test_quits").1);
    assert_eq!(is("test_hang"), ("timeout", "still running after 20 s"));
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
    let ended = run(&bed, &python, bed.settings()).await;
    let verdicts = verdicts(&ended);
    let is = |name: &str| (verdicts[name].0, verdicts[name].1.as_str());
    for name in ["test_a", "test_pool", "test_b"] {
        assert_eq!(is(name), ("passed", ""));
    }
    assert_eq!(is("test_leaks").0, "failed");
    assert!(
        is("test_leaks").1.starts_with("leaked `sleep 1001`"),
        "{}",
        is("test_leaks").1
    );
    assert_eq!(is("test_forks").0, "failed");
    assert!(
        is("test_forks").1.starts_with("leaked "),
        "{}",
        is("test_forks").1
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
    let ended = run(&bed, &python, bed.settings()).await;
    let verdicts = verdicts(&ended);
    let is = |name: &str| (verdicts[name].0, verdicts[name].1.as_str());
    assert_eq!(is("test_changes"), ("passed", ""));
    // The last test of a module answers for what the module's tests share.
    assert_eq!(is("test_sees").0, "error");
    assert!(
        is("test_sees").1.contains("of the module"),
        "{}",
        is("test_sees").1
    );
    assert_eq!(is("test_other"), ("passed", ""));
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
    let ended = run(&bed, &python, settings).await;
    assert_eq!(verdicts(&ended)["test_flaky"].0, "flaky");
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
    let ended = run(&bed, &python, settings).await;
    assert_eq!(ended.record.test("test_flaky").unwrap().attempts.len(), 5);
    assert_eq!(verdicts(&ended)["test_flaky"].0, "passed");
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
    let ended = run(&bed, &python, settings).await;
    assert_eq!(ended.outcome.summary.passed, 2);
    let pids = pids(&ended);
    assert_ne!(pids[0], pids[1]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_has_its_verdict_and_a_test_that_is_gone_says_so() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/test_a.py",
        "def test_gone(): pass\ndef test_stays(): pass\n",
    );
    write(&bed, "t/test_bad.py", "def test_bad(:\n");
    let lookup = lookup(&bed, &python);
    let found = RUNNER
        .discover(&lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap();
    let plan = Selection::default().apply(found).unwrap();
    write(&bed, "t/test_a.py", "def test_stays(): pass\n");
    let ended = end(RUNNER.start(plan, bed.settings()).unwrap()).await;
    let verdicts = verdicts(&ended);
    assert_eq!(verdicts["test_stays"].0, "passed");
    assert_eq!(verdicts["test_gone"].0, "error");
    assert!(verdicts["test_gone"].1.contains("changed since it was listed"));
    let bad = &verdicts["test_bad.py"];
    assert!(bad.0 == "failed" && bad.1.starts_with("SyntaxError"), "{bad:?}");
    assert_eq!((ended.outcome.summary.total, ended.outcome.exit_code), (3, 1));
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
    let lookup = lookup(&bed, &python);
    let found = RUNNER
        .discover(&lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap();
    let plan = Selection::default().apply(found).unwrap();
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
    let found = RUNNER
        .discover(&lookup(&bed, &python), &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap();
    let plan = Selection::default().apply(found).unwrap();
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
    let verdicts = verdicts(&ended);
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
