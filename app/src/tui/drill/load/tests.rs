//! What a look at a compressed log costs.

use std::fs;
use std::path::{Path, PathBuf};

use gkfs_runner::record::{LogFile, pack_log};

use super::*;
use crate::tui::drill::sources::clock::Clock;
use crate::tui::drill::sources::index::{Cursor, grow_of};
use crate::tui::drill::sources::lines::Lines;

/// As much as is decompressed at once.
const FRAME: u64 = 512 << 10;
/// What is indexed before anything is seen.
const FIRST: u64 = 1 << 20;

/// Writes a log of six frames and a bit, whose lines end nowhere near the ends of the frames, and compresses it.
fn log(dir: &Path) -> PathBuf {
    let path = dir.join("gkfs_client.log");
    let line = |n: u64| {
        format!(
            "[2026-11-22 03:03:{:02}.000000] [1] [info] line {n:06} of many\n",
            n / 1000
        )
    };
    let text: String = (0..57_000).map(line).collect();
    assert_eq!(text.len() as u64 / FRAME, 6);
    fs::write(&path, &text).expect("a log");
    pack_log(&path).expect("a compressed log");
    path
}

/// Indexes a log in portions; returns its lines, and how many frames were decompressed for each portion.
fn index(path: &Path, portions: &[u64]) -> (Lines, Vec<u64>) {
    let mut cursor = Cursor::new(Clock::default());
    let mut lines = Lines::default();
    let costs = portions.iter().map(|portion| {
        let file = LogFile::open(path).expect("a compressed log");
        let growth = grow_of(&file, std::mem::take(&mut cursor), *portion, true).expect("it is whole");
        cursor = growth.cursor;
        lines.append(growth.entries, cursor.end());
        file.decompressed()
    });
    let costs = costs.collect();
    (lines, costs)
}

/// Reads lines as for a screen; returns the first text and how many frames were decompressed.
fn screen(path: &Path, lines: &Lines, range: std::ops::Range<u32>) -> (String, u64) {
    let pieces = range.map(|line| Piece {
        line: LineRef { source: 0, line },
        path: path.to_owned(),
        span: lines.span(line).expect("a line"),
    });
    let mut open = None;
    let texts = read_by(&mut open, pieces.collect());
    let text = String::from_utf8_lossy(&texts[0].1).into_owned();
    (text, open.expect("a file").1.decompressed())
}

#[test]
fn no_frame_is_decompressed_twice_to_see_the_beginning_and_the_end() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = log(dir.path());
    // The first screen: what is indexed before it, and its lines.
    let (lines, costs) = index(&path, &[FIRST]);
    assert_eq!(costs, [FIRST / FRAME]);
    let (text, cost) = screen(&path, &lines, 0..200);
    assert!(text.ends_with("line 000000 of many"), "{text}");
    assert_eq!(cost, 1);
    // The rest, with the frame in which the line begins that the first portion ended within.
    let (lines, costs) = index(&path, &[FIRST, u64::MAX]);
    assert_eq!(lines.len(), 57_000);
    // Five frames, the first one to tell the file by, that of the line that was open, and the middle one for both threads.
    assert!(costs[1] <= 5 + 1 + 1 + 1, "{costs:?}");
    let (text, cost) = screen(&path, &lines, 56_800..57_000);
    assert!(text.ends_with("line 056800 of many"), "{text}");
    assert_eq!(cost, 1);
}
