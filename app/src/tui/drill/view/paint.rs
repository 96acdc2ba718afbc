//! Putting text into cells, never outside of an area, whatever the text is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::tui::drill::query::Query;
use crate::tui::drill::text::columns;
use crate::tui::theme::{Role, Theme};

/// Cells, and what roles look like.
pub(super) struct Paint<'a> {
    pub(super) buffer: &'a mut Buffer,
    pub(super) theme: &'a Theme,
}

impl Paint<'_> {
    /// Puts text into a row of an area.
    pub(super) fn text(&mut self, area: Rect, row: usize, text: &str, role: Role) {
        self.parts(area, row, &[(text, role)]);
    }

    /// Puts pieces of text one after the other into a row of an area. Returns the columns that were used.
    pub(super) fn parts(&mut self, area: Rect, row: usize, parts: &[(impl AsRef<str>, Role)]) -> u16 {
        let styled = parts
            .iter()
            .map(|(text, role)| (text.as_ref(), self.theme.style(*role)));
        let styled: Vec<(&str, Style)> = styled.collect();
        self.styled(area, row, &styled)
    }

    /// The same with styles.
    pub(super) fn styled(&mut self, area: Rect, row: usize, parts: &[(&str, Style)]) -> u16 {
        let Some(line) = line(area, row) else { return 0 };
        let mut used = 0;
        for (text, style) in parts {
            let left = usize::from(line.width - used);
            let text = columns(text.as_bytes(), 0, left);
            self.buffer
                .set_stringn(line.x + used, line.y, &text, left, *style);
            used += u16::try_from(text.width()).unwrap_or(left as u16);
        }
        used
    }

    /// Changes the style of a whole row, as of the one under the cursor.
    pub(super) fn row(&mut self, area: Rect, row: usize, role: Role) {
        if let Some(line) = line(area, row) {
            self.buffer.set_style(line, self.theme.style(role));
        }
    }

    /// Marks where a pattern occurs in what is shown from a column of a row on.
    pub(super) fn matches(&mut self, area: Rect, row: usize, from: u16, shown: &str, query: Option<&Query>) {
        let (Some(line), Some(query)) = (line(area, row), query) else {
            return;
        };
        for place in query.places(shown.as_bytes()) {
            let (Some(before), Some(text)) = (shown.get(..place.start), shown.get(place)) else {
                continue;
            };
            let x = usize::from(line.x + from) + before.width();
            let Ok(x) = u16::try_from(x) else { continue };
            let width = u16::try_from(text.width()).unwrap_or(u16::MAX);
            let cells = Rect::new(x, line.y, width, 1).intersection(line);
            self.buffer.set_style(cells, self.theme.style(Role::Match));
        }
    }

    /// Draws a horizontal line with a title.
    pub(super) fn rule(&mut self, area: Rect, title: &str) {
        let width = usize::from(area.width);
        let rule = "─".repeat(width);
        self.text(area, 0, &rule, Role::Border);
        if !title.is_empty() && width > 6 {
            let inner = Rect::new(area.x + 2, area.y, area.width - 4, area.height);
            self.text(inner, 0, &format!(" {title} "), Role::Strong);
        }
    }
}

/// Returns a row of an area, if it has that many.
fn line(area: Rect, row: usize) -> Option<Rect> {
    let row = u16::try_from(row).ok().filter(|row| *row < area.height)?;
    Some(Rect::new(area.x, area.y + row, area.width, 1))
}
