//! Daemons and clients under debuggers, tracers and scripts of one's own.

use gkfs_bench::Exit;

use crate::bed::{Bed, Outcome};
use crate::terminal::nothing_is_left;

/// A suite on an installed stack, with further keys for it.
fn suite(keys: &str) -> Bed {
    let bed = Bed::new();
    let installed = bed.process(&["stack", "install", "own"]);
    assert_eq!(installed.exit, Exit::Passed, "{}", installed.err);
    bed.write(
        "gkfs-bench.toml",
        &format!(
            "version = 1\ndefaults = {{ stack = \"own\" }}\n[stack.own]\nbin-dirs = [\"own\"]\nlib-dirs = [\"own\"]\n\
             {keys}\n[[group]]\nname = \"s\"\nsource = \"script\"\npath = \"s\"\n"
        ),
    );
    bed.script(
        "s/writes.sh",
        "echo hello > \"$MNT/f\" && test \"$(cat \"$MNT/f\")\" = hello; echo \"preload $LD_PRELOAD\"",
    );
    // Puts down what it runs, and stays its parent.
    bed.script("wrap.sh", "echo \"$@\" >> \"$(dirname \"$0\")/wrapped\"\n\"$@\"");
    bed
}

fn passes(bed: &Bed, words: &[&str]) -> Outcome {
    let outcome = bed.process(&[&["run"], words].concat());
    let log = bed.run(&["show", "writes"]);
    assert_eq!(
        outcome.exit,
        Exit::Passed,
        "{}\n{}\n{}",
        outcome.out,
        outcome.err,
        log.out
    );
    nothing_is_left(bed);
    outcome
}

fn has(tool: &str) -> bool {
    let found = std::process::Command::new(tool).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: no {tool} on this machine");
    }
    found
}

#[test]
fn a_script_around_daemon_and_clients_is_no_part_of_either() {
    let bed = suite("wrap-daemon = \"./wrap.sh\"\nwrap-client = [\"./wrap.sh\"]");
    passes(&bed, &[]);
    let wrapped = std::fs::read_to_string(bed.cwd().join("wrapped")).expect("what was wrapped");
    let lines: Vec<&str> = wrapped.lines().collect();
    assert!(lines[0].contains("own/gkfs_daemon --mountdir "), "{wrapped}");
    assert!(lines[1].ends_with("s/writes.sh"), "{wrapped}");
}

#[test]
fn the_command_line_wraps_what_has_no_table() {
    let bed = suite("");
    passes(&bed, &["--stack", "embedded", "--wrap-daemon", "./wrap.sh"]);
    let wrapped = std::fs::read_to_string(bed.cwd().join("wrapped")).expect("what was wrapped");
    assert_eq!(wrapped.lines().count(), 1, "{wrapped}");
    let plain = bed.process(&["run", "--stack", "plain", "--wrap-daemon", "./wrap.sh"]);
    assert_eq!(plain.exit, Exit::Usage);
    assert!(
        plain.err.contains("a bare directory has no daemon"),
        "{}",
        plain.err
    );
}

#[test]
fn what_is_not_there_is_said_once_and_before_anything_runs() {
    for (keys, words) in [
        (
            "wrap-daemon = \"no-such-wrapper -x\"",
            "wrap-daemon of the stack `own`: no program `no-such-wrapper` on PATH",
        ),
        (
            "wrap-client = \"./gone.sh\"",
            "wrap-client of the stack `own`: there is no [BED]/work/./gone.sh",
        ),
        (
            "preload-before = [\"libno-such.so\"]",
            "preload-before of the stack `own`: no library libno-such.so",
        ),
        ("wrap-deamon = \"gdb\"", "did you mean `wrap-daemon`?"),
        ("wrap-deadlines = 0", "by how much deadlines are multiplied"),
    ] {
        let outcome = suite(keys).process(&["run"]);
        assert_eq!((outcome.exit, outcome.out.as_str()), (Exit::Usage, ""), "{keys}");
        assert!(outcome.err.contains(words), "{}", outcome.err);
        assert_eq!(outcome.err.matches("error:").count(), 1, "{}", outcome.err);
    }
}

#[test]
fn a_library_that_has_to_be_first_is() {
    let bed = suite("preload-before = [\"libm.so.6\"]");
    passes(&bed, &[]);
    let logs = bed.run(&["show", "writes"]);
    assert!(logs.out.contains("preload libm.so.6:"), "{}", logs.out);
}

#[test]
fn strace_sees_daemon_and_clients() {
    if !has("strace") {
        return;
    }
    let bed =
        suite("wrap-daemon = \"strace -f -o daemon.trace\"\nwrap-client = \"strace -f -o client.trace\"");
    passes(&bed, &[]);
    let workspace = bed
        .cwd()
        .join(".gkfs-bench/runs/last/tests/s/writes/attempt-1/workspace");
    for (file, call) in [("daemon.trace", "listen("), ("client.trace", "execve(")] {
        let trace = std::fs::read_to_string(workspace.join(file)).expect("a trace");
        assert!(trace.contains(call), "{file}");
    }
}

#[test]
fn gdb_runs_a_daemon_that_is_asked_to_end_itself() {
    if !has("gdb") {
        return;
    }
    let pass = "-ex 'handle SIGTERM nostop noprint pass' -ex 'handle SIGSYS nostop noprint pass'";
    let bed = suite(&format!("wrap-daemon = \"gdb -nx -batch {pass} -ex run --args\""));
    passes(&bed, &[]);
}

#[test]
fn valgrind_runs_a_daemon() {
    if !has("valgrind") {
        return;
    }
    let bed = suite("wrap-daemon = \"valgrind --tool=none\"\nwrap-deadlines = 20");
    passes(&bed, &[]);
}
