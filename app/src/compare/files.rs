//! A file that two workspaces hold, side by side: as text, or as bytes.

use std::path::PathBuf;

use super::logs::{Log, beginning, cut, lines};
use super::normal::{Normalizer, Patterns};
use super::{Limits, LogDiff, compare};

/// Of what is no text, no more is compared, in bytes.
const BYTES: usize = 256 * 1024;
/// Bytes in a row of digits.
const ROW: usize = 16;

/// A file in two workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilesAsk {
    /// The attempts' directories.
    pub(crate) attempts: [PathBuf; 2],
    /// What it is called, below the workspace.
    pub(crate) name: PathBuf,
    /// Where it is, if it is there.
    pub(crate) files: [Option<PathBuf>; 2],
}

/// Compares what a file holds; one that is not there holds nothing.
pub(crate) fn files(ask: &FilesAsk, limits: Limits) -> LogDiff {
    let patterns = Patterns::new();
    let read = [0, 1].map(|side| {
        let path = ask.files[side].as_ref()?;
        Some(beginning(path, limits.bytes))
    });
    // Where one is no text, neither is taken for text.
    let is_binary = read.iter().flatten().flatten().any(|(bytes, _)| is_binary(bytes));
    let mut sides = [0, 1].into_iter().map(|side| match &read[side] {
        None => Log::default(),
        Some(Err(error)) => Log {
            lines: Vec::new(),
            limit: Some(format!("cannot be read: {error}")),
        },
        Some(Ok((bytes, size))) if is_binary => {
            let bytes = &bytes[..bytes.len().min(BYTES)];
            Log {
                lines: bytes.chunks(ROW).enumerate().map(digits).collect(),
                limit: cut(bytes.len() as u64, *size),
            }
        }
        Some(Ok((bytes, size))) => Log {
            lines: lines(bytes, &Normalizer::of(&ask.attempts[side], &patterns)),
            limit: cut(bytes.len() as u64, *size),
        },
    });
    let [left, right] = [(); 2].map(|()| sides.next().unwrap_or_default());
    compare(ask.name.to_string_lossy().into_owned(), &left, &right, limits)
}

/// A character may be cut at the end of what was read.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.contains(&0) || std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some())
}

/// Returns a row of bytes: where they are, their digits, and what of them is text.
fn digits((row, bytes): (usize, &[u8])) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_shown = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    let text: String = bytes
        .iter()
        .map(|byte| if is_shown(*byte) { char::from(*byte) } else { '.' })
        .collect();
    format!("{:06x}  {:47}  {text}", row * ROW, digits.join(" "))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::compare::Row;

    /// Compares two files, of which one may not be there, and returns their rows.
    fn rows(left: &[u8], right: Option<&[u8]>) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a directory");
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, bytes).expect("write");
            path
        };
        let ask = FilesAsk {
            attempts: [dir.path().join("a"), dir.path().join("b")],
            name: "f".into(),
            files: [Some(write("l", left)), right.map(|right| write("r", right))],
        };
        let side = |line: &Option<crate::compare::Line>| {
            line.as_ref().map_or("-".to_owned(), |line| line.text.clone())
        };
        let told = |row: &Row| match row {
            Row::Same(line, _) => format!("= {}", line.text),
            Row::Differ(left, right) => format!("{} | {}", side(left), side(right)),
            Row::Skipped(lines) => format!("… {lines}"),
        };
        files(&ask, Limits::default()).rows.iter().map(told).collect()
    }

    #[test]
    fn text_is_compared_by_lines_and_all_else_by_bytes() {
        assert_eq!(rows(b"a\nb\n", Some(b"a\nc\n")), ["= a", "b | c"]);
        assert_eq!(
            rows(b"0123456789abcdef\0x", Some(b"0123456789abcdef\0y")),
            [
                "= 000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef".to_owned(),
                format!("000010  {:47}  .x | 000010  {:47}  .y", "00 78", "00 79"),
            ]
        );
    }

    #[test]
    fn what_only_one_has_stands_alone() {
        assert_eq!(rows(b"a\n", None), ["a | -"]);
        assert!(rows(b"", None).is_empty());
    }
}
