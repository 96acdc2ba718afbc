//! `shell TEST`: a recorded attempt comes to life in a copy, and nothing of that stays.

use gkfs_bench::Exit;
use gkfs_harness::prelude::*;
use gkfs_harness::{Bench, Stack};

use crate::bed::Bed;
use crate::terminal::{Session, nothing_is_left};

/// A recorded test that left a file in the file system.
fn recorded() -> Bed {
    let bed = Bed::new();
    bed.script(
        "s/fails.sh",
        "mkdir \"$MNT/d\"; head -c 700000 /dev/zero > \"$MNT/d/f\"; echo hello > \"$MNT/g\"; exit 1",
    );
    let outcome = bed.process(&["run", "--stack", "embedded"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.err);
    bed
}

fn copies(bed: &Bed) -> usize {
    std::fs::read_dir(bed.cwd().join(".gkfs-bench/shell")).map_or(0, Iterator::count)
}

#[test]
fn a_copy_of_the_root_has_a_daemon_and_leaves_the_record_alone() {
    let bed = recorded();
    let shell = |command: &str| bed.process(&["shell", "fails", "-c", command]);
    let seen = shell(
        "with-client stat -c '%n %s' $MNT/d/f | sed \"s,$MNT/,,\"; with-client cat $MNT/g; echo ${LD_PRELOAD-none}; \
         ls $ROOT $LOGS >/dev/null && pwd | grep -c '/shell/'",
    );
    assert_eq!(
        (seen.exit, seen.out.as_str()),
        (Exit::Passed, "d/f 700000\nhello\nnone\n1\n"),
        "{}",
        seen.err
    );
    let removed = shell("with-client rm $MNT/g && ! with-client cat $MNT/g 2>/dev/null");
    assert_eq!(removed.exit, Exit::Passed, "{}", removed.err);
    let again = shell("with-client cat $MNT/g");
    assert_eq!(
        again.out, "hello\n",
        "what was recorded was changed: {}",
        again.err
    );
    assert_eq!(shell("exit 7").exit, Exit::Failed);
    assert_eq!(copies(&bed), 0);
    nothing_is_left(&bed);
}

/// Makes the recorded attempt one of a cluster: three daemons, over which a directory's files are spread.
fn make_a_cluster_of_it(bed: &Bed, stack: &std::path::Path) {
    let workspace = bed
        .cwd()
        .join(".gkfs-bench/runs/last/tests/s/fails/attempt-1/workspace");
    // Whoever comes by a link to a mount point is no client of it.
    let workspace = workspace.canonicalize().expect("a workspace");
    std::fs::remove_dir_all(&workspace).expect("a workspace");
    let stack = Stack {
        exe: Some(env!("CARGO_BIN_EXE_gkfs-bench").into()),
        ..Stack::flat("own", stack)
    };
    let bench = Bench::at(Workspace::at(workspace).expect("a workspace"), stack).expect("a bench");
    let cluster = Cluster::start(&bench, 3).expect("a cluster");
    let client = Client::new(&bench);
    for number in 0..6 {
        let file = cluster.mountdir().join(format!("file{number}"));
        assert!(client.open(&file, libc::O_CREAT | libc::O_WRONLY, 0o644).retval >= 0);
        assert_eq!(client.write(&file, "hello", 5, None).retval, 5);
    }
    cluster.shutdown().expect("an end in peace");
}

#[test]
fn a_cluster_comes_to_life_with_as_many_daemons_as_it_had() {
    let bed = Bed::new();
    let installed = bed.process(&["stack", "install", "own"]);
    assert_eq!(installed.exit, Exit::Passed, "{}", installed.err);
    bed.script("s/fails.sh", "exit 1");
    let words = ["run", "--bin-dir", "own", "--lib-dir", "own"];
    assert_eq!(bed.process(&words).exit, Exit::Failed);
    make_a_cluster_of_it(&bed, &bed.cwd().join("own"));
    let look = "with-client ls $MNT; with-client cat $MNT/file0 $MNT/file5; ls -d root-* | wc -l; \
                pgrep -fc -- \"--rootdir $PWD/root-[0-2] \"";
    let seen = bed.process(&["shell", "fails", "-c", look]);
    let files: String = (0..6).map(|number| format!("file{number}\n")).collect();
    assert_eq!(
        (seen.exit, seen.out),
        (Exit::Passed, format!("{files}hellohello3\n3\n")),
        "{}",
        seen.err
    );
    assert_eq!(copies(&bed), 0);
    nothing_is_left(&bed);
}

#[test]
fn what_a_command_mounts_comes_to_life_by_the_same_command() {
    let bed = Bed::new();
    let place = bed.cwd().display().to_string();
    let tried = format!("mount --bind {place} {place} && umount {place}");
    let may = std::process::Command::new("sh").args(["-c", &tried]).output();
    if !may.is_ok_and(|done| done.status.success()) {
        println!("SKIP: mounting is not allowed here (it needs root)");
        return;
    }
    // Mounts and stays, as a server does; unmounts when it is told to end.
    bed.script(
        "myfs",
        "mount --bind \"$1\" \"$2\" || exit 1\ntrap 'umount \"$2\"; kill $!; exit 0' TERM\nsleep 1000 & wait",
    );
    bed.write(
        "gkfs-bench.toml",
        "version = 1\ndefaults = { stack = \"myfs\" }\n[stack.myfs]\nkind = \"command\"\nstart = \"exec ./myfs {root} {mnt}\"\n\
         [[group]]\nname = \"s\"\nsource = \"script\"\npath = \"s\"\n",
    );
    bed.script("s/fails.sh", "echo hello > \"$MNT/f\"; exit 1");
    let run = bed.process(&["run"]);
    assert_eq!(run.exit, Exit::Failed, "{}{}", run.out, run.err);
    let mounted = |bed: &Bed| {
        let table = std::fs::read_to_string("/proc/self/mountinfo").expect("mounts");
        table.matches(&*bed.root().to_string_lossy()).count()
    };
    assert_eq!(mounted(&bed), 0);
    let look = "cat $MNT/f; with-client sh -c 'echo more > $MNT/g'; grep -c \" $MNT \" /proc/self/mountinfo; cat $ROOT/g";
    let seen = bed.process(&["shell", "fails", "-c", look]);
    assert_eq!(
        (seen.exit, seen.out.as_str()),
        (Exit::Passed, "hello\n1\nmore\n"),
        "{}",
        seen.err
    );
    let root = bed
        .cwd()
        .join(".gkfs-bench/runs/last/tests/s/fails/attempt-1/workspace/root");
    assert!(
        root.join("f").is_file() && !root.join("g").exists(),
        "what was recorded was changed"
    );
    assert_eq!((copies(&bed), mounted(&bed)), (0, 0));
    nothing_is_left(&bed);
    // Only the suite file says how it is mounted.
    bed.write("gkfs-bench.toml", "version = 1\n");
    let gone = bed.process(&["shell", "fails", "-c", "true"]);
    assert_eq!(gone.exit, Exit::Usage);
    assert!(
        gone.err.contains("the suite describes no stack `myfs` any more"),
        "{}",
        gone.err
    );
}

#[test]
fn at_a_terminal_it_reads_commands_and_ends_with_everything() {
    let bed = recorded();
    let mut session = Session::open(&bed, &["shell", "s::fails"]);
    session.wait("greeting", |text| {
        text.contains("in a copy") && text.contains("its daemon lives")
    });
    session.press("with-client cat $MNT/g | tr a-z A-Z\r");
    session.wait("file", |text| text.contains("HELLO"));
    assert_eq!(copies(&bed), 1);
    session.press("exit 3\r");
    assert_eq!(session.end(), 0);
    assert_eq!(copies(&bed), 0);
    nothing_is_left(&bed);
    // A window that is closed ends it as well.
    let mut session = Session::open(&bed, &["shell", "s::fails"]);
    session.wait("greeting", |text| text.contains("its daemon lives"));
    session.hang_up();
    nothing_is_left(&bed);
}

#[test]
fn what_cannot_be_brought_to_life_is_said() {
    let bed = recorded();
    let none = bed.process(&["shell", "fails", "--attempt", "7"]);
    assert_eq!(none.exit, Exit::Usage);
    assert!(
        none.err.contains("no attempt 7 at s::fails is recorded"),
        "{}",
        none.err
    );
    let unknown = bed.process(&["shell", "fial"]);
    assert_eq!(unknown.exit, Exit::Usage);
    let attempt = bed.cwd().join(".gkfs-bench/runs/last/tests/s/fails/attempt-1");
    std::fs::remove_dir_all(attempt.join("workspace/root")).expect("a root");
    let trimmed = bed.process(&["shell", "fails"]);
    assert_eq!(trimmed.exit, Exit::Usage);
    assert!(
        trimmed.err.contains("was not kept") && trimmed.err.contains("--hold"),
        "{}",
        trimmed.err
    );
    std::fs::remove_dir_all(attempt.join("workspace")).expect("a workspace");
    let without = bed.process(&["shell", "fails"]);
    assert!(
        without
            .err
            .contains("the test had no workspace; what it printed lies in"),
        "{}",
        without.err
    );
    std::fs::remove_dir_all(attempt).expect("an attempt");
    let gone = bed.process(&["shell", "fails"]);
    assert!(gone.err.contains("there is no workspace"), "{}", gone.err);
}
