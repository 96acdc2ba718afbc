//! What fails under `--hold` stays as it is, for a shell, a debugger and `continue`; and nothing of it outlives the run.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gkfs_bench::Exit;
use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;
use crate::python::{activate, python};
use crate::terminal::{DEADLINE, Session, nothing_is_left};

/// A suite whose test leaves a file in the file system and fails.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.script("s/fails.sh", "echo hello > \"$MNT/f\"; echo wrong >&2; exit 3");
    bed
}

/// Starts a run, and waits until its test is held.
fn held(bed: &Bed) -> Child {
    held_with(bed, &["--stack", "embedded"])
}

fn held_with(bed: &Bed, words: &[&str]) -> Child {
    let mut command = bed.command(&[&["run", "--hold"], words].concat());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let run = command.spawn().expect("the command starts");
    let began = Instant::now();
    let is_held = || {
        let events = bed.cwd().join(".gkfs-bench/runs/last/events.jsonl");
        std::fs::read_to_string(events).is_ok_and(|text| text.contains("\"attempt_held\""))
    };
    while !is_held() {
        assert!(began.elapsed() < DEADLINE, "no test is held");
        std::thread::sleep(Duration::from_millis(20));
    }
    run
}

#[test]
fn a_shell_sees_the_file_system_of_a_held_test_which_then_goes_on() {
    let bed = suite();
    let mut run = held(&bed);
    let look =
        "with-client cat \"$MNT/f\"; with-client sh -c 'echo more > \"$MNT/g\"'; echo ${LD_PRELOAD-none}";
    let seen = bed.process(&["shell", "fails", "-c", look]);
    assert_eq!(
        (seen.exit, seen.out.as_str()),
        (Exit::Passed, "hello\nnone\n"),
        "{}",
        seen.err
    );
    // It was the test's own: what was written there stays.
    let again = bed.process(&["shell", "fails", "-c", "with-client cat \"$MNT/g\""]);
    assert_eq!(again.out, "more\n", "{}", again.err);
    // Who looks leaves no traces in what the test's own clients wrote.
    let logs = bed
        .cwd()
        .join(".gkfs-bench/runs/last/tests/s/fails/attempt-1/workspace/logs");
    let read = |name: &str| std::fs::read_to_string(logs.join(name)).expect("a log");
    assert!(!read("gkfs_client.log").contains("'cat ") && read("gkfs_client-shell.log").contains("'cat "));
    let other = bed.process(&["continue", "passes"]);
    assert_eq!(other.exit, Exit::Usage);
    assert!(
        other.err.contains("`passes` is not held, but s::fails"),
        "{}",
        other.err
    );
    let outcome = bed.process(&["continue"]);
    assert_eq!(
        (outcome.exit, outcome.out.as_str()),
        (Exit::Passed, "s::fails goes on\n")
    );
    assert_eq!(run.wait().expect("a child").code(), Some(Exit::Failed as i32));
    let outcome = bed.process(&["continue"]);
    assert!(outcome.err.contains("no test is held here"), "{}", outcome.err);
    nothing_is_left(&bed);
    let shown = bed.run(&["show", "fails"]);
    assert!(
        shown.out.contains("hold") && shown.out.contains("exit status: 3"),
        "{}",
        shown.out
    );
}

