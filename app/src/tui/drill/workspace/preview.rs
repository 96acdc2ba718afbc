//! A part of a file, as what it is. However large the file, only what stands around what is shown is read.

use std::path::PathBuf;
use std::sync::Arc;

use super::Mode;
use super::choice::Chosen;
use super::seen::Stat;

/// Bytes in a row of hexadecimal digits.
pub(in crate::tui::drill) const HEX: usize = crate::hex::WIDTH;
/// A line is shown in parts that are no longer than this, in bytes.
pub(in crate::tui::drill) const LINE: usize = 4096;
/// Rows that one key press goes.
const STEP: usize = 8;
/// How much is read before and behind what is shown, in bytes.
const BEFORE: u64 = 128 * 1024;
const BEHIND: u64 = 192 * 1024;
/// With less than this around what is shown, more is read.
const LEAST: u64 = 16 * 1024;

/// The file under the cursor.
#[derive(Debug, Clone)]
pub(in crate::tui::drill) struct Preview {
    pub(in crate::tui::drill) path: PathBuf,
    /// How it looked when it was read.
    pub(in crate::tui::drill) stat: Option<Stat>,
    /// The first byte that is shown; of JSON, the first line.
    pub(in crate::tui::drill) offset: u64,
    /// What was read, or why it could not be.
    pub(in crate::tui::drill) window: Option<Result<Window, String>>,
    /// Rows that are being chosen.
    pub(in crate::tui::drill) chosen: Option<Chosen>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Where it begins.
    pub(crate) at: u64,
    pub(crate) bytes: Vec<u8>,
    /// Bytes in the file.
    pub(crate) size: u64,
    pub(crate) form: Form,
}

/// What a file looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text.
    Text,
    /// JSON, with indentation.
    Json(Arc<Vec<String>>),
    /// Bytes.
    Hex,
}

/// A part of a file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PreviewAsk {
    pub(crate) path: PathBuf,
    pub(crate) range: std::ops::Range<u64>,
    pub(crate) mode: Mode,
}

impl Preview {
    pub(in crate::tui::drill) fn new(path: PathBuf, stat: Option<Stat>) -> Preview {
        Preview {
            path,
            stat,
            offset: 0,
            window: None,
            chosen: None,
        }
    }

    /// Returns the part to be read.
    pub(in crate::tui::drill) fn ask(&self, mode: Mode) -> PreviewAsk {
        let offset = match &self.window {
            Some(Ok(Window {
                form: Form::Json(_), ..
            })) => 0,
            _ => self.offset,
        };
        PreviewAsk {
            path: self.path.clone(),
            range: offset.saturating_sub(BEFORE)..offset.saturating_add(BEHIND),
            mode,
        }
    }

    /// Takes what was read. What is shown stays, unless the file ends before it now.
    pub(in crate::tui::drill) fn take(&mut self, window: Result<Window, String>) {
        if let Ok(window) = &window {
            let last = match &window.form {
                Form::Json(lines) => (lines.len() as u64).saturating_sub(1),
                Form::Hex => window.size.saturating_sub(1) / HEX as u64 * HEX as u64,
                Form::Text => window.size.saturating_sub(1),
            };
            self.offset = self.offset.min(last);
            self.chosen = self.chosen.map(|chosen| chosen.within(last));
            if window.form == Form::Hex {
                self.offset -= self.offset % HEX as u64;
            }
        }
        self.window = Some(window);
    }

    /// Moves a few rows. Returns whether another part must be read.
    pub(in crate::tui::drill) fn scroll(&mut self, down: bool) -> bool {
        let Some(Ok(window)) = &self.window else {
            return false;
        };
        self.offset = match &window.form {
            Form::Json(lines) => {
                let last = (lines.len() as u64).saturating_sub(1);
                moved(self.offset, STEP as u64, down).min(last)
            }
            Form::Hex => {
                let last = window.size.saturating_sub(1) / HEX as u64 * HEX as u64;
                moved(self.offset, (STEP * HEX) as u64, down).min(last)
            }
            Form::Text => window.line_from(self.offset, down),
        };
        self.wants_more()
    }

    /// Whether what is shown is so near the end of what was read that another part must be.
    pub(in crate::tui::drill) fn wants_more(&self) -> bool {
        let Some(Ok(window)) = &self.window else {
            return false;
        };
        let end = window.at + window.bytes.len() as u64;
        !matches!(window.form, Form::Json(_))
            && ((self.offset + LEAST > end && end < window.size)
                || (self.offset < window.at + LEAST && window.at > 0))
    }
}

