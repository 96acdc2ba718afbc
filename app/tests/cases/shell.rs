//! `shell TEST`: a recorded attempt comes to life in a copy, and nothing of that stays.

use gkfs_bench::Exit;

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
    let gone = bed.process(&["shell", "fails"]);
    assert!(gone.err.contains("there is no workspace"), "{}", gone.err);
}
