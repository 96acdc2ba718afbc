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

/// Operations of tests in Rust, each a process whose answer is read from its output, where debuggers write as well.
#[test]
fn a_test_of_the_showcase_passes_under_what_is_around_its_daemon_and_clients() {
    let mut all = vec!["env"];
    all.extend(["strace", "gdb"].into_iter().filter(|tool| has(tool)));
    for tool in all {
        let words = match tool {
            "strace" => "strace -f -o trace",
            "gdb" => "gdb -nx -batch -ex 'handle SIGTERM SIGSYS nostop noprint pass' -ex run --args",
            other => other,
        };
        for around in ["--wrap-daemon", "--wrap-client"] {
            let (exit, result) = super::samples::run(&["sample-tests", "showcase::passes", around, words]);
            let test = &result["tests"][0];
            let is_fine =
                exit == Some(0) && ["passed", "skipped"].map(Some).contains(&test["status"].as_str());
            assert!(is_fine, "{around} {words}: {test:#}");
        }
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
fn gdb_runs_a_script_that_is_a_client() {
    if !has("gdb") {
        return;
    }
    let bed = suite("wrap-client = \"gdb -nx -batch -return-child-result -ex run --args\"");
    passes(&bed, &[]);
    let shown = bed.run(&["show", "writes"]).out;
    assert!(shown.contains("exited normally]"), "{shown}");
}

#[test]
fn valgrind_runs_a_daemon() {
    if !has("valgrind") {
        return;
    }
    let bed = suite("wrap-daemon = \"valgrind --tool=none\"\nwrap-deadlines = 20");
    passes(&bed, &[]);
}

#[test]
fn valgrind_around_clients_that_cannot_be_under_it_is_refused_before_anything_runs() {
    if !has("valgrind") {
        return;
    }
    for (bed, words) in [
        (
            suite(""),
            &["--stack", "embedded", "--wrap-client", "valgrind -q"][..],
        ),
        (suite("wrap-client = \"valgrind\""), &[]),
    ] {
        let outcome = bed.process(&[&["run"], words].concat());
        assert_eq!((outcome.exit, outcome.out.as_str()), (Exit::Usage, ""));
        for part in [
            "valgrind cannot be around clients of",
            "--wrap-daemon",
            "preload-before",
        ] {
            assert!(outcome.err.contains(part), "{}", outcome.err);
        }
    }
}

/// Whether a tool does anything on this machine: some need counters that a virtual one does not have.
fn works(tool: &str, words: &[&str]) -> bool {
    let dir = tempfile::tempdir().expect("a directory");
    let tried = std::process::Command::new(tool)
        .args(words)
        .current_dir(dir.path())
        .output();
    let problem = match tried {
        Ok(done) if done.status.success() => return true,
        Ok(done) => String::from_utf8_lossy(&done.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!(
        "skipped: {tool} {words:?}: {}",
        problem.lines().next().unwrap_or("failed")
    );
    false
}

#[test]
fn perf_records_daemon_and_clients() {
    if !works("perf", &["record", "-o", "perf.data", "true"]) {
        return;
    }
    let bed = suite(
        "wrap-daemon = \"perf record -q -o daemon.data\"\nwrap-client = \"perf record -q -o client.data\"",
    );
    passes(&bed, &[]);
    let workspace = "runs/last/tests/s/writes/attempt-1/workspace";
    for data in ["daemon.data", "client.data"] {
        let file = bed.cwd().join(".gkfs-bench").join(workspace).join(data);
        assert!(file.is_file(), "{data}");
    }
}

#[test]
fn rr_records_a_daemon() {
    if !works("rr", &["record", "-o", "trace", "true"]) {
        return;
    }
    let bed = suite("wrap-daemon = \"rr record -o trace\"");
    passes(&bed, &[]);
    let trace = "runs/last/tests/s/writes/attempt-1/workspace/trace";
    assert!(bed.cwd().join(".gkfs-bench").join(trace).is_dir());
}

/// Writes a file, then reads what it has freed.
const BAD: &str = "#include <fcntl.h>\n#include <stdlib.h>\n#include <unistd.h>\n\
    int main(int n, char **v) {\n    int fd = open(v[1], O_CREAT | O_WRONLY, 0644);\n    \
    if (write(fd, \"hello\", 5) != 5) return 2;\n    close(fd);\n    \
    volatile char *p = malloc(8);\n    free((void *)p);\n    return p[n];\n}\n";

/// A client that a sanitizer is built into, and its library; nothing where that cannot be made here.
fn sanitized(bed: &Bed) -> Option<String> {
    bed.write("bad.c", BAD);
    let cc = |words: &[&str]| {
        std::process::Command::new("cc")
            .current_dir(bed.cwd())
            .args(words)
            .output()
    };
    let made = cc(&["-g", "-fsanitize=address", "-o", "bad", "bad.c"]);
    let library = cc(&["-print-file-name=libasan.so"])
        .map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned());
    match (made, library) {
        (Ok(made), Ok(library)) if made.status.success() && library.starts_with('/') => Some(library),
        _ => {
            eprintln!("skipped: no cc with -fsanitize=address on this machine");
            None
        }
    }
}

#[test]
fn a_client_with_a_sanitizer_in_it_runs_when_the_sanitizers_library_comes_first() {
    let place = Bed::new();
    let Some(library) = sanitized(&place) else { return };
    let bed = suite(&format!(
        "preload-before = [\"{library}\"]\nenv = {{ ASAN_OPTIONS = \"detect_leaks=0\" }}"
    ));
    let program = place.cwd().join("bad");
    bed.script("s/writes.sh", &format!("exec {} \"$MNT/f\"", program.display()));
    let outcome = bed.process(&["run"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}{}", outcome.out, outcome.err);
    let (_, first) = outcome.out.rsplit_once("✗ failed s::writes").expect("its story");
    let told = "report AddressSanitizer in `writes.sh`: heap-use-after-free on address";
    assert!(
        first.lines().nth(1).is_some_and(|line| line.contains(told)),
        "{}",
        outcome.out
    );
    assert!(first.contains("bad.c:10"), "{}", outcome.out);
}
