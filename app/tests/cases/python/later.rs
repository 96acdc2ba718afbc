//! Under our runner a daemon ends while its worker runs the next test, and what comes of that is its own test's.

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;
use crate::python::{activate, python};

/// The embedded stack with a daemon around its own that ends as `end` says, and a suite in `t`.
fn suite(end: &str, tests: &str) -> Option<Bed> {
    let python = python()?;
    let mut bed = Bed::new();
    activate(&mut bed, &python);
    let installed = bed.process(&["stack", "install", "stack"]);
    assert_eq!(installed.exit, Exit::Passed, "{}", installed.err);
    let (real, here) = (bed.cwd().join("stack/gkfs_daemon"), bed.cwd().to_owned());
    bed.script(
        "bin/gkfs_daemon",
        &format!(
            "'{real}' \"$@\" &\nHERE='{here}'\nend() {{\n  kill $!; wait $!\n{end}\n}}\ntrap end TERM\nwait $!",
            real = real.display(),
            here = here.display(),
        ),
    );
    bed.write(
        "t/test_it.py",
        &format!("import os, pathlib, signal\nHERE = pathlib.Path(__file__).parent.parent\n{tests}"),
    );
    Some(bed)
}

/// A run with one worker: the status and the reason of each test, in the order of the file.
fn run(bed: &Bed, words: &[&str]) -> Vec<(String, String)> {
    let stack = ["--bin-dir", "bin", "--bin-dir", "stack", "--lib-dir", "stack"];
    let all = ["run", "t", "--harness", "ours", "-j", "1", "--format", "json"];
    let run = bed.process(&[&all, &stack[..], words].concat());
    let result: Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}", run.err));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tests = result["tests"].as_array().expect("tests").iter();
    tests
        .map(|test| (text(&test["status"]), text(&test["reason"])))
        .collect()
}

#[test]
fn the_next_test_runs_meanwhile_and_the_status_is_charged_to_the_former() {
    // It ends when the next test is in its body, and badly where that one says so.
    let end = "  n=0\n  until [ -e \"$HERE/go\" ]; do n=$((n + 1)); [ $n -lt 3000 ] || exit 3; sleep 0.01; done\n  \
               exit $(cat \"$HERE/go\")";
    let tests = "def go(status):\n    (HERE / 'new').write_text(status); (HERE / 'new').rename(HERE / 'go')\n\
                 def test_first(gkfs_daemon, gkfs_client):\n    \
                 assert gkfs_client.mkdir(gkfs_daemon.mountdir / 'top', 0o777).retval == 0\n\
                 def test_second(gkfs_daemon, gkfs_client):\n    \
                 assert gkfs_client.stat(gkfs_daemon.mountdir / 'top').retval == -1\n    go('7')\n\
                 def test_third(gkfs_client):\n    go('0')\n\
                 def test_fourth():\n    pass\n";
    let Some(bed) = suite(end, tests) else { return };
    let ended = run(&bed, &["-k", "not third"]);
    let statuses: Vec<&str> = ended.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(statuses, ["error", "error", "passed"], "{ended:?}");
    for (_, why) in &ended[..2] {
        assert!(
            why.contains("teardown of fixture `test_workspace` failed"),
            "{why}"
        );
        assert!(why.contains("exit status 7"), "{why}");
    }
    std::fs::remove_file(bed.cwd().join("go")).expect("it was there");
    let ended = run(&bed, &["-k", "first or third"]);
    let passed = ("passed".to_owned(), String::new());
    assert_eq!(ended, [passed.clone(), passed]);
}

/// As GekkoFS's own conftest makes its fixtures: it leaves the end to whoever made the classes.
#[test]
fn so_it_is_with_fixtures_of_ones_own() {
    let end = "  n=0\n  until [ -e \"$HERE/go\" ]; do n=$((n + 1)); [ $n -lt 3000 ] || exit 3; sleep 0.01; done\n  exit 0";
    let tests = "def test_first(own_daemon): assert own_daemon.is_running\n\
                 def test_second(own_daemon): (HERE / 'go').write_text('')\n\
                 def test_third(own_daemon): pass\n";
    let Some(bed) = suite(end, tests) else { return };
    bed.write(
        "t/conftest.py",
        "import pytest\nfrom harness.gkfs import Daemon\nfrom harness.workspace import Workspace\n\
         @pytest.fixture\ndef test_workspace(tmp_path, pytestconfig):\n    \
         return Workspace(tmp_path, pytestconfig.getoption('--bin-dir'), pytestconfig.getoption('--lib-dir'))\n\
         @pytest.fixture\ndef own_daemon(test_workspace):\n    return Daemon('lo', 'rocksdb', test_workspace).run()\n",
    );
    let passed = ("passed".to_owned(), String::new());
    assert_eq!(run(&bed, &[]), [passed.clone(), passed.clone(), passed]);
}

#[test]
fn a_worker_that_is_killed_costs_its_own_test_and_not_the_one_before() {
    let end = "  while [ -e \"/proc/$(cat \"$HERE/worker\")/exe\" ]; do sleep 0.01; done\n  exit 0";
    let tests = "def test_first(gkfs_daemon):\n    (HERE / 'worker').write_text(str(os.getpid()))\n\
                 def test_killed(gkfs_daemon):\n    os.kill(os.getpid(), signal.SIGKILL)\n\
                 def test_third():\n    pass\n";
    let Some(bed) = suite(end, tests) else { return };
    let ended = run(&bed, &[]);
    let statuses: Vec<&str> = ended.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(statuses, ["passed", "failed", "passed"], "{ended:?}");
    assert!(ended[1].1.starts_with("killed by SIGKILL"), "{ended:?}");
}
