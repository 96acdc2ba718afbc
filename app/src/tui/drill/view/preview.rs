//! A part of a file, as what it is.

use std::os::unix::ffi::OsStrExt;

use ratatui::layout::Rect;

use super::json;
use super::paint::Paint;
use crate::tui::drill::text::{columns, size};
use crate::tui::drill::workspace::preview::{Form, HEX, Preview, parts};
use crate::tui::theme::Role;

/// Draws a preview below its title.
pub(super) fn draw(preview: &Preview, paint: &mut Paint<'_>, area: Rect) {
    let name = preview.path.file_name().unwrap_or_default();
    let name = columns(name.as_bytes(), 0, usize::from(area.width));
    let inner = Rect::new(area.x, area.y + 1, area.width, area.height.saturating_sub(1));
    let window = match &preview.window {
        None => return paint.rule(area, &format!("{name} …")),
        Some(Err(error)) => {
            paint.rule(area, &name);
            return paint.text(inner, 0, error, Role::LevelError);
        }
        Some(Ok(window)) => window,
    };
    let (form, place) = match &window.form {
        Form::Json(lines) => ("JSON", percent(preview.offset, lines.len() as u64)),
        Form::Text => ("text", percent(preview.offset, window.size)),
        Form::Hex => ("bytes", percent(preview.offset, window.size)),
    };
    paint.rule(
        area,
        &format!("{name} · {} as {form} (p){place}", size(window.size)),
    );
    match &window.form {
        Form::Json(lines) => {
            let top = usize::try_from(preview.offset).unwrap_or(usize::MAX);
            for (row, text) in lines.iter().skip(top).take(usize::from(inner.height)).enumerate() {
                json::line(paint, inner, row, text);
            }
        }
        Form::Text => text(paint, inner, window.from(preview.offset)),
        Form::Hex => hex(paint, inner, preview.offset, window.from(preview.offset)),
    }
}

/// Tells how far down it is, unless it is the beginning.
fn percent(at: u64, of: u64) -> String {
    match at {
        0 => String::new(),
        _ => format!(" · from {} %", u128::from(at) * 100 / u128::from(of.max(1))),
    }
}

fn text(paint: &mut Paint<'_>, area: Rect, bytes: &[u8]) {
    for (row, part) in parts(bytes).take(usize::from(area.height)).enumerate() {
        let text = columns(part.text, 0, usize::from(area.width));
        paint.text(area, row, &text, Role::Text);
    }
}

fn hex(paint: &mut Paint<'_>, area: Rect, from: u64, bytes: &[u8]) {
    for (row, chunk) in bytes.chunks(HEX).take(usize::from(area.height)).enumerate() {
        let digits: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = chunk
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() || *byte == b' ' {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        let parts = [
            (format!("{:06x}  ", from + (row * HEX) as u64), Role::Dim),
            (format!("{:47}  ", digits.join(" ")), Role::JsonNumber),
            (text, Role::Text),
        ];
        paint.parts(area, row, &parts);
    }
}
