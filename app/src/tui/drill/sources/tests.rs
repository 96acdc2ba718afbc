//! Files that grow, shrink, and hold anything.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::clock::Clock;
use super::head::Level;
use super::index::{Cursor, Growth, grow};
use super::{Kind, Source, files};

fn cursor() -> Cursor {
    Cursor::new(Clock::new(Some(TimeZone::UTC), None, &[]))
}

fn look(path: &Path, cursor: Cursor, whole: bool) -> Growth {
    grow(path, cursor, u64::MAX, whole).expect("a readable file")
}

fn append(path: &Path, text: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).expect("open");
    file.write_all(text).expect("write");
}

const DAEMON: &str = "[26-11-22 03:03:09.623422] 1455 [D][main] one\n\
                      [26-11-22 03:03:09.623565] 1455 [I][main] two\n\
                      which goes on\n\
                      [26-11-22 03:03:09.700000] 1455 [E][main] thr";

#[test]
fn a_line_without_an_end_is_held() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("log");
    fs::write(&path, DAEMON).expect("write");
    let first = look(&path, cursor(), false);
    assert_eq!(first.entries.len(), 3);
    let ts = |line| first.entries.get(line).map(|entry| entry.ts);
    assert_eq!(ts(1), ts(2), "a line without a time has that of the one before");
    append(&path, b"ee\n");
    let second = look(&path, first.cursor, false);
    assert!(!second.restarted);
    let third = second.entries.get(0).expect("a line");
    let at = DAEMON
        .rfind('[')
        .and_then(|at| DAEMON[..at].rfind("[26"))
        .expect("the last line");
    assert_eq!((third.at, third.level), (at as u64, Level::Error));
    assert_eq!(second.cursor.end() as usize, DAEMON.len() + 3);
}

#[test]
fn when_nobody_writes_any_more_the_last_line_needs_no_end() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("log");
    fs::write(&path, DAEMON).expect("write");
    let all = look(&path, cursor(), true);
    assert_eq!(all.entries.len(), 4);
    assert_eq!(look(&path, all.cursor, true).entries.len(), 0);
}

#[test]
fn a_file_that_was_cut_or_replaced_begins_anew() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("log");
    fs::write(&path, "one\ntwo\n").expect("write");
    let first = look(&path, cursor(), false);
    fs::write(&path, "1\n").expect("cut");
    let cut = look(&path, first.cursor.clone(), false);
    assert!(cut.restarted);
    assert_eq!(cut.entries.len(), 1);
    fs::write(&path, "another and longer\n").expect("written over");
    let over = look(&path, first.cursor.clone(), false);
    assert!(over.restarted);
    fs::write(dir.path().join("other"), "one\ntwo\nthree\n").expect("write");
    fs::rename(dir.path().join("other"), &path).expect("rename");
    assert!(look(&path, first.cursor, false).restarted);
}

#[test]
fn a_large_file_comes_in_portions() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("log");
    let mut file = File::create(&path).expect("create");
    let long = "x".repeat(3 << 20);
    write!(file, "{long}\nshort\n{long}\n").expect("write");
    let (mut cursor, mut lines, mut looks) = (cursor(), Vec::new(), 0);
    loop {
        let growth = grow(&path, cursor, 1 << 20, false).expect("a readable file");
        cursor = growth.cursor;
        lines.extend(growth.entries.iter().map(|entry| entry.at));
        looks += 1;
        if !growth.more {
            break;
        }
    }
    let second = long.len() as u64 + 1;
    assert_eq!(lines, [0, second, second + 6]);
    assert!(looks > 3);
}

proptest! {
    /// Two threads share what is large enough; what is read in small portions is read by one.
    #[test]
    fn two_threads_see_what_one_sees(
        lines in prop::collection::vec((0..6_u32, 0..400_usize, prop::bool::weighted(0.7)), 1..60), limit in 200..900_u64,
    ) {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("log");
        // Lines before the first time take that of the file, as far as it was read.
        let mut text = "[26-11-22 03:03:00.623422] 1455 [W][main] x\n".to_owned();
        for (second, length, is_stamped) in lines {
            if is_stamped {
                text.push_str(&format!("[26-11-22 03:03:0{second}.623422] 1455 [W][main] "));
            }
            text.push_str(&"x".repeat(length));
            text.push('\n');
        }
        fs::write(&path, &text).expect("write");
        let together = look(&path, cursor(), true);
        prop_assert!(!together.more);
        let (mut known, mut entries) = (cursor(), Vec::new());
        loop {
            let growth = grow(&path, known, limit, true).expect("a readable file");
            known = growth.cursor;
            entries.extend(growth.entries.iter());
            if !growth.more {
                break;
            }
        }
        prop_assert_eq!(together.entries.iter().collect::<Vec<_>>(), entries);
        prop_assert_eq!(together.cursor.end(), known.end());
    }
}

#[test]
fn logs_are_told_from_what_is_none() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let logs = dir.path().join("workspace/logs");
    fs::create_dir_all(&logs).expect("logs");
    let names = [
        "gkfs_client.log",
        "gkfs_daemon.log",
        "gkfs_daemon-2.log",
        "gkfs_daemon.stderr.log",
        "stats.log",
        "test_mkdir.color.log",
        "gkfs_client.log.gz",
    ];
    for name in names {
        fs::write(logs.join(name), "").expect("write");
    }
    fs::write(dir.path().join("stdout.log"), "").expect("write");
    let found: Vec<(Kind, String)> = files(dir.path())
        .into_iter()
        .map(|(kind, path)| (kind, Source::new(kind, &path).name))
        .collect();
    let wanted = [
        (Kind::Steps, "steps"),
        (Kind::Daemon, "daemon"),
        (Kind::Daemon, "daemon-2"),
        (Kind::Client, "client"),
        (Kind::Log, "daemon.stderr"),
        (Kind::Stdout, "stdout"),
    ];
    assert_eq!(found, wanted.map(|(kind, name)| (kind, name.to_owned())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_in_any_pieces_give_the_same_lines(
        pieces in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..40), 1..6),
    ) {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("log");
        fs::write(&path, b"").expect("write");
        let mut source = Source::new(Kind::Log, &path);
        source.cursor = cursor();
        for piece in &pieces {
            append(&path, piece);
            let growth = look(&path, source.cursor.clone(), false);
            prop_assert!(!growth.restarted);
            source.take(growth);
        }
        let all = pieces.concat();
        let spans = (0..source.lines.len()).map(|line| source.lines.span(line).expect("a line"));
        let lines: Vec<&[u8]> = spans.map(|span| &all[span.start as usize..span.end as usize]).collect();
        let wanted: Vec<&[u8]> = all.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).collect();
        prop_assert_eq!(lines, wanted);
        let times = (0..source.lines.len()).map(|line| source.lines.get(line).map(|entry| entry.ts));
        prop_assert!(times.is_sorted());
    }
}
