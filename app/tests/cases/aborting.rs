//! A daemon that aborts when it is told to end, as a real one does whose database was built with assertions: after any
//! readdir, and at no other time. The tests that called it are errors with its words, and no others.

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;
use crate::python::{activate, python};

/// What such a daemon says.
const ASSERTION: &str = "./db/column_family.cc:1559: Assertion `last_ref' failed.";

/// The embedded stack with a daemon around its own that ends so.
fn suite() -> Bed {
    let bed = Bed::new();
    let installed = bed.process(&["stack", "install", "stack"]);
    assert_eq!(installed.exit, Exit::Passed, "{}", installed.err);
    bed.script(
        "bin/gkfs_daemon",
        &format!(
            "'{real}' \"$@\" &\n\
             end() {{\n  kill $!; wait $!\n  grep -q get_dirents \"$GKFS_DAEMON_LOG_PATH\" || exit 0\n  \
             cat >&2 <<'END'\n\
             gkfs_daemon: {ASSERTION}\n\
             gkfs_daemon:7 terminated with signal 6 at PC=7f SP=7f.  Backtrace:\n\
             /opt/gkfs_daemon(+0x3d61d7)[0x5566f01931d7]\n\
             END\n  exit 1\n}}\n\
             trap end TERM\nwait $!",
            real = bed.cwd().join("stack/gkfs_daemon").display(),
        ),
    );
    bed
}

/// Status and reason of each test, by the end of its id.
fn verdicts(bed: &Bed, words: &[&str]) -> Vec<(String, String, String)> {
    let stack = ["--bin-dir", "bin", "--bin-dir", "stack", "--lib-dir", "stack"];
    let run = bed.process(&[&["run", "t", "--format", "json"], &stack[..], words].concat());
    assert_eq!(run.exit, Exit::Failed, "{}", run.err);
    let result: Value = serde_json::from_str(&run.out).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tests = result["tests"].as_array().expect("tests").iter();
    let verdict = |test: &Value| (text(&test["id"]), text(&test["status"]), text(&test["reason"]));
    tests.map(verdict).collect()
}

#[test]
fn in_python_it_is_an_error_of_each_test_that_listed_a_directory_and_of_no_other() {
    let Some(python) = python() else { return };
    let mut bed = suite();
    activate(&mut bed, &python);
    bed.write(
        "t/test_it.py",
        "def test_lists(gkfs_daemon, gkfs_client):\n    \
         assert gkfs_client.readdir(gkfs_daemon.mountdir).dirents == []\n\
         def test_makes(gkfs_daemon, gkfs_client):\n    \
         assert gkfs_client.mkdir(gkfs_daemon.mountdir / 'top', 0o777).retval == 0\n\
         def test_lists_again(gkfs_daemon, gkfs_shell):\n    \
         assert gkfs_shell.ls(gkfs_daemon.mountdir).exit_code == 0\n",
    );
    for ops in ["session", "process"] {
        let verdicts = verdicts(&bed, &["--harness", "ours", "--ops", ops]);
        let ended: Vec<&str> = verdicts.iter().map(|(_, status, _)| status.as_str()).collect();
        assert_eq!(ended, ["error", "passed", "error"], "{ops}: {verdicts:#?}");
        for at in [0, 2] {
            assert!(verdicts[at].2.contains(ASSERTION), "{ops}: {}", verdicts[at].2);
        }
    }
}

#[test]
fn so_it_is_of_a_script() {
    let bed = suite();
    bed.script("t/lists.sh", "ls \"$MNT\"");
    bed.script("t/makes.sh", "mkdir \"$MNT/top\"");
    let verdicts = verdicts(&bed, &[]);
    let ended: Vec<(&str, &str)> = verdicts
        .iter()
        .map(|(id, status, _)| (id.as_str(), status.as_str()))
        .collect();
    assert_eq!(
        ended,
        [("t::lists", "error"), ("t::makes", "passed")],
        "{verdicts:#?}"
    );
    assert!(verdicts[0].2.contains(ASSERTION), "{}", verdicts[0].2);
}
