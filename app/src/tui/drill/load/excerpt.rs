//! The source around an assertion.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::modified;
use crate::tui::drill::results::Found;

/// How many lines stand around the one that failed.
const AROUND: usize = 4;
/// No source has longer lines; one that has is none, in bytes.
const WIDEST: usize = 4096;

/// Reads the lines around one of a source file, where that file is found.
pub(super) fn excerpt(file: &str, line: usize, roots: &[PathBuf]) -> Option<Found> {
    let read = |path: PathBuf| {
        let (lines, modified) = around(&path, line).ok()?;
        Some(Found {
            path,
            lines,
            modified,
        })
    };
    let found: Vec<Found> = roots.iter().filter_map(|root| read(root.join(file))).collect();
    let has_line = found.iter().position(|found| !found.lines.is_empty());
    found.into_iter().nth(has_line.unwrap_or(0))
}

fn around(path: &Path, line: usize) -> io::Result<(Vec<(usize, String)>, i64)> {
    // What else is called so, such as a pipe, must not be waited for.
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let first = line.saturating_sub(AROUND).max(1);
    let mut lines = Vec::new();
    for (index, text) in BufReader::new(File::open(path)?).split(b'\n').enumerate() {
        let (number, mut text) = (index + 1, text?);
        text.truncate(WIDEST);
        if number >= first {
            lines.push((number, String::from_utf8_lossy(&text).into_owned()));
        }
        if number == line + AROUND {
            break;
        }
    }
    if lines.iter().all(|(number, _)| *number != line) {
        lines.clear();
    }
    Ok((lines, modified(&meta)))
}
