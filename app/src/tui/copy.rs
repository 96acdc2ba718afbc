//! How much can be copied: what a terminal takes at once is far less than a log.

use super::drill::Extract;
use super::drill::size;

/// The most bytes that are copied. A terminal gets them as base64 in one sequence, and some take no more than 100,000
/// bytes of that, or drop it without a word.
pub(crate) const MOST: usize = 74_000;

/// Says that something is too long to be copied.
pub(crate) fn too_long(what: &str) -> String {
    let most = size(MOST as u64);
    format!("too much to copy: {what}, and terminals take {most}; print leaves it all on the normal screen")
}

/// Reads lines, no more of them than can be copied. Returns how many they are, and their text.
///
/// # Errors
/// There are more, in words.
pub(crate) fn collect(lines: &Extract) -> Result<(usize, String), String> {
    let mut text = String::new();
    for line in lines.lines() {
        if text.len() + line.len() >= MOST {
            return Err(too_long(&format!("{} lines", lines.len())));
        }
        text.push_str(&line);
        text.push('\n');
    }
    Ok((lines.len(), text))
}
