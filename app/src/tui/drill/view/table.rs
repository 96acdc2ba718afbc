//! Cells of a table, each as wide as its column.

use unicode_width::UnicodeWidthStr;

use crate::tui::drill::text::columns;

/// The columns of a table: how wide they are, and whether they end at the right.
pub(super) struct Table {
    columns: Vec<(usize, bool)>,
}

impl Table {
    /// A table; a column without width is left out.
    pub(super) fn new(columns: Vec<(usize, bool)>) -> Table {
        Table { columns }
    }

    /// Returns a line of cells, cut and filled.
    pub(super) fn line(&self, cells: &[String]) -> String {
        let cells = self.columns.iter().zip(cells);
        let shown = cells.filter(|((width, _), _)| *width > 0);
        let filled = shown.map(|((width, right), text)| {
            let text = columns(text.as_bytes(), 0, *width);
            let blank = " ".repeat(width.saturating_sub(text.width()));
            if *right { blank + &text } else { text + &blank }
        });
        filled.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_to_their_columns() {
        let table = Table::new(vec![(4, false), (0, false), (3, true)]);
        let line = |cells: [&str; 3]| table.line(&cells.map(str::to_owned));
        assert_eq!(line(["字字字", "x", "7"]), "字字   7");
        assert_eq!(line(["a\x1b", "", "12345"]), "a\\u{ 123");
    }
}
