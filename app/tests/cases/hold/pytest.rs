//! A test of pytest that fails is held like others, whatever its fixtures.

use gkfs_bench::Exit;

use super::held_with;
use crate::bed::Bed;
use crate::python::{activate, python};
use crate::terminal::nothing_is_left;

/// A group of pytest whose first test leaves a file in the file system and fails.
pub(super) fn pytest_suite(python: &std::path::Path, harness: &str) -> Bed {
    pytest_suite_with(python, &format!("harness = \"{harness}\""))
}

fn pytest_suite_with(python: &std::path::Path, keys: &str) -> Bed {
    let mut bed = Bed::new();
    activate(&mut bed, python);
    bed.write(
        "gkfs-bench.toml",
        &format!("version = 1\n[[group]]\nname = \"p\"\nsource = \"pytest\"\npath = \"p\"\n{keys}\n"),
    );
    bed
}

/// Lets a held test of pytest be looked at, and go on; the test after it passes.
fn is_looked_at_and_goes_on(bed: &Bed, words: &[&str]) {
    let mut run = held_with(bed, words);
    let seen = bed.process(&["shell", "test_fails", "-c", "with-client cat \"$MNT/f\""]);
    assert_eq!(
        (seen.exit, seen.out.as_str()),
        (Exit::Passed, "hello\n"),
        "{}",
        seen.err
    );
    let outcome = bed.process(&["continue"]);
    assert!(
        outcome.out.ends_with(" goes on\n"),
        "{}{}",
        outcome.out,
        outcome.err
    );
    assert_eq!(run.wait().expect("a child").code(), Some(Exit::Failed as i32));
    nothing_is_left(bed);
    let shown = bed.run(&["show", "test_fails"]).out;
    for part in ["✗ failed p::", "assert 1 == 2", "hold"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let events =
        std::fs::read_to_string(bed.cwd().join(".gkfs-bench/runs/last/events.jsonl")).expect("events");
    assert_eq!(events.matches("\"attempt_released\"").count(), 1, "{events}");
    assert!(bed.run(&["show", "test_after"]).out.contains("✓ passed"));
}

#[test]
fn a_test_with_our_fixtures_is_held_before_they_end() {
    let Some(python) = python() else { return };
    let bed = pytest_suite(&python, "ours");
    bed.write(
        "p/test_it.py",
        "def test_fails(gkfs_daemon, gkfs_shell):\n    gkfs_shell.script(f'echo hello > {gkfs_daemon.mountdir}/f')\n    \
         assert 1 == 2\ndef test_after(gkfs_daemon): pass\n",
    );
    is_looked_at_and_goes_on(&bed, &["--stack", "embedded"]);
}

/// Each test of such a group is a process of its own, in a view.
#[test]
fn so_is_one_that_runs_in_a_view() {
    let Some(python) = python() else { return };
    let bed = pytest_suite_with(&python, "harness = \"ours\"\nisolate = \"overlay\"");
    let probe = bed.command(&["overlay", "--", "true"]).output();
    let probe = probe.expect("the command starts");
    if !probe.status.success() {
        return println!("SKIP hold: {}", String::from_utf8_lossy(&probe.stderr));
    }
    bed.write(
        "p/test_it.py",
        "def test_fails(gkfs_daemon, gkfs_shell):\n    gkfs_shell.script(f'echo hello > {gkfs_daemon.mountdir}/f')\n    \
         assert 1 == 2\ndef test_after(gkfs_daemon): pass\n",
    );
    is_looked_at_and_goes_on(&bed, &["--stack", "embedded"]);
}

/// As GekkoFS's own harness starts and stops a daemon.
const HARNESS: &str = "
import os, subprocess, time
def _proxy_exec(): pass
class Daemon:
    def __init__(self, bin_dir, twd): self.bin_dir, self.twd = bin_dir, twd
    def run(self):
        dirs = [self.twd / name for name in ('mnt', 'root', 'logs')]
        for made in dirs: made.mkdir()
        self.hosts = self.twd / 'gkfs_hosts.txt'
        argv = [os.path.join(self.bin_dir, 'gkfs_daemon'), '--mountdir', dirs[0], '--rootdir', dirs[1], '-l', 'lo:0',
                '-H', self.hosts]
        self._proc = subprocess.Popen([str(word) for word in argv])
        while not (self.hosts.exists() and self.hosts.read_text()): time.sleep(0.01)
        return self
    def shutdown(self):
        self._proc.terminate()
        assert self._proc.wait() == 0
";

#[test]
fn so_is_one_with_the_harness_that_its_suite_brings() {
    let Some(python) = python() else { return };
    let bed = pytest_suite(&python, "own");
    let stack = bed.process(&["stack", "install", "stack"]);
    assert_eq!(stack.exit, Exit::Passed, "{}", stack.err);
    bed.write("p/harness/__init__.py", "");
    bed.write("p/harness/gkfs.py", HARNESS);
    bed.write(
        "p/conftest.py",
        "import pytest\nfrom harness.gkfs import Daemon\n\
         def pytest_addoption(parser): parser.addoption('--bin-dir', action='append', default=[])\n\
         @pytest.fixture\ndef daemon(tmp_path, pytestconfig):\n    \
         daemon = Daemon(pytestconfig.getoption('--bin-dir')[0], tmp_path).run()\n    yield daemon\n    daemon.shutdown()\n",
    );
    bed.write(
        "p/test_it.py",
        "import os, subprocess\ndef test_fails(daemon, pytestconfig):\n    \
         environ = dict(os.environ, LIBGKFS_HOSTS_FILE=str(daemon.hosts))\n    \
         environ['LD_PRELOAD'] = daemon.bin_dir + '/libgkfs_intercept.so'\n    \
         subprocess.run(['sh', '-c', f'echo hello > {daemon.twd}/mnt/f'], env=environ, check=True)\n    \
         assert 1 == 2\ndef test_after(daemon): pass\n",
    );
    is_looked_at_and_goes_on(&bed, &["--bin-dir", "stack", "--lib-dir", "stack"]);
}
