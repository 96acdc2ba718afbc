//! Every status, with its reason, outputs and files.

use super::{lookup, read};
use crate::bed::{Bed, is_alive};
use crate::found::{Verdicts, pids, run, write};
use crate::python::python;

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
    let ended = run(&lookup(&bed, &python), bed.settings()).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts.is("test_passes"), ("passed", ""));
    let (status, reason) = verdicts.is("test_fails");
    assert!(
        status == "failed" && reason.starts_with("AssertionError: assert -1 == 0")
            || reason.starts_with("assert -1 == 0"),
        "{reason}"
    );
    assert_eq!(
        verdicts.is("test_set_up"),
        ("error", "setup of fixture `port` failed: ValueError: no port")
    );
    assert_eq!(
        verdicts.is("test_tear_down"),
        ("error", "teardown of fixture `late` failed: ValueError: no end")
    );
    assert_eq!(verdicts.is("test_skips"), ("skipped", "no such thing"));
    assert_eq!(verdicts.is("test_known"), ("skipped", "xfail: known"));
    assert_eq!(verdicts.is("test_mended").0, "failed");
    assert!(verdicts.is("test_mended").1.contains("mended"));
    assert_eq!(verdicts.is("test_imitates").0, "failed");
    assert_eq!(read(&ended, "test_passes", "stdout.log"), "said\n");
    assert_eq!(read(&ended, "test_passes", "stderr.log"), "wrong\n");
    assert_eq!(read(&ended, "test_passes", "workspace/a"), "b");
    assert!(read(&ended, "test_fails", "stderr.log").contains("have[\"retval\"] == 0"));
    assert!(crate::cases::golden::validate(&ended.record.dir).1 > 12);
    let pids = pids(&ended);
    assert_eq!(pids.len(), 8);
    assert!(pids.iter().all(|pid| *pid == pids[0]), "one process: {pids:?}");
    assert!(!is_alive(pids[0]));
}
