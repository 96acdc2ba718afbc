//! Which stack a run is against, and what is said when it cannot be used.

use std::os::unix::fs::PermissionsExt;

use gkfs_bench::Exit;

use crate::bed::Bed;
use crate::terminal::nothing_is_left;

/// A suite with one script, so that there is something to run.
fn suite() -> Bed {
    let bed = Bed::new();
    bed.write("true.sh", "#!/bin/sh\ntrue\n");
    bed
}

fn executable(bed: &Bed, path: &str) {
    let path = bed.write(path, "#!/bin/sh\n");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("mode");
}

/// Returns what is said about a stack that cannot be used.
fn refused(bed: &Bed, words: &[&str]) -> String {
    let outcome = bed.run(&[&["run"], words].concat());
    assert_eq!(outcome.exit, Exit::Usage, "{}{}", outcome.out, outcome.err);
    outcome.err
}

#[test]
fn a_gekkofs_tree_without_a_build_never_gets_the_embedded_stack() {
    let bed = suite();
    bed.write("CMakeLists.txt", "project(GekkoFS VERSION 0.9.3)\n");
    insta::assert_snapshot!(refused(&bed, &[]), @r#"
    error: this is a GekkoFS tree ([BED]/work), but no usable build was found: looked for gkfs_daemon in {src/daemon, tests/integration/harness, tests/integration, bin} and libgkfs_intercept.so in {src/client, lib, lib64} below [BED]/work/build
    hint: name a build with --bin-dir and --lib-dir, or ask for the embedded stack with --stack embedded
    "#);
}

#[test]
fn a_measurement_in_a_gekkofs_tree_is_never_of_the_embedded_stack_alone() {
    let bed = suite();
    bed.write("CMakeLists.txt", "project(GekkoFS VERSION 0.9.3)\n");
    let outcome = bed.run(&["bench", "--samples", "1"]);
    assert_eq!(outcome.exit, Exit::Usage, "{}{}", outcome.out, outcome.err);
    assert!(outcome.err.contains("this is a GekkoFS tree"), "{}", outcome.err);
}

#[test]
fn of_two_builds_the_newest_is_meant_and_the_other_listed() {
    let bed = suite();
    bed.write("CMakeLists.txt", "project(GekkoFS)\n");
    for (build, seconds) in [("build", 9), ("release", 5)] {
        bed.write(
            &format!("{build}/CMakeCache.txt"),
            "CMAKE_PROJECT_NAME:STATIC=GekkoFS\n",
        );
        let daemon = format!("{build}/src/daemon/gkfs_daemon");
        executable(&bed, &daemon);
        let file = std::fs::File::options().append(true).open(bed.cwd().join(daemon));
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.expect("a file").set_modified(at).expect("a time");
        bed.write(&format!("{build}/src/client/libgkfs_intercept.so"), build);
    }
    let out = bed.process(&["doctor"]).out;
    let line = "GekkoFS tree   programs in build/src/daemon, library in build/src/client, interface lo; other builds: release";
    assert!(out.contains(line), "{out}");
}

#[test]
fn a_directory_without_a_daemon_is_named() {
    let bed = suite();
    std::fs::create_dir(bed.cwd().join("bin")).expect("a directory");
    insta::assert_snapshot!(refused(&bed, &["--bin-dir", "bin"]), @"error: no gkfs_daemon in the stack `given`: looked in [BED]/work/bin; name the build's directories with --bin-dir or in [stack.NAME] of gkfs-bench.toml");
    insta::assert_snapshot!(refused(&bed, &["--bin-dir", "nowhere"]), @"error: --bin-dir nowhere: no such directory");
}

#[test]
fn the_preload_library_must_be_there_once() {
    let bed = suite();
    executable(&bed, "bin/gkfs_daemon");
    insta::assert_snapshot!(refused(&bed, &["--bin-dir", "bin"]), @"error: no libgkfs_intercept.so in the stack `given`: looked in [BED]/work/bin; name its directory with --lib-dir or in [stack.NAME] of gkfs-bench.toml");
    bed.write("bin/libgkfs_intercept.so", "one");
    bed.write("lib/libgkfs_intercept.so", "two");
    insta::assert_snapshot!(refused(&bed, &["--bin-dir", "bin", "--lib-dir", "lib"]), @"error: 2 different libgkfs_intercept.so in the stack `given`: [BED]/work/bin/libgkfs_intercept.so, [BED]/work/lib/libgkfs_intercept.so; leave one, or name fewer directories");
}

#[test]
fn an_unknown_stack_or_interface_gets_the_known_ones() {
    let bed = suite();
    executable(&bed, "bin/gkfs_daemon");
    bed.write("bin/libgkfs_intercept.so", "one");
    bed.write(
        "gkfs-bench.toml",
        "version = 1\n[stack.mine]\nbin-dirs = [\"bin\"]\n",
    );
    insta::assert_snapshot!(refused(&bed, &["--stack", "mime"]), @r#"
    error: no stack is called `mime`, known are embedded, plain, mine
    hint: did you mean `mine`?
    "#);
    let text = refused(&bed, &["--stack", "mine", "--interface", "nonsense0"]);
    assert!(
        text.contains("there is no network interface `nonsense0`, known are ") && text.contains("lo"),
        "{text}"
    );
}

/// Whether this machine lets us mount; where not, that is said.
pub(crate) fn can_mount() -> bool {
    let dir = tempfile::tempdir().expect("a directory");
    let run = |program: &str, args: &[&str]| {
        let mut command = std::process::Command::new(program);
        command.args(args).arg(dir.path());
        command.output().is_ok_and(|done| done.status.success())
    };
    let can = run("mount", &["--bind", "/usr"]) && run("umount", &[]);
    if !can {
        println!("SKIP: mounting is not allowed here (it needs root)");
    }
    can
}

/// A suite with a stack that a script mounts.
fn mounting(start: &str) -> Bed {
    let bed = Bed::new();
    let file = "version = 1\ndefaults = { stack = \"mine\" }\n[stack.mine]\nkind = \"command\"\nstart = \"./fs {mnt} {root}\"\n";
    bed.write("gkfs-bench.toml", file);
    bed.script("fs", start);
    bed.script(
        "s/writes.sh",
        "[ -z \"$LD_PRELOAD\" ] && echo hello > \"$MNT/file\" && [ \"$(cat \"$ROOT/file\")\" = hello ]",
    );
    bed
}

#[test]
fn what_a_command_mounts_is_tested_without_a_library() {
    if !can_mount() {
        return;
    }
    let bed = mounting("echo serving; exec mount --bind \"$2\" \"$1\"");
    let outcome = bed.process(&["run", "s"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}{}", outcome.out, outcome.err);
    assert!(
        outcome.out.contains("stack mine · start xxh3:"),
        "{}",
        outcome.out
    );
    let shown = bed.run(&["show", "writes"]).out;
    assert!(shown.contains("serving") && shown.contains("daemon"), "{shown}");
    let logs = bed.run(&["logs", "writes", "--source", "daemon"]).out;
    assert!(logs.ends_with("serving\n"), "{logs}");
}

#[test]
fn a_command_that_dies_is_an_error_of_the_set_up() {
    let bed = mounting("echo no such device; exit 3");
    let outcome = bed.process(&["run", "s"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}{}", outcome.out, outcome.err);
    for part in [
        "error s::writes",
        "the command of the stack `mine` ended and nothing is mounted at",
        "exit status 3",
        "no such device",
    ] {
        assert!(outcome.out.contains(part), "{part}: {}", outcome.out);
    }
}

#[test]
fn a_command_that_never_mounts_is_an_error_of_the_set_up() {
    let bed = mounting("echo still looking; exec sleep 1000");
    let outcome = bed.process(&["run", "s", "--timeout", "3s"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}{}", outcome.out, outcome.err);
    for part in [
        "error s::writes",
        "the command of the stack `mine` has mounted nothing at",
        "still looking",
    ] {
        assert!(outcome.out.contains(part), "{part}: {}", outcome.out);
    }
    nothing_is_left(&bed);
}

#[test]
fn a_mount_that_a_command_leaves_is_unmounted_and_said() {
    if !can_mount() {
        return;
    }
    let bed = mounting("mount --bind \"$2\" \"$1\"; exec sleep 1000");
    let outcome = bed.process(&["run", "s"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}{}", outcome.out, outcome.err);
    for part in [
        "the stack `mine` left its mount at",
        "it is unmounted now",
        "umount {mnt}",
    ] {
        assert!(outcome.out.contains(part), "{part}: {}", outcome.out);
    }
    let table = std::fs::read_to_string("/proc/self/mountinfo").expect("a table");
    assert!(!table.contains(&*bed.cwd().to_string_lossy()), "{table}");
}

#[test]
fn a_command_stack_without_a_command_is_named_with_its_place() {
    let bed = suite();
    bed.write(
        "gkfs-bench.toml",
        "version = 1\n[stack.mine]\nkind = \"command\"\n",
    );
    insta::assert_snapshot!(refused(&bed, &["--stack", "mine"]), @"error: [BED]/work/gkfs-bench.toml: [stack.mine]: it has no `start`: the command that mounts the file system at {mnt}");
}

#[test]
fn scripts_of_a_checkout_that_are_no_tests_are_not_listed() {
    let bed = Bed::new();
    bed.write("CMakeLists.txt", "project(GekkoFS VERSION 0.9.3)\n");
    for script in [
        "apps/vpic/job.sh",
        "scripts/fetch.sh",
        "tests/scripts/build.sh",
        "tests/mine/works.sh",
    ] {
        bed.script(script, "exit 0");
    }
    for dir in ["apps", "apps/vpic", "scripts", "tests/scripts"] {
        let list = bed.process(&["list", dir]);
        assert_eq!(list.exit, Exit::NoTests, "{dir}: {}{}", list.out, list.err);
    }
    for dir in ["tests", "tests/mine"] {
        let list = bed.process(&["list", dir]);
        assert_eq!(list.out, "mine::works\n", "{dir}: {}", list.err);
    }
}
