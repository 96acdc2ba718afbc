//! What failed, and the table that unfolds.

use std::fmt::Write as _;

use super::screens::snapshot;
use super::*;

/// Shows an attempt that did these operations: name, path, returned value, error and microseconds; one that has no
/// time hangs.
fn operations(columns: u16, rows: u16, done: &[(&str, &str, i64, i32, Option<u64>)]) -> Bed {
    let mut bed = Bed::empty();
    let mut text = String::new();
    for (at, (op, path, retval, errno, micros)) in done.iter().enumerate() {
        let begin = serde_json::json!({ "v": 1, "n": format!("1.{at}"), "ph": "b", "ts": 10 * at, "mono": 10 * at,
            "pid": 1, "tid": 1, "kind": "op", "op": op, "args": { "pathname": path } });
        writeln!(text, "{begin}").expect("a text");
        if let Some(micros) = micros {
            let end = serde_json::json!({ "v": 1, "n": format!("1.{at}"), "ph": "e", "ts": 10 * at, "pid": 1, "tid": 1,
                "mono": 10 * at + *micros as usize, "kind": "op", "reply": { "retval": retval, "buf": [1, 2, 3] },
                "ok": *errno == 0, "errno": errno });
            writeln!(text, "{end}").expect("a text");
        }
    }
    fs::write(bed.attempt().join("steps.jsonl"), text).expect("write");
    bed.tell(Msg::Area(columns, rows));
    bed.show();
    bed.keys("2");
    bed
}

const DONE: [(&str, &str, i64, i32, Option<u64>); 4] = [
    ("mkdir", "/m/b", 0, 0, Some(1_234_567)),
    ("rmdir", "/m/c", -1, 39, Some(20)),
    ("read", "/m/a", 12, 0, Some(7)),
    ("stat", "/m/d", 0, 0, None),
];

/// Returns the operations in the order in which they stand on the screen.
fn order(bed: &Bed) -> Vec<String> {
    let names = DONE.map(|(op, ..)| op);
    let screen = bed.screen();
    let word = |line: &str| line.split_whitespace().nth(2).map(str::to_owned);
    let words = screen.lines().filter_map(word);
    words.filter(|word| names.contains(&word.as_str())).collect()
}

#[test]
fn what_failed_stands_above_the_table() {
    let mut bed = Bed::new(100, 30);
    bed.keys("2");
    snapshot("results", &bed);
    bed.keys("j⏎");
    snapshot("results_unfolded", &bed);
    let mut narrow = Bed::new(45, 12);
    narrow.keys("2JJ");
    snapshot("results_narrow", &narrow);
}

#[test]
fn each_column_sorts_and_says_so() {
    let mut bed = operations(100, 20, &DONE);
    assert_eq!(order(&bed), ["mkdir", "rmdir", "read", "stat"]);
    for (title, expected) in [
        ("operation ▲", ["mkdir", "read", "rmdir", "stat"]),
        ("path ▲", ["read", "mkdir", "rmdir", "stat"]),
        ("retval ▲", ["stat", "rmdir", "mkdir", "read"]),
        ("errno ▼", ["rmdir", "mkdir", "read", "stat"]),
        ("µs ▼", ["stat", "mkdir", "rmdir", "read"]),
    ] {
        bed.keys(">");
        assert!(bed.screen().contains(title), "{title}:\n{}", bed.screen());
        assert_eq!(order(&bed), expected, "{title}");
    }
    bed.keys("O");
    assert!(bed.screen().contains("µs ▲"));
    assert_eq!(order(&bed), ["read", "rmdir", "mkdir", "stat"]);
    bed.keys("<");
    assert!(bed.screen().contains("errno ▼"), "the other column begins anew");
}

#[test]
fn rows_unfold_and_the_cursor_stays_on_its_operation() {
    let mut bed = operations(100, 30, &DONE);
    bed.keys("jl");
    let screen = bed.screen();
    assert!(
        screen.contains("▾ 2") && screen.contains("retval: -1"),
        "{screen}"
    );
    assert!(
        screen.contains("buf: [1, 2, 3] 3") && screen.contains("ENOTEMPTY"),
        "{screen}"
    );
    // Into the tree, to the list, which opens; then out again, level by level.
    bed.keys("jjjjl");
    assert!(bed.screen().contains("0: 1"), "{}", bed.screen());
    bed.keys("h");
    assert!(!bed.screen().contains("0: 1"), "{}", bed.screen());
    bed.keys("hhhh");
    assert!(!bed.screen().contains("retval: -1"), "{}", bed.screen());
    bed.keys(">");
    assert!(bed.screen().contains("3/4"), "{}", bed.screen());
}

#[test]
fn all_unfold_and_fold() {
    let mut bed = operations(100, 40, &DONE);
    bed.keys("Z");
    let screen = bed.screen();
    assert!(
        screen.contains("4 unfolded") && screen.matches("args: {1}").count() == 4,
        "{screen}"
    );
    bed.keys("Z");
    assert!(!bed.screen().contains("args"), "{}", bed.screen());
}

#[test]
fn a_source_that_changed_since_says_so() {
    let mut bed = Bed::empty();
    let source = bed.dir.path().join("tests/io.rs");
    bed.touch(&source, SystemTime::UNIX_EPOCH + ENDED + Duration::from_hours(1));
    bed.tell(Msg::Area(100, 30));
    bed.show();
    bed.keys("2");
    assert!(
        bed.screen().contains("changed since the run; it now says"),
        "{}",
        bed.screen()
    );
    assert_eq!(bed.drill.source(), Some((source.clone(), 6)));

    let mut bed = Bed::empty();
    fs::write(bed.dir.path().join("tests/io.rs"), "// nothing\n").expect("write");
    bed.tell(Msg::Area(100, 30));
    bed.show();
    bed.keys("2");
    assert!(
        bed.screen().contains("has no such line any more"),
        "{}",
        bed.screen()
    );

    let mut bed = Bed::empty();
    fs::remove_file(bed.dir.path().join("tests/io.rs")).expect("remove");
    bed.tell(Msg::Area(100, 30));
    bed.show();
    bed.keys("2");
    assert!(
        bed.screen().contains("the source is not found here"),
        "{}",
        bed.screen()
    );
    assert_eq!(bed.drill.source(), None);
}
