//! JSON with indentation, a line at a time.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::tui::theme::Role;

/// Draws a line of indented JSON: its key, if it has one, and its value.
pub(super) fn line(paint: &mut Paint<'_>, area: Rect, row: usize, text: &str) {
    let indent = text.len() - text.trim_start().len();
    let (blank, rest) = text.split_at(indent);
    // A string's own quotes are escaped, so the first `": ` ends a key.
    let key = rest
        .starts_with('"')
        .then(|| rest.find("\": "))
        .flatten()
        .map_or(0, |end| end + 3);
    let (key, value) = rest.split_at(key);
    let role = match value.as_bytes().first() {
        Some(b'"') => Role::JsonString,
        Some(b'{' | b'}' | b'[' | b']') | None => Role::Dim,
        Some(_) => Role::JsonNumber,
    };
    let parts = [(blank, Role::Text), (key, Role::JsonKey), (value, role)];
    paint.parts(area, row, &parts);
}
