//! A part of a file, as what it is.

use std::os::unix::ffi::OsStrExt;

use ratatui::layout::Rect;

use super::json;
use super::paint::Paint;
use crate::hex;
use crate::tui::drill::text::{columns, size};
use crate::tui::drill::workspace::preview::{Form, HEX, Preview, Window, parts};
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
    let mut at = preview.offset;
    for row in 0..usize::from(inner.height) {
        if !line(paint, inner, row, window, at) {
            break;
        }
        if preview.chosen.is_some_and(|chosen| chosen.has(at)) {
            paint.row(inner, row, Role::Selection);
        }
        match window.step(at, true) {
            Some(next) => at = next,
            None => break,
        }
    }
}

/// Draws the row of the file that begins at a place, if there is one.
fn line(paint: &mut Paint<'_>, area: Rect, row: usize, window: &Window, at: u64) -> bool {
    let bytes = window.from(at);
    match &window.form {
        Form::Json(lines) => {
            let text = usize::try_from(at).ok().and_then(|at| lines.get(at));
            text.is_some_and(|text| {
                json::line(paint, area, row, text);
                true
            })
        }
        _ if bytes.is_empty() => false,
        Form::Text => {
            let text = parts(bytes).next().map_or(&[][..], |part| part.text);
            let text = columns(text, 0, usize::from(area.width));
            paint.text(area, row, &text, Role::Text);
            true
        }
        Form::Hex => {
            let [place, digits, text] = hex::row(at, &bytes[..bytes.len().min(HEX)]);
            let parts = [(place, Role::Dim), (digits, Role::JsonNumber), (text, Role::Text)];
            paint.parts(area, row, &parts);
            true
        }
    }
}

/// Tells how far down it is, unless it is the beginning.
fn percent(at: u64, of: u64) -> String {
    match at {
        0 => String::new(),
        _ => format!(" · from {} %", u128::from(at) * 100 / u128::from(of.max(1))),
    }
}
