//! What is around a session: bad terminals, the user's files, what is remembered, its own log, and idleness.

use std::fs;
use std::process::Command;

use crate::bed::Bed;
use crate::terminal::{Session, builder};

fn smoke(bed: &Bed) {
    bed.script("smoke/good.sh", "exit 0");
    bed.script("smoke/bad.sh", "echo no space left >&2; exit 1");
}

/// Quits; and says yes, should it ask because it still looks for tests.
fn quit(session: &mut Session) {
    session.press("qy");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_refused_with_a_way_out() {
    let bed = Bed::new();
    smoke(&bed);
    let mut command = builder(&bed.command(&["--stack", "plain"]));
    command.env("TERM", "dumb");
    let mut session = Session::of(command);
    assert_eq!(session.end(), 4);
    session.wait_for_the_end_of_its_words("`gkfs-bench run` runs the tests");
    let text = session.text();
    assert!(
        text.contains("TERM is `dumb`") && !text.contains("there is none"),
        "{text}"
    );
    session.gives_the_terminal_back();
}

#[test]
fn a_locale_without_utf8_gets_ascii_and_no_color_none() {
    let bed = Bed::new();
    smoke(&bed);
    let mut command = builder(&bed.command(&["--stack", "plain"]));
    command.env("LANG", "C");
    command.env("NO_COLOR", "1");
    let mut session = Session::of(command);
    session.wait("tests", |text| text.contains("good"));
    session.press("a");
    session.wait("result", |text| {
        text.contains("failed 2 in") && text.contains("x bad")
    });
    assert!(session.text().is_ascii(), "{}", session.text());
    assert!(!session.has_colours());
    quit(&mut session);
}

#[test]
fn a_storm_of_sizes_ends_in_a_whole_screen() {
    let bed = Bed::new();
    smoke(&bed);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good"));
    for (columns, rows) in [
        (1, 1),
        (20, 5),
        (300, 90),
        (19, 4),
        (40, 10),
        (2, 60),
        (200, 1),
        (5, 5),
        (80, 24),
    ] {
        session.resize(columns, rows);
    }
    session.wait("tests", |text| text.contains("good") && text.contains("quit"));
    session.resize(0, 0);
    session.resize(100, 30);
    session.wait("tests", |text| text.contains("good") && text.lines().count() > 24);
    quit(&mut session);
}

#[test]
fn the_users_files_are_read_and_read_again_when_they_change() {
    let bed = Bed::new();
    smoke(&bed);
    let config = bed
        .cwd()
        .parent()
        .expect("the bed")
        .join("home/.config/gkfs-bench");
    fs::create_dir_all(config.join("themes")).expect("a directory");
    fs::write(
        config.join("config.toml"),
        "theme = \"mine\"\nglyps = \"ascii\"\n",
    )
    .expect("a file");
    fs::write(config.join("themes/mine.toml"), "inherits = \"dark\"\n").expect("a file");
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("complaint", |text| {
        text.contains("did you mean `glyphs`?") && text.contains("good")
    });
    fs::write(
        config.join("keys.toml"),
        "[keys]\n\"Q\" = \"quit\"\n\"J\" = \"fly\"\n",
    )
    .expect("a file");
    session.wait("complaint", |text| text.contains("there is no action `fly`"));
    fs::write(
        config.join("themes/mine.toml"),
        "inherits = \"dark\"\n[roles]\nmakr = {}\n",
    )
    .expect("a file");
    session.wait("complaint", |text| text.contains("did you mean `mark`?"));
    session.press("Q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}

#[test]
fn the_users_files_are_read_when_their_directory_comes_later() {
    let bed = Bed::new();
    smoke(&bed);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good") && text.contains("bad"));
    // Not even the directory around it is there yet.
    let home = bed.cwd().parent().expect("the bed").join("home");
    let config = home.join(".config/gkfs-bench");
    assert!(!home.join(".config").exists());
    fs::create_dir_all(&config).expect("a directory");
    fs::write(config.join("keys.toml"), "[keys]\n\"Q\" = \"fly\"\n").expect("a file");
    session.wait("complaint", |text| text.contains("there is no action `fly`"));
    quit(&mut session);
}

#[test]
fn how_a_suite_was_shown_is_remembered_outside_of_it() {
    let bed = Bed::new();
    smoke(&bed);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good") && text.contains("bad"));
    session.press("/good\r");
    session.wait("filter", |text| !text.contains("bad"));
    session.press("z");
    quit(&mut session);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("filter", |text| {
        text.contains("good") && text.contains("/good") && !text.contains("bad")
    });
    quit(&mut session);
    let names = fs::read_dir(bed.cwd()).expect("a directory").flatten();
    let mut names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, [".gkfs-bench", "smoke"]);
    // A file that cannot be read is told of, and no reason not to open.
    let suites = bed
        .cwd()
        .parent()
        .expect("the bed")
        .join("home/.local/state/gkfs-bench/suites");
    let file = fs::read_dir(&suites)
        .expect("a directory")
        .flatten()
        .next()
        .expect("a file");
    fs::write(file.path(), "{").expect("a file");
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("notice", |text| {
        text.contains("is forgotten") && text.contains("bad")
    });
    quit(&mut session);
}

#[test]
fn its_own_log_is_shown_and_follows() {
    let bed = Bed::new();
    smoke(&bed);
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good") && text.contains("bad"));
    session.press("\x1b[24~");
    session.wait("log", |text| {
        text.contains("a session begins") && text.contains("following")
    });
    session.press("\x1b");
    session.wait("tests", |text| text.contains("quit"));
    session.press("a");
    session.press("\x1b[24~");
    session.wait("end of the run", |text| text.contains("the run has ended"));
    session.press("q");
    session.wait("tests", |text| text.contains("failed 2 in"));
    quit(&mut session);
}

/// How often the threads of a process were woken.
fn wakes(pid: rustix::process::Pid) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_pid()))
        .expect("it runs")
        .flatten();
    let status = tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
    let count = |status: String| -> u64 {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.expect("Linux tells").trim().parse().expect("a number")
    };
    status.map(count).sum()
}

#[test]
fn an_idle_session_writes_nothing_and_sleeps() {
    let bed = Bed::new();
    smoke(&bed);
    let mut session = Session::open(&bed, &["watch", "--stack", "plain"]);
    session.wait("tests", |text| text.contains("good") && text.contains("watching"));
    // Until two seconds pass in which nothing comes: whatever it does at the start is done then.
    let second = || Command::new("sleep").arg("2").status().expect("coreutils");
    for _ in 0..10 {
        let (bytes, woken) = (session.bytes().len(), wakes(session.pid()));
        second();
        if (
            session.bytes().len(),
            wakes(session.pid()).saturating_sub(woken) < 10,
        ) == (bytes, true)
        {
            quit(&mut session);
            return;
        }
    }
    panic!(
        "it never rests: {} bytes, woken {} times",
        session.bytes().len(),
        wakes(session.pid())
    );
}
