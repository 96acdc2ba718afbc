//! The beginning of a file, as what it is.

use std::path::Path;

use ratatui::layout::Rect;

use super::json;
use super::paint::Paint;
use crate::tui::drill::Drill;
use crate::tui::drill::effect::Preview;
use crate::tui::drill::text::{columns, size};
use crate::tui::drill::workspace::Mode;
use crate::tui::theme::Role;

/// Bytes in a row of hexadecimal digits.
const HEX: usize = 16;

/// Draws a preview below its title.
pub(super) fn draw(
    drill: &Drill,
    path: &Path,
    preview: Option<&Result<Preview, String>>,
    paint: &mut Paint<'_>,
    area: Rect,
) {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let inner = Rect::new(area.x, area.y + 1, area.width, area.height.saturating_sub(1));
    let preview = match preview {
        None => return paint.rule(area, &format!("{name} …")),
        Some(Err(error)) => {
            paint.rule(area, &name);
            return paint.text(inner, 0, error, Role::LevelError);
        }
        Some(Ok(preview)) => preview,
    };
    let cut = (preview.bytes.len() as u64) < preview.size;
    let shown = if cut {
        format!(", first {}", size(preview.bytes.len() as u64))
    } else {
        String::new()
    };
    paint.rule(area, &format!("{name} · {}{shown}", size(preview.size)));
    let scroll = drill.workspace.scroll;
    match mode(drill.workspace.mode, path, &preview.bytes) {
        Mode::Hex => hex(paint, inner, &preview.bytes, scroll),
        Mode::Json => tree(paint, inner, &preview.bytes, scroll),
        Mode::Text | Mode::Auto => text(paint, inner, &preview.bytes, scroll),
    }
}

/// Decides what a file looks like.
fn mode(chosen: Mode, path: &Path, bytes: &[u8]) -> Mode {
    let is_json = path
        .extension()
        .is_some_and(|ext| ext == "json" || ext == "jsonl");
    match chosen {
        Mode::Auto if is_json => Mode::Json,
        // A character may be cut at the end of what was read.
        Mode::Auto
            if bytes.contains(&0) || std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_some()) =>
        {
            Mode::Hex
        }
        Mode::Auto => Mode::Text,
        chosen => chosen,
    }
}

fn text(paint: &mut Paint<'_>, area: Rect, bytes: &[u8], scroll: usize) {
    let lines = bytes.split(|byte| *byte == b'\n').skip(scroll);
    for (row, line) in lines.take(usize::from(area.height)).enumerate() {
        let text = columns(line, 0, usize::from(area.width));
        paint.text(area, row, &text, Role::Text);
    }
}

/// Draws JSON, one document or one a line; what is none is drawn as it is.
fn tree(paint: &mut Paint<'_>, area: Rect, bytes: &[u8], scroll: usize) {
    let pretty = |bytes: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        serde_json::to_string_pretty(&value).ok()
    };
    let text = pretty(bytes).unwrap_or_else(|| {
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines =
            lines.map(|line| pretty(line).unwrap_or_else(|| String::from_utf8_lossy(line).into_owned()));
        lines.collect::<Vec<_>>().join("\n")
    });
    let lines = text.lines().skip(scroll).take(usize::from(area.height));
    for (row, text) in lines.enumerate() {
        json::line(paint, area, row, text);
    }
}

fn hex(paint: &mut Paint<'_>, area: Rect, bytes: &[u8], scroll: usize) {
    let rows = bytes.chunks(HEX).enumerate().skip(scroll);
    for (row, (index, chunk)) in rows.take(usize::from(area.height)).enumerate() {
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
            (format!("{:06x}  ", index * HEX), Role::Dim),
            (format!("{:47}  ", digits.join(" ")), Role::JsonNumber),
            (text, Role::Text),
        ];
        paint.parts(area, row, &parts);
    }
}
