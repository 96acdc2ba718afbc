//! What crashed, and what checkers of memory found, stands first in a failure.

use std::process::Command;

use gkfs_bench::Exit;

use crate::bed::Bed;
use crate::terminal::nothing_is_left;

/// The daemon of a script's workspace is the one that was told to keep its data there.
const DAEMON: &str = "pid=$(pgrep -f -- \"--rootdir $ROOT \" | head -1)\n";

fn writes_cores_beside() -> bool {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core).maximum;
    let yes = !pattern.starts_with('|') && limit != Some(0);
    if !yes {
        eprintln!(
            "skipped: cores are not written to files here (core_pattern `{}`)",
            pattern.trim_end()
        );
    }
    yes
}

fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: no {tool} on this machine");
    }
    found
}

/// Whether a stack can be told here at all; else it is said why not.
pub(crate) fn tells_stacks() -> bool {
    writes_cores_beside() && has("gdb")
}

#[test]
fn a_daemon_that_crashed_stands_first_with_its_core_and_its_stack() {
    if !tells_stacks() || !has("pgrep") {
        return;
    }
    let bed = Bed::new();
    bed.script(
        "s/crashes.sh",
        &format!("{DAEMON}kill -ABRT $pid; sleep 0.2; echo wrong >&2; exit 1"),
    );
    let outcome = bed.process(&["run", "--stack", "embedded"]);
    assert_eq!(outcome.exit, Exit::Failed);
    let lines: Vec<&str> = outcome.out.lines().collect();
    let head = lines
        .iter()
        .position(|line| line.contains("✗ failed s::crashes"))
        .expect("a failure");
    assert!(
        lines[head + 1].contains("crash daemon 0 was ended by SIGABRT (6)"),
        "{}",
        outcome.out
    );
    assert!(lines[head + 2].trim_start().starts_with("#0"), "{}", outcome.out);
    for part in [
        "core: ",
        "cores/gkfs_daemon.",
        "all stacks: logs/gkfs_daemon.",
        "died unbidden by SIGABRT (6)",
    ] {
        assert!(outcome.out.contains(part), "{part} in {}", outcome.out);
    }
    let workspace = bed
        .cwd()
        .join(".gkfs-bench/runs/last/tests/s/crashes/attempt-1/workspace");
    let cores: Vec<_> = std::fs::read_dir(workspace.join("cores"))
        .expect("cores")
        .flatten()
        .collect();
    assert_eq!(cores.len(), 1);
    assert!(!workspace.join("core").exists(), "it was copied, not moved");
    nothing_is_left(&bed);
}

#[test]
fn a_client_that_crashed_stands_first_whoever_started_it() {
    if !tells_stacks() {
        return;
    }
    let bed = Bed::new();
    bed.script("s/crashes.sh", "echo before >&2; sh -c 'kill -SEGV $$'");
    let outcome = bed.process(&["run", "--stack", "embedded"]);
    assert_eq!(outcome.exit, Exit::Failed);
    let (_, story) = outcome.out.rsplit_once("✗ failed s::crashes").expect("a failure");
    let lines: Vec<&str> = story.lines().collect();
    let told = "crash `crashes.sh` was ended by SIGSEGV (11)";
    assert!(lines[1].contains(told), "{}", outcome.out);
    assert!(lines[2].trim_start().starts_with("#0"), "{}", outcome.out);
    for part in [
        "stderr: before",
        "core: cores/client.",
        "all stacks: logs/client.",
    ] {
        assert!(story.contains(part), "{part} in {}", outcome.out);
    }
    // The stack stays where there is no room for the core.
    bed.write(
        "gkfs-bench.toml",
        "version = 1\nretention = { cores = \"1kB\" }\n",
    );
    let outcome = bed.process(&["run", "--stack", "embedded"]);
    assert!(outcome.out.contains("#0"), "{}", outcome.out);
    let notice = format!("{}{}", outcome.out, outcome.err);
    assert!(notice.contains("the core of s::crashes ("), "{notice}");
    let shown = bed.run(&["show", "crashes"]).out;
    assert!(
        shown
            .lines()
            .any(|line| line.contains("core: ") && line.ends_with("(not kept)")),
        "{shown}"
    );
    nothing_is_left(&bed);
}

#[test]
fn what_a_sanitizer_says_fails_a_test_that_saw_nothing() {
    let bed = Bed::new();
    // As a daemon built with -fsanitize=address has it, but for the end.
    bed.script(
        "bin/wrap",
        "echo '==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602' >&2\necho 'READ of size 4' >&2\nexec \"$@\"",
    );
    bed.script("s/passes.sh", "exit 0");
    let outcome = bed.process(&["run", "--stack", "embedded", "--wrap-daemon", "bin/wrap"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.out);
    let told = "report AddressSanitizer in daemon 0: heap-use-after-free on address 0x602";
    assert!(
        outcome.out.contains(told) && outcome.out.contains("READ of size 4"),
        "{}",
        outcome.out
    );
    assert!(bed.run(&["show", "passes"]).out.contains(told));
    assert!(bed.run(&["runs"]).out.contains("1 failed"));
}

#[test]
fn what_valgrind_counts_fails_a_test_and_stands_first() {
    if !has("valgrind") || !has("cc") {
        return;
    }
    let bed = Bed::new();
    bed.write(
        "bad.c",
        "#include <stdlib.h>\n#include <unistd.h>\n__attribute__((noinline)) int use(volatile int *p) { free((void *)p); return *p; }\n\
         int main(int n, char **v) { volatile int *p = malloc(4); *p = 1; use(p); execv(v[1], v + 1); return 127; }\n",
    );
    let made = bed.cwd().join("bad");
    let cc = Command::new("cc")
        .current_dir(bed.cwd())
        .args(["-g", "-O0", "-o", "bad", "bad.c"])
        .status();
    assert!(cc.expect("cc").success() && made.is_file());
    bed.script("s/passes.sh", "exit 0");
    // It reads what it has freed, and then becomes the daemon, which valgrind does not follow.
    let wrapper = format!("valgrind -q --error-exitcode=0 {}", made.display());
    bed.script(
        "bin/wrap",
        &format!(
            "{wrapper} /bin/true\necho '==1== ERROR SUMMARY: 1 errors from 1 contexts' >&2\nexec \"$@\""
        ),
    );
    let outcome = bed.process(&["run", "--stack", "embedded", "--wrap-daemon", "bin/wrap"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.out);
    let told = "report valgrind in daemon 0: Invalid read of size 4";
    assert!(
        outcome.out.contains(told) && outcome.out.contains("bad.c:3"),
        "{}",
        outcome.out
    );
}
