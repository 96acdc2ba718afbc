//! A screen as a picture: the cells of a buffer as SVG, so that documentation shows what the program draws.
//!
//! The same cells make the same text, byte for byte. Borders and bars are drawn as lines, not as letters: a viewer's
//! font may have another height than a terminal's cell, and they would come apart.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

mod color;
mod shape;

pub use color::Palette;
use shape::{Shape, shape};

/// A cell, in the unit of the picture.
const CELL: (f32, f32) = (8.4, 18.0);
/// Where letters stand in a cell, from its top.
const BASE: f32 = 13.5;
/// Around the screen.
const MARGIN: f32 = 10.0;
/// Whichever of them the viewer has: all are monospaced.
const FONTS: &str =
    "'JetBrains Mono','Fira Code','DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace";

/// Draws a buffer; `title` is for those who cannot see it.
#[must_use]
pub fn svg(buffer: &Buffer, title: &str, palette: &Palette) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let width = f32::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL.1 + 2.0 * MARGIN;
    let mut picture = Picture {
        text: String::new(),
        palette,
    };
    let _ = writeln!(
        picture.text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" font-family=\"{FONTS}\" font-size=\"14\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>",
        escaped(title),
        palette.paper,
    );
    for (row, cells) in buffer.content.chunks(usize::from(columns).max(1)).enumerate() {
        picture.row(row, cells);
    }
    picture.text.push_str("</svg>\n");
    picture.text
}

struct Picture<'a> {
    text: String,
    palette: &'a Palette,
}

/// How a run of cells looks.
#[derive(Clone, Copy, PartialEq)]
struct Look<'a> {
    ink: &'a str,
    paper: Option<&'a str>,
    modifier: Modifier,
}

impl Picture<'_> {
    fn row(&mut self, row: usize, cells: &[Cell]) {
        let palette = self.palette.clone();
        let looks: Vec<(String, Option<String>, Modifier)> =
            cells.iter().map(|cell| colors(cell, &palette)).collect();
        let look = |at: usize| Look {
            ink: &looks[at].0,
            paper: looks[at].1.as_deref(),
            modifier: looks[at].2,
        };
        for run in runs(cells.len(), |a, b| look(a).paper == look(b).paper) {
            if let Some(paper) = look(run.start).paper {
                self.paper(row, run, paper);
            }
        }
        let kind = |at: usize| shape(cells[at].symbol()).is_some();
        for run in runs(cells.len(), |a, b| look(a) == look(b) && kind(a) == kind(b)) {
            if kind(run.start) {
                self.shapes(row, run.clone(), &cells[run.clone()], look(run.start).ink);
            } else {
                self.letters(row, run.start, &cells[run.clone()], look(run.start));
            }
        }
    }

    fn paper(&mut self, row: usize, run: std::ops::Range<usize>, paper: &str) {
        let (x, y) = place(run.start, row);
        let width = run.len() as f32 * CELL.0;
        let _ = writeln!(
            self.text,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{paper}\"/>",
            CELL.1
        );
    }

    fn shapes(&mut self, row: usize, run: std::ops::Range<usize>, cells: &[Cell], ink: &str) {
        let (mut strokes, mut fills) = (String::new(), String::new());
        for (at, cell) in run.zip(cells) {
            let corner = place(at, row);
            match shape(cell.symbol()) {
                Some(Shape::Lines(lines)) => shape::lines(lines, corner, CELL, &mut strokes),
                Some(Shape::Bar(eighths)) => shape::bar(eighths, corner, CELL, &mut fills),
                None => {}
            }
        }
        if !strokes.is_empty() {
            let _ = writeln!(
                self.text,
                "<path d=\"{strokes}\" stroke=\"{ink}\" fill=\"none\"/>"
            );
        }
        if !fills.is_empty() {
            let _ = writeln!(self.text, "<path d=\"{fills}\" fill=\"{ink}\"/>");
        }
    }

    /// Writes letters; blanks at either end need none. Their width is fixed, whatever font is found.
    fn letters(&mut self, row: usize, first: usize, cells: &[Cell], look: Look<'_>) {
        let blank = |cell: &&Cell| cell.symbol().trim().is_empty();
        let before = cells.iter().take_while(blank).count();
        let after = cells.iter().rev().take_while(blank).count();
        if before == cells.len() || look.modifier.contains(Modifier::HIDDEN) {
            return;
        }
        let cells = &cells[before..cells.len() - after];
        let (mut text, mut columns, mut skip) = (String::new(), 0, 0);
        for cell in cells {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = cell.symbol().width().max(1);
                // The last one may be wide, and the cell behind it a blank that was left out.
                columns += skip;
            }
            skip -= 1;
        }
        let (x, y) = place(first + before, row);
        let _ = writeln!(
            self.text,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" fill=\"{}\"{} xml:space=\"preserve\">{}</text>",
            y + BASE,
            columns as f32 * CELL.0,
            look.ink,
            attributes(look.modifier),
            escaped(&text),
        );
    }
}