fn moved(offset: u64, by: u64, down: bool) -> u64 {
    if down {
        offset.saturating_add(by)
    } else {
        offset.saturating_sub(by)
    }
}

impl Window {
    /// Returns the bytes from a place on.
    pub(in crate::tui::drill) fn from(&self, offset: u64) -> &[u8] {
        let skip = usize::try_from(offset.saturating_sub(self.at)).unwrap_or(usize::MAX);
        self.bytes.get(skip..).unwrap_or_default()
    }

    /// Returns where the line begins that is a few lines away.
    fn line_from(&self, offset: u64, down: bool) -> u64 {
        let mut at = offset;
        for _ in 0..STEP {
            let next = if down { self.next(at) } else { self.previous(at) };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    pub(super) fn next(&self, at: u64) -> Option<u64> {
        let rest = self.from(at);
        let line = parts(rest).next()?;
        let next = at + line.skip as u64;
        (next < self.size && line.skip < rest.len()).then_some(next)
    }

    pub(super) fn previous(&self, at: u64) -> Option<u64> {
        let end = usize::try_from(at.checked_sub(self.at)?)
            .ok()?
            .min(self.bytes.len());
        let before = self.bytes.get(..end)?;
        // The newline at the end of the line before is not its beginning.
        let inner = before.get(..before.len().checked_sub(1)?)?;
        let start = memchr::memrchr(b'\n', inner).map_or(0, |end| end + 1);
        Some(self.at + start.max(end.saturating_sub(LINE)) as u64)
    }
}

/// A line, or a part of a long one.
pub(in crate::tui::drill) struct Part<'a> {
    pub(in crate::tui::drill) text: &'a [u8],
    /// Bytes to the next one.
    skip: usize,
}

/// Returns the lines of a text; long ones in parts.
pub(in crate::tui::drill) fn parts(bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let head = &rest[..rest.len().min(LINE)];
        let part = match memchr::memchr(b'\n', head) {
            Some(end) => Part {
                text: &head[..end],
                skip: end + 1,
            },
            None => Part {
                text: head,
                skip: head.len(),
            },
        };
        rest = &rest[part.skip..];
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(bytes: &[u8], form: Form) -> Preview {
        let mut preview = Preview::new("f".into(), None);
        preview.take(Ok(Window {
            at: 0,
            bytes: bytes.to_vec(),
            size: bytes.len() as u64,
            form,
        }));
        preview
    }

    #[test]
    fn text_goes_by_lines_and_there_and_back() {
        let text: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let mut preview = preview(text.as_bytes(), Form::Text);
        preview.scroll(true);
        preview.scroll(true);
        let shown = |preview: &Preview| {
            let Some(Ok(window)) = &preview.window else {
                panic!("a window")
            };
            let rest = window.from(preview.offset);
            String::from_utf8_lossy(parts(rest).next().expect("a line").text).into_owned()
        };
        assert_eq!(shown(&preview), "line 16");
        preview.scroll(false);
        assert_eq!(shown(&preview), "line 8");
        for _ in 0..50 {
            preview.scroll(true);
        }
        assert_eq!(shown(&preview), "line 99");
        for _ in 0..50 {
            preview.scroll(false);
        }
        assert_eq!(preview.offset, 0);
    }

    #[test]
    fn one_endless_line_can_be_gone_through() {
        let mut preview = preview(&vec![b'x'; 100_000], Form::Text);
        preview.scroll(true);
        assert_eq!(preview.offset, 8 * LINE as u64);
        preview.scroll(false);
        assert_eq!(preview.offset, 0);
    }

    #[test]
    fn near_the_end_of_what_was_read_more_is_wanted() {
        let mut preview = preview(&[0; 64], Form::Hex);
        assert!(!preview.scroll(true), "there is no more");
        assert_eq!(preview.offset, 48);
        preview.take(Ok(Window {
            at: 0,
            bytes: vec![0; 20_000],
            size: 1 << 40,
            form: Form::Hex,
        }));
        for _ in 0..28 {
            preview.scroll(true);
        }
        assert!(preview.scroll(true));
        assert!(preview.ask(Mode::Hex).range.contains(&preview.offset));
    }

    #[test]
    fn a_file_that_shrank_shows_its_end() {
        let mut preview = preview(&[0; 64], Form::Hex);
        preview.offset = 48;
        preview.take(Ok(Window {
            at: 0,
            bytes: vec![0; 20],
            size: 20,
            form: Form::Hex,
        }));
        assert_eq!(preview.offset, 16);
    }
}
