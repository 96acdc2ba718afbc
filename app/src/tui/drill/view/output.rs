//! What the test printed, in its own colours.

use ansi_to_tui::IntoText;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::paint::Paint;
use super::timeline::{finding, position, unfinished};
use crate::tui::drill::text::{LONGEST, columns};
use crate::tui::drill::{Drill, Tab};
use crate::tui::theme::Role;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let reading = &drill.output.reading;
    if reading.rows.is_empty() {
        let text = match (drill.busy.seen, drill.finder.percent(&drill.logs)) {
            (false, _) => "reading …".to_owned(),
            (_, Some(percent)) => format!("filtering … {percent} %"),
            _ if drill.finder.is_filtering() => "no line passes the filters".to_owned(),
            _ => "it printed nothing".to_owned(),
        };
        paint.text(area, 0, &text, Role::Dim);
        return;
    }
    let height = drill.height_of(Tab::Output);
    let top = reading.list.window(reading.rows.len(), height);
    let chosen = reading.chosen(&drill.logs.snapshot(true));
    // Which output it is stands above its first line that is shown.
    let (mut row, mut source) = (0, None);
    for (number, line) in reading.rows.iter(top..reading.rows.len()) {
        if row >= usize::from(area.height) {
            break;
        }
        let at = line.first();
        if source.replace(at.source) != Some(at.source) {
            let name = drill.logs.sources.get(usize::from(at.source));
            let heading = Rect::new(area.x, area.y + row as u16, area.width, 1);
            paint.rule(heading, name.map_or("", |source| &source.name));
            row += 1;
        }
        let bytes = drill.logs.text(at).unwrap_or("…".as_bytes());
        let shown = colored(paint, area, row, bytes, reading.column);
        for query in [&drill.finder.only.query, &drill.finder.search.query] {
            paint.matches(area, row, 0, &shown, query.as_ref());
        }
        let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.contains(&number));
        if number == reading.list.cursor || is_chosen {
            paint.row(area, row, Role::Selection);
        }
        row += 1;
    }
}

/// Draws a line; of its escape sequences only colours have an effect. Returns what is shown.
fn colored(paint: &mut Paint<'_>, area: Rect, row: usize, bytes: &[u8], skip: usize) -> String {
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
        _ => {
            let shown = columns(bytes, skip, width);
            paint.text(area, row, &shown, Role::Text);
            return shown;
        }
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
    shown.into_iter().map(|(text, _)| text).collect()
}

pub(super) fn status(drill: &Drill) -> String {
    let mut parts = vec![position(&drill.output.reading, drill.live)];
    parts.extend(finding(drill));
    parts.extend(unfinished(drill));
    parts.join(" · ")
}

/// Returns the row that stands on a row of the area; headings stand between them.
pub(super) fn row_at(drill: &Drill, area: Rect, at: u16) -> Option<usize> {
    let reading = &drill.output.reading;
    let top = reading
        .list
        .window(reading.rows.len(), drill.height_of(Tab::Output));
    let (mut row, mut source) = (area.y, None);
    for (number, line) in reading.rows.iter(top..reading.rows.len()) {
        let heading = source.replace(line.first().source) != Some(line.first().source);
        row += u16::from(heading);
        if row >= at.min(area.bottom()) {
            return (row == at).then_some(number);
        }
        row += 1;
    }
    None
}