/// A group of pytest whose first test leaves a file in the file system and fails.
fn pytest_suite(python: &std::path::Path, harness: &str) -> Bed {
    let mut bed = Bed::new();
    activate(&mut bed, python);
    bed.write(
        "gkfs-bench.toml",
        &format!(
            "version = 1\n[[group]]\nname = \"p\"\nsource = \"pytest\"\npath = \"p\"\nharness = \"{harness}\"\n"
        ),
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

#[test]
fn ending_the_run_ends_what_is_held() {
    for signal in [Signal::INT, Signal::KILL] {
        let bed = suite();
        let mut run = held(&bed);
        kill_process(Pid::from_child(&run), signal).expect("it runs");
        run.wait().expect("a child");
        nothing_is_left(&bed);
    }
}

#[test]
fn at_a_terminal_letters_open_a_shell_and_let_it_go_on() {
    let bed = suite();
    let mut session = Session::open(&bed, &["run", "--hold", "--stack", "embedded"]);
    session.wait("hold", |text| {
        text.contains("HELD s::fails") && text.contains("gkfs-bench continue s::fails")
    });
    session.press("what\r");
    session.wait("help", |text| text.contains("type s, g or c"));
    session.press("s\r");
    session.wait("greeting", |text| text.contains("its daemon lives"));
    session.press("with-client cat $MNT/f | tr a-z A-Z\r");
    session.wait("file", |text| text.contains("HELLO"));
    session.press("exit\r");
    session.wait("offer again", |text| text.matches("HELD s::fails").count() == 2);
    session.press("c\r");
    session.wait_for_the_end_of_its_words("1 failed");
    assert_eq!(session.end(), 1);
    nothing_is_left(&bed);
}

#[test]
fn on_the_screen_one_of_pytest_is_held_like_others() {
    let Some(python) = python() else { return };
    let bed = pytest_suite(&python, "ours");
    bed.write(
        "p/test_it.py",
        "def test_fails(gkfs_daemon): assert 1 == 2\ndef test_after(): pass\n",
    );
    let mut session = Session::open(&bed, &["--stack", "embedded"]);
    session.wait("tests", |text| text.contains("test_fails"));
    session.press("/fails\r");
    session.press("H");
    session.wait("hold", |text| text.contains("■ ") && text.contains("HELD"));
    session.press("!");
    session.wait("shell", |text| text.contains("its daemon lives"));
    session.press("exit\r");
    session.wait("screen", |text| text.contains("HELD"));
    session.press("C");
    session.wait("end", |text| text.contains("✗ ") && !text.contains("HELD"));
    session.press("q");
    session.end();
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn at_a_terminal_a_letter_attaches_a_debugger_to_its_daemon() {
    // Tried on a process of our own: not everybody may look into others everywhere.
    let mut sleeper = Command::new("sleep").arg("1000").spawn().expect("a process");
    let attach = ["-nx", "-batch", "-p", &sleeper.id().to_string()];
    let tried = Command::new("gdb").args(attach).output();
    sleeper.kill().and_then(|()| sleeper.wait()).expect("it ran");
    let may = tried.is_ok_and(|done| !String::from_utf8_lossy(&done.stderr).contains("ptrace"));
    if !may {
        println!("SKIP: there is no gdb here, or it may not attach to a process");
        return;
    }
    let bed = suite();
    let mut session = Session::open(&bed, &["run", "--hold", "--stack", "embedded"]);
    session.wait("hold", |text| text.contains("g  gdb"));
    session.press("g\r");
    session.wait("prompt", |text| {
        text.contains("gdb on daemon 0") && text.contains("(gdb)")
    });
    session.press("info proc cmdline\r");
    session.wait("its command line", |text| text.contains("--rootdir"));
    session.press("detach\r");
    session.press("quit\r");
    // The first offer may have gone up and away by then.
    let is_last = |text: &str| {
        let last = text.trim_end().lines().last();
        last.is_some_and(|line| line.contains("gkfs-bench continue"))
    };
    session.wait("offer again", is_last);
    session.press("c\r");
    session.wait_for_the_end_of_its_words("1 failed");
    assert_eq!(session.end(), 1);
    nothing_is_left(&bed);
}

#[test]
fn on_the_screen_a_test_is_held_looked_at_and_let_go_on() {
    let bed = suite();
    let mut session = Session::open(&bed, &["--stack", "embedded"]);
    session.wait("tests", |text| text.contains("fails"));
    session.press("/fails\r");
    session.press("C");
    session.wait("refusal", |text| text.contains("nothing of this is held"));
    session.press("H");
    session.wait("hold", |text| text.contains("■ fails") && text.contains("HELD"));
    session.press("!");
    session.wait("shell", |text| text.contains("its daemon lives"));
    session.press("with-client cat $MNT/f | tr a-z A-Z\r");
    session.wait("file", |text| text.contains("HELLO"));
    session.press("exit\r");
    session.wait("screen", |text| text.contains("■ fails"));
    session.press("C");
    session.wait("end", |text| text.contains("✗ fails"));
    // Quitting ends what is held.
    session.press("H");
    session.wait("hold", |text| text.contains("■ fails"));
    session.press("qy");
    session.end();
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}
