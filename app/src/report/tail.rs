//! The end of a file, fit for a terminal.

use std::path::{Path, PathBuf};

use gkfs_runner::record::LogFile;
use serde::Serialize;

/// How much of a file's end is read; a line that is longer is cut.
const WINDOW: u64 = 64 * 1024;

/// The last lines of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tail {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its last lines, escaped.
    pub(crate) lines: Vec<String>,
    /// Whether there is more before them.
    pub(crate) cut: bool,
}

/// Reads the last lines of `path` that `tidy` leaves, at most `limit`; `None` if there are none.
pub(crate) fn read(path: &Path, limit: usize, tidy: fn(Vec<&str>) -> Vec<&str>) -> Option<Tail> {
    let file = LogFile::open(path).ok()?;
    let start = file.size().ok()?.saturating_sub(WINDOW);
    let bytes = file.read_from(start, WINDOW).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // The window may begin inside a line.
    let whole = if start > 0 {
        text.split_once('\n').map_or("", |(_, rest)| rest)
    } else {
        &text
    };
    let mut lines = tidy(whole.lines().filter(|line| !line.is_empty()).collect());
    let cut = start > 0 || lines.len() > limit;
    lines.drain(..lines.len().saturating_sub(limit));
    (!lines.is_empty()).then(|| Tail {
        path: path.into(),
        lines: lines.into_iter().map(printable).collect(),
        cut,
    })
}

/// Escapes what would move a terminal's cursor or change its state.
pub(crate) fn printable(line: &str) -> String {
    line.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        std::fs::write(file.path(), text).expect("write");
        file
    }

    #[test]
    fn the_last_lines_come_escaped() {
        let file = file(b"one\ntwo\n\nth\x1b[31mree\xff");
        let tail = read(file.path(), 2, |lines| lines).expect("lines");
        assert_eq!(tail.lines, ["two", "th\\u{1b}[31mree\u{fffd}"]);
        assert!(tail.cut);
        assert_eq!(
            read(file.path(), 9, |lines| lines[..1].to_vec())
                .expect("a line")
                .lines,
            ["one"]
        );
    }

    #[test]
    fn a_long_file_is_read_from_its_end_only() {
        let text: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
        let file = file(text.as_bytes());
        let tail = read(file.path(), 100_000, |lines| lines).expect("lines");
        assert!(tail.cut && tail.lines.len() < 20_000);
        assert_eq!(tail.lines.last().map(String::as_str), Some("line 19999"));
        assert!(tail.lines[0].starts_with("line "), "{}", tail.lines[0]);
    }

    #[test]
    fn nothing_is_no_tail() {
        assert_eq!(read(file(b"").path(), 5, |lines| lines), None);
        assert_eq!(read(Path::new("/nonexistent"), 5, |lines| lines), None);
    }
}
