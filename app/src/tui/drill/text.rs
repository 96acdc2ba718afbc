//! Bytes as columns of a screen: nothing that moves a cursor, tabs as blanks, no line longer than is shown.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// A line longer than this is shown up to here, in bytes.
pub(crate) const LONGEST: usize = 64 * 1024;
const TAB: usize = 8;

/// Returns the columns from `skip` on, at most `width` of them. Only what is needed is looked at.
pub(crate) fn columns(bytes: &[u8], skip: usize, width: usize) -> String {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let mut window = Window {
        skip,
        end: skip.saturating_add(width),
        at: 0,
        text: String::new(),
    };
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if window.is_full() {
                return window.text;
            }
            window.char(char);
        }
        for byte in chunk.invalid() {
            window.str(&format!("\\x{byte:02x}"));
        }
    }
    window.text
}

/// Returns the text without any occurrence of a part, as of the path that all paths begin with.
pub(crate) fn without<'a>(bytes: &'a [u8], part: &[u8]) -> Cow<'a, [u8]> {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    if part.is_empty() || memchr::memmem::find(bytes, part).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut left = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(bytes, part) {
        left.extend_from_slice(&bytes[from..at]);
        from = at + part.len();
    }
    left.extend_from_slice(&bytes[from..]);
    Cow::Owned(left)
}

/// Returns the text without the sequences that give it colours.
pub(crate) fn uncolored(bytes: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"\x1b[") {
        let parameters = rest[at + 2..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit() || b";:".contains(byte));
        let end = at + 2 + parameters.count();
        let is_color = rest.get(end) == Some(&b'm');
        left.extend_from_slice(&rest[..if is_color { at } else { end }]);
        rest = &rest[if is_color { end + 1 } else { end }..];
    }
    left.extend_from_slice(rest);
    left
}

struct Window {
    skip: usize,
    end: usize,
    at: usize,
    text: String,
}

impl Window {
    fn is_full(&self) -> bool {
        self.at >= self.end
    }

    fn str(&mut self, text: &str) {
        text.chars().for_each(|char| self.put(char, 1));
    }

    fn char(&mut self, char: char) {
        match char {
            '\t' => (0..TAB - self.at % TAB).for_each(|_| self.put(' ', 1)),
            // The end of a line of a file from elsewhere; a wish to see a sign as a picture, which changes its width.
            '\r' | '\u{fe0f}' => {}
            _ if char.is_control() => self.str(&char.escape_default().to_string()),
            _ if is_invisible(char) => self.str(&char.escape_unicode().to_string()),
            _ => self.put(char, char.width().unwrap_or(0)),
        }
    }

    fn put(&mut self, char: char, width: usize) {
        let (from, to) = (self.at, self.at + width);
        self.at = to;
        if from >= self.skip && to <= self.end {
            if width > 0 || !self.text.is_empty() {
                self.text.push(char);
            }
        } else {
            // Half of a wide character.
            let half = to.min(self.end).saturating_sub(from.max(self.skip));
            (0..half).for_each(|_| self.text.push(' '));
        }
    }
}

/// Whether a character changes the direction or the look of its neighbours.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Returns a count of microseconds in the unit that suits it.
pub(crate) fn micros(us: u64) -> String {
    match us {
        0..1000 => format!("{us}µs"),
        1000..1_000_000 => format!("{:.1}ms", us as f64 / 1000.0),
        _ => format!("{:.2}s", us as f64 / 1_000_000.0),
    }
}

/// Returns a size in the unit that suits it.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "K", "M", "G", "T"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    match unit {
        0 => format!("{bytes}B"),
        _ => format!("{value:.1}{}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(columns(b"a\x1b[31mb\0\xff\r", 0, 80), "a\\u{1b}[31mb\\u{0}\\xff");
        assert_eq!(columns("a\u{202e}b".as_bytes(), 0, 80), "a\\u{202e}b");
    }

    #[test]
    fn tabs_and_wide_characters_keep_their_columns() {
        assert_eq!(columns(b"ab\tc", 0, 80), "ab      c");
        assert_eq!(columns("字字字".as_bytes(), 1, 3), " 字");
        assert_eq!(columns("字字".as_bytes(), 0, 3), "字 ");
        assert_eq!(columns("字".as_bytes(), 1, 0), "");
    }

    #[test]
    fn colours_go_and_other_sequences_stay_to_be_seen() {
        assert_eq!(
            uncolored(b"a\x1b[1;31mb\x1b[0mc\x1b[2Jd\x1b["),
            b"abc\x1b[2Jd\x1b["
        );
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!([size(5), size(4096), size(3 << 30)], ["5B", "4.0K", "3.0G"]);
        assert_eq!(
            [micros(7), micros(2900), micros(1_500_000)],
            ["7µs", "2.9ms", "1.50s"]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_are_wider_than_their_window(bytes in prop::collection::vec(any::<u8>(), 0..200), skip in 0..40_usize, width in 0..40_usize) {
            let text = columns(&bytes, skip, width);
            prop_assert!(text.width() <= width);
            prop_assert!(!text.chars().any(char::is_control));
            prop_assert!(uncolored(&bytes).len() <= bytes.len());
        }
    }
}
