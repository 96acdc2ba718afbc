//! What can be done with a held test at a terminal: a letter and Enter in `run`, keys on the screen.

use std::process::Command;

use super::pytest::pytest_suite;
use super::suite;
use crate::bed::Bed;
use crate::python::python;
use crate::terminal::{Session, nothing_is_left};

/// Whether the last thing said is what can be done: an offer of before may have gone up and away, or not.
fn is_offered(text: &str) -> bool {
    let last = text.trim_end().lines().last();
    last.is_some_and(|line| line.contains("gkfs-bench continue"))
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
    session.wait("offer again", is_offered);
    session.press("c\r");
    session.wait_for_the_end_of_its_words("1 failed");
    assert_eq!(session.end(), 1);
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
    session.wait("hold", |text| text.contains("g↵ gdb"));
    session.press("g\r");
    session.wait("prompt", |text| {
        text.contains("gdb on daemon 0") && text.contains("(gdb)")
    });
    session.press("info proc cmdline\r");
    session.wait("its command line", |text| text.contains("--rootdir"));
    session.press("detach\r");
    session.press("quit\r");
    session.wait("offer again", is_offered);
    session.press("c\r");
    session.wait_for_the_end_of_its_words("1 failed");
    assert_eq!(session.end(), 1);
    nothing_is_left(&bed);
}

/// A session on a suite, at the test whose name ends so, held as it failed and looked at in a shell, which runs `line`.
fn held_and_looked_at(bed: &Bed, name: &str, line: Option<(&str, &str)>) -> Session {
    let mut session = Session::open(bed, &["--stack", "embedded"]);
    session.wait("tests", |text| text.contains(name));
    session.press("/fails\r");
    session.press("C");
    session.wait("refusal", |text| text.contains("nothing of this is held"));
    session.press("H");
    let is_held = |text: &str| text.contains("■ ") && text.contains("HELD");
    session.wait("hold", is_held);
    session.press("!");
    session.wait("shell", |text| text.contains("its daemon lives"));
    if let Some((line, seen)) = line {
        session.press(line);
        session.wait("what it prints", |text| text.contains(seen));
    }
    session.press("exit\r");
    session.wait("screen", is_held);
    session
}

#[test]
fn on_the_screen_one_of_pytest_is_held_like_others() {
    let Some(python) = python() else { return };
    let bed = pytest_suite(&python, "ours");
    bed.write(
        "p/test_it.py",
        "def test_fails(gkfs_daemon): assert 1 == 2\ndef test_after(): pass\n",
    );
    let mut session = held_and_looked_at(&bed, "test_fails", None);
    session.press("C");
    session.wait("end", |text| text.contains("✗ ") && !text.contains("HELD"));
    session.press("q");
    session.end();
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn on_the_screen_a_test_is_held_looked_at_and_let_go_on() {
    let bed = suite();
    let line = "with-client cat $MNT/f | tr a-z A-Z\r";
    let mut session = held_and_looked_at(&bed, "fails", Some((line, "HELLO")));
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
