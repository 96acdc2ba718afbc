//! What a test started ends while its worker runs the next one, and is the test's own affair all the same.

use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

use gkfs_runner::{EventKind, RunSettings, Status};

use super::{lookup, read};
use crate::bed::{Bed, Ended, RUNNER, end};
use crate::found::{Verdicts, pids, plan, run, write};
use crate::python::python;

/// A fixture `later` as another plugin may have one: `later("go")` has something end once that file is there, and
/// `later("go", "no")` badly then; `later("worker")` once the worker has died, `later("never")` and `later("dies")` not.
const CONFTEST: &str = r#"
import os, pathlib, subprocess, sys, pytest
HERE = pathlib.Path(__file__).parent
ENDS = """
import json, os, pathlib, sys, time
steps, what, how, worker = sys.argv[1:]
def say(ph, **more):
    line = dict(v=1, n="9.9", ph=ph, ts=0, mono=0, pid=1, tid=1, kind="fixture", name="slow", phase="teardown", later=True)
    with open(steps, "a") as file:
        file.write(json.dumps(dict(line, **more)) + "\\n")
say("b")
while what != "dies":
    if what == "worker" and os.getppid() != int(worker) or pathlib.Path(what).exists():
        break
    time.sleep(0.01)
if what != "dies":
    say("e", ok=how == "ok", **({} if how == "ok" else {"error": "aborted"}))
"""
@pytest.fixture
def later(pytestconfig):
    asked = []
    yield lambda what, how="ok": asked.append((what, how))
    for what, how in asked:
        steps = os.path.join(os.environ["GKFS_BENCH_ATTEMPT_DIR"], "steps.jsonl")
        command = [sys.executable, "-c", ENDS, steps, str(HERE / what) if what == "go" else what, how, str(os.getpid())]
        process = subprocess.Popen(command, preexec_fn=os.setpgrp)
        pytestconfig.gkfs_bench_later.append(process.pid)
"#;

fn suite(tests: &str) -> Bed {
    let bed = Bed::new();
    write(&bed, "t/conftest.py", CONFTEST);
    let head = "import os, pathlib, signal, time, pytest\nHERE = pathlib.Path(__file__).parent\n";
    write(&bed, "t/test_it.py", &format!("{head}{tests}"));
    bed
}

/// The number of the first event that is such a one.
fn seq(ended: &Ended, is: impl Fn(&EventKind) -> bool) -> u64 {
    let event = ended.events.iter().find(|event| is(&event.kind));
    event.expect("the event").seq
}

fn begins(name: &str) -> impl Fn(&EventKind) -> bool {
    move |kind| matches!(kind, EventKind::AttemptStarted { id, .. } if id.ends_with(name))
}

fn ends(name: &str) -> impl Fn(&EventKind) -> bool {
    move |kind| matches!(kind, EventKind::AttemptFinished(finished) if finished.id.ends_with(name))
}

#[tokio::test]
async fn the_worker_goes_on_and_each_end_is_its_own_tests() {
    let Some(python) = python() else { return };
    // Neither of the first two is over before the third runs, on one worker.
    let bed = suite(concat!(
        "def test_a(later): later('go')\n",
        "def test_b(later): (HERE / 'go').write_text(''); later('go', 'no'); later('go')\n",
        "def test_c(): pass\n",
    ));
    let ended = run(&lookup(&bed, &python), bed.settings()).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts.is("test_a"), ("passed", ""));
    assert_eq!(
        verdicts.is("test_b"),
        ("error", "teardown of fixture `slow` failed: aborted")
    );
    assert_eq!(verdicts.is("test_c"), ("passed", ""));
    let pids = pids(&ended);
    assert!(pids.iter().all(|pid| *pid == pids[0]), "one worker: {pids:?}");
    assert!(seq(&ended, begins("test_b")) < seq(&ended, ends("test_a")));
    // The time it takes to end is its own, too.
    let ts =
        |is: &dyn Fn(&EventKind) -> bool| ended.events.iter().find(|event| is(&event.kind)).unwrap().at.mono;
    let test = ended.record.test("test_a").unwrap();
    assert!(
        test.attempts[0].end.as_ref().unwrap().duration_us >= ts(&begins("test_b")) - ts(&begins("test_a")),
        "{test:?}"
    );
}

