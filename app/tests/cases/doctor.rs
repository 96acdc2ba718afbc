//! What is said about the machine, and about the command itself.

use gkfs_bench::Exit;

use crate::bed::Bed;

#[test]
fn a_machine_on_which_tests_run_is_well() {
    let bed = Bed::new();
    let outcome = bed.process(&["doctor", "--stack", "plain"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.out);
    for line in ["✓ stack          plain", "✓ stack at work  ready in ", "disk"] {
        assert!(outcome.out.contains(line), "{line}: {}", outcome.out);
    }
}

#[test]
fn a_stack_that_does_not_work_is_named_with_a_way_out() {
    let bed = Bed::new();
    for name in ["gkfs_daemon", "gkfs.io", "libgkfs_intercept.so"] {
        bed.script(&format!("broken/{name}"), "echo no such device >&2; exit 3");
    }
    let outcome = bed.process(&["doctor", "--bin-dir", "broken", "--lib-dir", "broken"]);
    assert_eq!(outcome.exit, Exit::Failed);
    let out = &outcome.out;
    assert!(
        out.contains("✗ stack at work") && out.contains("no such device"),
        "{out}"
    );
    assert!(out.contains("→ `gkfs-bench doctor --stack embedded`"), "{out}");
    let outcome = bed.process(&["doctor", "--stack", "nonesuch"]);
    assert_eq!(outcome.exit, Exit::Failed);
    assert!(outcome.out.contains("✗ stack"), "{}", outcome.out);
}

#[test]
fn a_tool_that_is_not_there_is_no_failure() {
    let bed = Bed::new();
    let mut command = bed.command(&["doctor", "--stack", "plain"]);
    let done = command.env("PATH", bed.cwd()).output().expect("the command");
    let out = String::from_utf8(done.stdout).expect("text");
    assert!(
        out.contains("~ gdb            not found: no backtraces of crashed daemons"),
        "{out}"
    );
    assert!(done.status.success(), "{out}");
}

#[test]
fn shells_and_man_are_told_the_command_line() {
    let bed = Bed::new();
    for shell in ["bash", "zsh", "fish"] {
        let outcome = bed.run(&["completions", shell]);
        assert_eq!(outcome.exit, Exit::Passed);
        assert!(outcome.out.contains("global-timeout"), "{shell}");
    }
    let page = bed.run(&["man"]).out;
    assert!(
        page.contains(".TH gkfs-bench 1") && page.contains("Exit status"),
        "{page}"
    );
    // Of every verb it has all that its help has.
    for part in [
        ".SH \"GKFS-BENCH RUN\"",
        "deny\\-skips",
        ".SH \"GKFS-BENCH FUSE TRACE\"",
        "GKFS-BENCH SHOW",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
