//! What the test printed, in its own colours.

use ansi_to_tui::IntoText;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::Paint;
use crate::tui::drill::Drill;
use crate::tui::drill::output::{Row, row, rows};
use crate::tui::drill::text::{LONGEST, columns};
use crate::tui::theme::Role;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let all = rows(&drill.logs);
    if all == 0 {
        let text = if drill.busy.seen {
            "it printed nothing"
        } else {
            "reading …"
        };
        paint.text(area, 0, text, Role::Dim);
        return;
    }
    let height = usize::from(area.height);
    let top = drill.output.list.cursor.min(all.saturating_sub(height));
    for at in 0..height {
        match row(&drill.logs, top + at) {
            Some(Row::Heading(source)) => {
                let line = Rect::new(area.x, area.y + at as u16, area.width, 1);
                paint.rule(line, &drill.logs.sources[source].name);
            }
            Some(Row::Line(line)) => colored(
                paint,
                area,
                at,
                drill.logs.text(line).unwrap_or("…".as_bytes()),
                drill.output.column,
            ),
            None => break,
        }
    }
}

/// Draws a line; of its escape sequences only colours have an effect.
fn colored(paint: &mut Paint<'_>, area: Rect, row: usize, bytes: &[u8], skip: usize) {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let plain = paint.theme.style(Role::Text);
    let width = usize::from(area.width);
    let spans: Vec<(String, Style)> = match bytes.contains(&0x1b).then(|| bytes.into_text()) {
        Some(Ok(text)) => text
            .lines
            .into_iter()
            .flat_map(|line| line.spans)
            .map(|span| (span.content.into_owned(), plain.patch(span.style)))
            .collect(),
        _ => return paint.text(area, row, &columns(bytes, skip, width), Role::Text),
    };
    let mut left = skip;
    let mut shown: Vec<(String, Style)> = Vec::new();
    for (text, style) in spans {
        use unicode_width::UnicodeWidthStr;
        let all = columns(text.as_bytes(), 0, LONGEST).width();
        if left < all {
            shown.push((columns(text.as_bytes(), left, width), style));
        }
        left = left.saturating_sub(all);
    }
    let parts: Vec<(&str, Style)> = shown
        .iter()
        .map(|(text, style)| (text.as_str(), *style))
        .collect();
    paint.styled(area, row, &parts);
}

pub(super) fn status(drill: &Drill) -> String {
    let all = rows(&drill.logs);
    let follow = if drill.output.follow { " · following" } else { "" };
    format!("{}/{all}{follow}", (drill.output.list.cursor + 1).min(all))
}
