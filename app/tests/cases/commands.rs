//! Commands of the session that end or repeat tests, in a real terminal.

use crate::bed::Bed;
use crate::terminal::{Session, nothing_is_left};

fn ends(bed: &Bed, mut session: Session) {
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(bed);
}

#[test]
fn one_test_is_stopped_and_the_other_goes_on() {
    let bed = Bed::new();
    let go = bed.cwd().join("go");
    bed.script("slow/hangs.sh", "sleep 1000");
    let code = format!("while ! [ -e {} ]; do sleep 0.05; done", go.display());
    bed.script("slow/waits.sh", &code);
    let mut session = Session::open(&bed, &["--stack", "plain", "-j", "2"]);
    session.wait("tests", |text| text.contains("hangs") && text.contains("waits"));
    session.press("ja");
    session.wait("both running", |text| {
        text.contains("▶ hangs") && text.contains("▶ waits")
    });
    session.press("x");
    session.wait("one stopped", |text| {
        let mut rows = text.lines();
        rows.any(|row| row.contains("· hangs") && row.contains("stopped")) && text.contains("▶ waits")
    });
    std::fs::write(&go, "").expect("write");
    session.wait("the rest", |text| {
        text.contains("✓ waits") && text.contains("1 not run")
    });
    ends(&bed, session);
}

#[test]
fn a_test_is_repeated_until_it_fails() {
    let bed = Bed::new();
    let count = bed.cwd().join("count");
    let code = format!("echo x >> {0}; test $(wc -l < {0}) -lt 4", count.display());
    bed.script("rare/fails.sh", &code);
    bed.script("rare/other.sh", "exit 0");
    let mut session = Session::open(&bed, &["--stack", "plain", "-j", "1"]);
    session.wait("tests", |text| text.contains("fails"));
    session.press("ju");
    session.wait("failure", |text| {
        text.contains("✗ fails") && text.contains("failed 1 in")
    });
    let times = std::fs::read_to_string(&count).expect("it ran").lines().count();
    assert_eq!(times, 4);
    assert!(session.text().contains("· other"), "{}", session.text());
    ends(&bed, session);
}