#[tokio::test]
async fn a_worker_that_dies_does_not_cost_the_test_before() {
    let Some(python) = python() else { return };
    let bed = suite(concat!(
        "def test_a(later): later('worker')\n",
        "def test_killed(): os.kill(os.getpid(), signal.SIGKILL)\n",
        "def test_b(): pass\n",
    ));
    let ended = run(&lookup(&bed, &python), bed.settings()).await;
    let verdicts = Verdicts::of(&ended);
    for name in ["test_a", "test_b"] {
        assert_eq!(verdicts.is(name), ("passed", ""), "{verdicts:?}");
    }
    assert_eq!(verdicts["test_killed"].0, "failed");
}

#[tokio::test]
async fn what_does_not_end_or_cannot_tell_costs_its_own_test() {
    let Some(python) = python() else { return };
    let bed = suite(concat!(
        "def test_hangs(later): later('never')\n",
        "def test_b(): pass\n",
        "def test_dies(later): later('dies')\n",
        "def test_c(): pass\n",
        "def test_leaks(later):\n    import subprocess; subprocess.Popen(['sleep', '1003']); later('go')\n    ",
        "(HERE / 'go').write_text('')\n",
    ));
    let settings = RunSettings {
        timeout: Duration::from_secs(8),
        ..bed.settings()
    };
    let ended = run(&lookup(&bed, &python), settings).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(
        verdicts.is("test_hangs"),
        ("timeout", "still running after 8 s, in fixture `slow`")
    );
    assert!(seq(&ended, ends("test_c")) < seq(&ended, ends("test_hangs")));
    assert_eq!(
        verdicts.is("test_dies"),
        ("error", "teardown of fixture `slow` failed")
    );
    assert_eq!(verdicts["test_leaks"].0, "failed");
    assert!(
        verdicts["test_leaks"].1.starts_with("leaked `sleep 1003`"),
        "{verdicts:?}"
    );
    for name in ["test_b", "test_c"] {
        assert_eq!(verdicts.is(name), ("passed", ""), "{verdicts:?}");
    }
}

#[tokio::test]
async fn one_that_is_ending_can_be_stopped() {
    let Some(python) = python() else { return };
    let bed = suite(concat!(
        "def test_a(later): later('never')\n",
        "def test_b():\n    while not (HERE / 'go').exists(): time.sleep(0.01)\n",
    ));
    let plan = plan(&lookup(&bed, &python)).await;
    let mut handle = RUNNER.start(plan, bed.settings()).unwrap();
    let is_next = begins("test_b");
    while !is_next(&handle.events.recv().await.expect("it begins").kind) {}
    handle.cancel_test("t::test_it.py::test_a", "asked to");
    let is_over = ends("test_a");
    while !is_over(&handle.events.recv().await.expect("it ends").kind) {}
    fs::write(bed.path("t/go"), "").unwrap();
    let ended = end(handle).await;
    let tests = ended.record.tests().unwrap();
    let status = |name: &str| tests.iter().find(|test| test.id.ends_with(name)).unwrap().status;
    assert_eq!(status("test_a"), None);
    assert_eq!(status("test_b"), Some(Status::Passed));
}

#[tokio::test]
async fn where_nothing_may_begin_after_a_failure_the_end_is_waited_for() {
    let Some(python) = python() else { return };
    let bed = suite("def test_a(pytestconfig): print(pytestconfig.gkfs_bench_later)\n");
    for (max_fail, said) in [(NonZeroUsize::new(1), "None\n"), (None, "[]\n")] {
        let settings = RunSettings {
            max_fail,
            ..bed.settings()
        };
        let ended = run(&lookup(&bed, &python), settings).await;
        assert_eq!(read(&ended, "test_a", "stdout.log"), said);
    }
}
