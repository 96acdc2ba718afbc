//! A part of a file, read where nothing but a plain file is ever opened.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

use gkfs_runner::record::LogFile;

use crate::tui::drill::sources::index;
use crate::tui::drill::workspace::Mode;
use crate::tui::drill::workspace::preview::{Form, PreviewAsk, Window};

/// A larger file is not shown as JSON, in bytes.
const JSON: u64 = 2 << 20;

/// Reads it, unless it is anything but a plain file: a pipe would wait for ever.
pub(super) fn preview(ask: &PreviewAsk) -> io::Result<Window> {
    let meta = fs::symlink_metadata(&ask.path)?;
    if !meta.is_file() {
        return Err(io::Error::other("not a plain file: it is not opened"));
    }
    // It may have become something else since.
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let file = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(&ask.path)?;
    // A compressed log is shown as what it says.
    let file = LogFile::of(file, &ask.path)?;
    let size = file.size()?;
    if let Some(lines) = json(&file, size, ask)? {
        return Ok(Window {
            at: 0,
            bytes: Vec::new(),
            size,
            form: Form::Json(Arc::new(lines)),
        });
    }
    let len = usize::try_from(ask.range.end - ask.range.start).unwrap_or(0);
    // A file that is shorter than it was is shown from its end.
    let at = ask.range.start.min(size.saturating_sub(len as u64 / 2));
    let bytes = index::read(&file, at, len)?;
    let form = match ask.mode {
        Mode::Hex => Form::Hex,
        Mode::Auto if is_binary(&bytes) => Form::Hex,
        _ => Form::Text,
    };
    Ok(Window {
        at,
        bytes,
        size,
        form,
    })
}

/// Whether it is no text. A character may be cut at both ends of what was read.
fn is_binary(bytes: &[u8]) -> bool {
    let inner = bytes.get(3..).unwrap_or_default();
    bytes.contains(&0)
        || std::str::from_utf8(inner).is_err_and(|error| {
            let wrong = inner.get(error.valid_up_to()).copied().unwrap_or(0);
            error.error_len().is_some() && !(error.valid_up_to() < 3 && wrong & 0xc0 == 0x80)
        })
}

/// Returns JSON with indentation, one document or one a line, if it is to be shown so and is not too much.
fn json(file: &LogFile, size: u64, ask: &PreviewAsk) -> io::Result<Option<Vec<String>>> {
    let looks = ask
        .path
        .extension()
        .is_some_and(|ext| ext == "json" || ext == "jsonl");
    let wanted = ask.mode == Mode::Json || (ask.mode == Mode::Auto && looks);
    if !wanted || size > JSON {
        return Ok(None);
    }
    let bytes = index::read(file, 0, usize::try_from(size).unwrap_or(0))?;
    Ok(Some(indented(&bytes)))
}

fn indented(bytes: &[u8]) -> Vec<String> {
    let pretty = |bytes: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        serde_json::to_string_pretty(&value).ok()
    };
    let text = pretty(bytes).unwrap_or_else(|| {
        let lines = bytes.split(|byte| *byte == b'\n');
        // What is no JSON is shown as it is.
        let lines =
            lines.map(|line| pretty(line).unwrap_or_else(|| String::from_utf8_lossy(line).into_owned()));
        lines.collect::<Vec<_>>().join("\n")
    });
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn ask(path: &Path, at: u64, mode: Mode) -> PreviewAsk {
        PreviewAsk {
            path: path.to_owned(),
            range: at..at + 100,
            mode,
        }
    }

    #[test]
    fn only_a_part_of_a_huge_file_is_read() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("huge");
        File::create(&path)
            .and_then(|file| file.set_len(1 << 40))
            .expect("a sparse file");
        let window = preview(&ask(&path, 1 << 39, Mode::Auto)).expect("a part");
        assert_eq!(
            (window.at, window.bytes.len(), window.size),
            (1 << 39, 100, 1 << 40)
        );
        assert_eq!(window.form, Form::Hex);
        // Too large to be JSON.
        assert_eq!(
            preview(&ask(&path, 0, Mode::Json)).expect("a part").form,
            Form::Text
        );
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .expect("a pipe");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("link", &link).expect("a link to itself");
        for path in [socket, pipe, link] {
            let error = preview(&ask(&path, 0, Mode::Auto)).expect_err("no file");
            assert!(error.to_string().contains("not a plain file"), "{error}");
        }
    }

    #[test]
    fn json_is_indented_one_document_or_one_a_line() {
        assert_eq!(indented(b"{\"a\":1}"), ["{", "  \"a\": 1", "}"]);
        assert_eq!(indented(b"[1]\nno\n"), ["[", "  1", "]", "no"]);
    }

    #[test]
    fn text_that_is_cut_within_a_character_is_text() {
        let text = "é".repeat(50);
        assert!(!is_binary(&text.as_bytes()[1..99]));
        assert!(is_binary(b"abcdef\xff\xfe"));
        assert!(is_binary(b"a\0b"));
    }
}
