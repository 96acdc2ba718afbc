//! Other runs: gone to, come back from, and compared.

use super::screens::snapshot;
use super::*;
use crate::tui::drill::Tab;

/// A suite with two recorded runs: in the older one the test passed at its second attempt.
fn bed(columns: u16, rows: u16) -> Bed {
    let mut bed = suite(columns, rows);
    bed.keys("5");
    bed
}

/// The same, where nobody has looked at the history yet.
fn suite(columns: u16, rows: u16) -> Bed {
    let bed = Bed::empty();
    let newer = bed.attempt();
    let newer = newer.ancestors().nth(4).expect("the run");
    let older = newer.with_file_name("20261121T031547Z-0000");
    let tried = |number: u32| older.join(format!("tests/io/fails/attempt-{number}"));
    for number in [1, 2] {
        fs::create_dir_all(tried(number).join("workspace/logs")).expect("directories");
        for name in ["steps.jsonl", "stdout.log", "stderr.log"] {
            bed.copy(name, &tried(number).join(name));
        }
        let log = tried(number).join("workspace/logs/gkfs_daemon.log");
        bed.copy("gkfs_daemon.log", &log);
    }
    let stdout = tried(2).join("stdout.log");
    let text = fs::read_to_string(&stdout).expect("read");
    fs::write(stdout, format!("{text}and it went well\n")).expect("write");
    let file = fs::read_to_string(newer.join("run.json")).expect("read");
    let mut file: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    file["id"] = "20261121T031547Z-0000".into();
    file["started_ts"] = (file["started_ts"].as_i64().expect("a time") - 86_400_000_000).into();
    fs::write(older.join("run.json"), file.to_string()).expect("write");
    let found = r#""kind":"test_found","id":"io::fails","group":"io","name":"fails","tags":[]"#;
    let began = |number: u32| {
        format!(
            r#""kind":"attempt_started","id":"io::fails","attempt":{number},"dir":"tests/io/fails/attempt-{number}","pid":1,"argv":[]"#
        )
    };
    let ended = |number: u32, outcome: &str| {
        format!(
            r#""kind":"attempt_finished","id":"io::fails","attempt":{number},"outcome":"{outcome}","duration_us":4000,"leaked":[]"#
        )
    };
    let over = r#""kind":"test_finished","id":"io::fails","status":"flaky","attempts":2,"duration_us":8000"#;
    let lines = [
        found.to_owned(),
        began(1),
        ended(1, "failed"),
        began(2),
        ended(2, "passed"),
        over.to_owned(),
    ];
    let lines = lines.iter().enumerate();
    let lines = lines.map(|(seq, line)| format!(r#"{{"v":1,"seq":{seq},"ts":0,"mono":0,{line}}}"#) + "\n");
    fs::write(older.join("events.jsonl"), lines.collect::<String>()).expect("write");
    let mut bed = bed;
    bed.tell(Msg::Area(columns, rows));
    bed.show();
    bed
}

#[test]
fn a_workspace_is_compared_at_once_with_that_of_an_attempt_that_ended_otherwise() {
    let mut bed = suite(120, 30);
    bed.keys("3d");
    let screen = bed.screen();
    assert!(
        screen.contains("20261121T031547Z-0000 attempt 2: passed") && screen.contains("only left"),
        "{screen}"
    );
    // It leads back to where it was asked for.
    bed.keys("⎋");
    assert_eq!(bed.drill.tab, Tab::Workspace);
    // What is marked goes before what is guessed.
    bed.keys("5gg j 3d");
    let screen = bed.screen();
    assert!(screen.contains("attempt 1: failed"), "{screen}");
}

#[test]
fn a_workspace_with_no_other_says_so() {
    let mut bed = Bed::empty();
    bed.tell(Msg::Area(120, 30));
    bed.show();
    bed.keys("3d");
    let screen = bed.screen();
    assert!(
        screen.contains("no other attempt of this test has ended"),
        "{screen}"
    );
    assert_eq!(bed.drill.tab, Tab::Workspace);
}

#[test]
fn runs_and_their_attempts() {
    snapshot("history", &bed(110, 12));
    snapshot("history_narrow", &bed(40, 10));
}

#[test]
fn a_verdict_more_is_seen_at_once_and_takes_nobody_away() {
    let mut bed = bed(110, 24);
    bed.keys("jjj");
    let newer = bed.attempt();
    let newer = newer.ancestors().nth(4).expect("the run");
    let rows = |bed: &Bed| bed.screen().matches("2026-11-2").count();
    assert_eq!(rows(&bed), 2, "{}", bed.screen());
    // The next run, in which the test passes at once.
    let next = newer.with_file_name("20261123T031547Z-2b3c");
    let attempt = next.join("tests/io/fails/attempt-1");
    fs::create_dir_all(&attempt).expect("directories");
    let file = fs::read_to_string(newer.join("run.json")).expect("read");
    let mut file: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    file["id"] = "20261123T031547Z-2b3c".into();
    file["started_ts"] = (file["started_ts"].as_i64().expect("a time") + 1_000_000).into();
    fs::write(next.join("run.json"), file.to_string()).expect("write");
    let event = |seq: u32, rest: &str| format!(r#"{{"v":1,"seq":{seq},"ts":0,"mono":0,{rest}}}"#) + "\n";
    let began = [
        event(
            0,
            r#""kind":"test_found","id":"io::fails","group":"io","name":"fails","tags":[]"#,
        ),
        event(
            1,
            r#""kind":"attempt_started","id":"io::fails","attempt":1,"dir":"tests/io/fails/attempt-1","pid":1,"argv":[]"#,
        ),
    ];
    fs::write(next.join("events.jsonl"), began.concat()).expect("write");
    bed.tell(Msg::Show {
        attempt_dir: Some(attempt),
        id: "io::fails".to_owned(),
        live: true,
    });
    let screen = bed.screen();
    assert!(rows(&bed) == 3 && screen.contains("not finished"), "{screen}");
    let under = |bed: &Bed| {
        let tried = bed.drill.history.selected().expect("a row");
        tried.dir.file_name().expect("a name").to_owned()
    };
    assert_eq!(under(&bed), "attempt-2", "{screen}");
    let ended = event(
        2,
        r#""kind":"attempt_finished","id":"io::fails","attempt":1,"outcome":"cancelled","duration_us":4000,"leaked":[]"#,
    );
    fs::write(next.join("events.jsonl"), began.concat() + &ended).expect("write");
    bed.tell(Msg::Judged);
    let screen = bed.screen();
    assert!(
        screen.contains("· cancelled") && !screen.contains("not finished"),
        "{screen}"
    );
    assert_eq!(under(&bed), "attempt-2", "{screen}");
}

#[test]
fn a_click_into_a_comparison_goes_to_that_row() {
    let mut bed = workspaces(100, 40, &FILES);
    let row = bed
        .screen()
        .lines()
        .position(|line| line.contains("    raw"))
        .expect("a row");
    let row = u16::try_from(row).expect("a screen");
    for msg in crate::tui::drill::click(&bed.drill, 5, row) {
        bed.tell(msg);
    }
    assert!(bed.screen().contains("00 01 61 62 63"), "{}", bed.screen());
}

#[test]
fn a_past_run_is_gone_to_and_come_back_from() {
    let mut bed = bed(110, 24);
    let present = bed.attempt();
    bed.keys("jjj⏎");
    let screen = bed.screen();
    assert!(
        screen.contains("back to the present") && screen.contains("attempt 2: passed"),
        "{screen}"
    );
    assert!(
        bed.drill
            .attempt
            .as_ref()
            .is_some_and(|dir| dir.ends_with("attempt-2"))
    );
    // A run of the same test that begins meanwhile takes nobody away.
    bed.tell(Msg::Show {
        attempt_dir: Some(present.clone()),
        id: "io::fails".to_owned(),
        live: true,
    });
    assert!(bed.screen().contains("back to the present"));
    bed.keys("⎋");
    assert_eq!(
        (bed.drill.attempt.as_ref(), bed.drill.live),
        (Some(&present), true)
    );
    assert!(!bed.screen().contains("back to the present"));
    // Another test is no past of this one.
    bed.keys("5jjj⏎");
    bed.tell(Msg::Show {
        attempt_dir: None,
        id: "io::other".to_owned(),
        live: false,
    });
    assert!(bed.screen().contains("not run yet"), "{}", bed.screen());
}

#[test]
fn a_pass_and_a_failure_are_compared_log_to_log() {
    let mut bed = bed(120, 24);
    bed.keys("jd");
    let screen = bed.screen();
    assert!(
        screen.contains("≠ stdout") && screen.contains("= gkfs_daemon"),
        "{screen}"
    );
    snapshot("comparison", &bed);
    bed.keys("s");
    snapshot("comparison_in_one_column", &bed);
    bed.keys("h");
    assert!(bed.screen().contains("no difference"), "{}", bed.screen());
    bed.keys("⎋");
    assert!(bed.screen().contains("durations"), "{}", bed.screen());
}

#[test]
fn two_marked_attempts_of_different_runs_are_compared() {
    let mut bed = bed(120, 24);
    bed.keys("G gg d");
    let screen = bed.screen();
    assert!(
        screen.contains("20261121T031547Z-0000 attempt 2: passed"),
        "{screen}"
    );
    assert!(
        screen.contains("20261122T031547Z-1a2b attempt 1: failed"),
        "{screen}"
    );
    for (columns, rows) in [(0, 0), (1, 1), (20, 5), (41, 3), (99, 50), (300, 100)] {
        bed.tell(Msg::Area(columns, rows));
        bed.keys("]j[");
        bed.screen();
    }
}

/// The same suite, compared, with these files in the workspaces of the attempts; their workspaces are shown.
fn workspaces(columns: u16, rows: u16, files: &[(&str, [Option<&[u8]>; 2])]) -> Bed {
    let mut bed = bed(columns, rows);
    let newer = bed.attempt();
    let runs = newer.ancestors().nth(5).expect("the runs");
    let older = runs.join("20261121T031547Z-0000/tests/io/fails/attempt-2");
    fs::create_dir_all(older.join("workspace/mnt")).expect("a directory");
    bed.copy("gkfs_client.log", &older.join("workspace/logs/gkfs_client.log"));
    for (name, contents) in files {
        for (dir, contents) in [&older, &newer].into_iter().zip(contents) {
            let path = dir.join("workspace").join(name);
            if let Some(contents) = contents {
                fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
                fs::write(path, contents).expect("write");
            }
        }
    }
    bed.keys("G gg d");
    while !bed.screen().contains("only left") {
        bed.keys("l");
    }
    bed
}

const FILES: [(&str, [Option<&[u8]>; 2]); 5] = [
    ("tmp/dir/same", [Some(b"x"), Some(b"x")]),
    ("tmp/gone", [Some(b"once\n"), None]),
    ("tmp/many/a/b", [None, Some(b"new\n")]),
    ("tmp/note", [Some(b"one\ntwo\nthree\n"), Some(b"one\n2\nthree\n")]),
    ("tmp/raw", [Some(b"\x00\x01abc"), Some(b"\x00\x02abc")]),
];

#[test]
fn workspaces_are_compared_as_a_tree_with_what_differs_in_a_file() {
    for (columns, rows) in [(120, 30), (60, 20), (40, 10)] {
        snapshot(
            &format!("comparison_of_workspaces_{columns}x{rows}"),
            &workspaces(columns, rows, &FILES),
        );
    }
}

#[test]
fn in_the_tree_one_goes_from_difference_to_difference_and_opens_what_is_there() {
    let mut bed = workspaces(100, 40, &FILES);
    let under = |bed: &Bed| {
        let diff = bed.drill.history.diff.as_ref().expect("a comparison");
        diff.node().map(|node| node.path.display().to_string())
    };
    assert_eq!(
        under(&bed).as_deref(),
        Some("tmp/many"),
        "directories stand first"
    );
    assert!(
        bed.screen().contains("only one of them has this directory"),
        "{}",
        bed.screen()
    );
    bed.keys("⏎");
    let screen = bed.screen();
    assert!(
        screen.contains("▸ a") && !screen.contains("only right  b"),
        "{screen}"
    );
    bed.keys("]]");
    assert_eq!(under(&bed).as_deref(), Some("tmp/gone"));
    assert!(bed.screen().contains("▶    1 once"), "{}", bed.screen());
    bed.keys("]");
    let screen = bed.screen();
    assert!(screen.contains("2 two") && screen.contains("2 2"), "{screen}");
    bed.keys("]");
    assert_eq!(under(&bed).as_deref(), Some("tmp/raw"));
    assert!(bed.screen().contains("00 01 61 62 63"), "{}", bed.screen());
    bed.keys("[[]]]");
    assert_eq!(under(&bed).as_deref(), Some("tmp/raw"), "there is no other");
    // The file becomes one more log.
    bed.keys("⏎");
    let screen = bed.screen();
    assert!(
        screen.contains("≠ raw") && screen.contains("00 02 61 62 63"),
        "{screen}"
    );
    bed.keys("h");
    assert_eq!(under(&bed).as_deref(), Some("tmp/many"));
    // A log that differs is opened as that.
    bed.keys("ggj");
    while under(&bed).as_deref() != Some("logs/gkfs_daemon.log") {
        bed.keys(if bed.screen().contains("▸ logs") {
            "gg⏎"
        } else {
            "j"
        });
    }
    bed.keys("⏎");
    assert!(under(&bed).is_none(), "{}", bed.screen());
    bed.keys("⎋");
    assert!(bed.screen().contains("durations"), "{}", bed.screen());
}

#[test]
fn all_directories_of_the_tree_are_opened_and_closed_again() {
    let mut bed = workspaces(100, 40, &FILES);
    let is_open = |bed: &Bed| {
        let screen = bed.screen();
        screen.contains("▾ many") && screen.contains("same")
    };
    assert!(!is_open(&bed));
    bed.keys("Z");
    assert!(is_open(&bed), "{}", bed.screen());
    bed.keys("Z");
    assert!(!is_open(&bed), "{}", bed.screen());
}

#[test]
fn a_file_that_differs_is_scrolled() {
    let long: String = (0..200).map(|line| format!("line {line}\n")).collect();
    let files = [("tmp/long", [Some(long.as_bytes()), None])];
    let mut bed = workspaces(100, 30, &files);
    assert!(bed.screen().contains("1 line 0\n"), "{}", bed.screen());
    bed.keys("J");
    assert!(!bed.screen().contains("1 line 0\n"), "{}", bed.screen());
    bed.keys("K");
    assert!(bed.screen().contains("1 line 0\n"), "{}", bed.screen());
    for _ in 0..100 {
        bed.keys("J");
    }
    assert!(bed.screen().contains("200 line 199"), "{}", bed.screen());
}