/// Returns the upper left corner of a cell.
fn place(column: usize, row: usize) -> (f32, f32) {
    (MARGIN + column as f32 * CELL.0, MARGIN + row as f32 * CELL.1)
}

/// Divides `0..count` where neighbours are not alike.
fn runs(count: usize, alike: impl Fn(usize, usize) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for at in 1..=count {
        if at == count || !alike(at - 1, at) {
            runs.push(start..at);
            start = at;
        }
    }
    runs
}

/// Returns ink and paper of a cell; no paper is that of the whole screen.
fn colors(cell: &Cell, palette: &Palette) -> (String, Option<String>, Modifier) {
    let paper = (cell.bg != Color::Reset).then(|| palette.color(cell.bg, false));
    let ink = palette.color(cell.fg, true);
    if cell.modifier.contains(Modifier::REVERSED) {
        let ink_on = paper.unwrap_or_else(|| palette.paper.clone());
        return (ink_on, Some(ink), cell.modifier);
    }
    (ink, paper, cell.modifier)
}

fn attributes(modifier: Modifier) -> String {
    let all = [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::CROSSED_OUT, " text-decoration=\"line-through\""),
    ];
    let on = all.iter().filter(|(modifiers, _)| modifier.contains(*modifiers));
    on.map(|(_, attribute)| *attribute).collect()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // No control character may stand in XML, not even escaped.
            char if char.is_control() => safe.push('\u{fffd}'),
            char => safe.push(char),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn drawn(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, style);
        svg(&buffer, "a <test>", &Palette::dark())
    }

    #[test]
    fn runs_of_one_look_are_one_text_and_safe() {
        let picture = drawn("a <b> & c", Style::new().fg(Color::Red).bold());
        assert_eq!(picture.matches("<text").count(), 1, "{picture}");
        assert!(picture.contains("font-weight=\"bold\" xml:space=\"preserve\">a &lt;b&gt; &amp; c</text>"));
        assert!(picture.contains("<title>a &lt;test&gt;</title>"));
    }

    #[test]
    fn borders_and_bars_are_lines_and_not_letters() {
        let picture = drawn("┌──┐▂█", Style::new());
        assert!(!picture.contains("<text"), "{picture}");
        assert_eq!(picture.matches("<path").count(), 2, "{picture}");
    }

    #[test]
    fn what_is_reversed_swaps_ink_and_paper() {
        let picture = drawn("x", Style::new().fg(Color::Rgb(1, 2, 3)).reversed());
        assert!(
            picture.contains("width=\"8.4\" height=\"18.0\" fill=\"#010203\""),
            "{picture}"
        );
        assert!(picture.contains(&format!("fill=\"{}\" xml:space", Palette::dark().paper)));
    }

    #[test]
    fn a_wide_character_takes_two_cells() {
        let picture = drawn("字字", Style::new());
        assert!(picture.contains("textLength=\"33.6\""), "{picture}");
        assert!(picture.contains(">字字</text>"));
    }

    #[test]
    fn an_empty_buffer_is_a_picture_too() {
        let buffer = Buffer::empty(Rect::new(0, 0, 0, 0));
        assert!(svg(&buffer, "", &Palette::dark()).ends_with("</svg>\n"));
    }
}
