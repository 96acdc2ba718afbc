//! Characters that are drawings: the lines of borders, and bars.

use std::fmt::Write as _;

/// What is drawn in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lines from the middle of the cell to its left, right, upper and lower edge.
    Lines([bool; 4]),
    /// A block from the bottom, so many eighths high.
    Bar(u8),
}

/// Returns what a character is, if it is a drawing.
pub(super) fn shape(symbol: &str) -> Option<Shape> {
    let lines = |left, right, up, down| Some(Shape::Lines([left, right, up, down]));
    match symbol {
        "─" | "━" => lines(true, true, false, false),
        "│" | "┃" => lines(false, false, true, true),
        "┌" | "╭" => lines(false, true, false, true),
        "┐" | "╮" => lines(true, false, false, true),
        "└" | "╰" => lines(false, true, true, false),
        "┘" | "╯" => lines(true, false, true, false),
        "├" => lines(false, true, true, true),
        "┤" => lines(true, false, true, true),
        "┬" => lines(true, true, false, true),
        "┴" => lines(true, true, true, false),
        "┼" => lines(true, true, true, true),
        "▁" => Some(Shape::Bar(1)),
        "▂" => Some(Shape::Bar(2)),
        "▃" => Some(Shape::Bar(3)),
        "▄" => Some(Shape::Bar(4)),
        "▅" => Some(Shape::Bar(5)),
        "▆" => Some(Shape::Bar(6)),
        "▇" => Some(Shape::Bar(7)),
        "█" => Some(Shape::Bar(8)),
        _ => None,
    }
}

/// Appends lines to a path, for a cell with this corner and size.
pub(super) fn lines(lines: [bool; 4], (x, y): (f32, f32), (width, height): (f32, f32), path: &mut String) {
    let (mid_x, mid_y) = (x + width / 2.0, y + height / 2.0);
    let ends = [(x, mid_y), (x + width, mid_y), (mid_x, y), (mid_x, y + height)];
    for ((end_x, end_y), _) in ends.iter().zip(lines).filter(|(_, is_drawn)| *is_drawn) {
        let _ = write!(path, "M{mid_x:.1} {mid_y:.1}L{end_x:.1} {end_y:.1}");
    }
}

/// Appends a bar to a path.
pub(super) fn bar(eighths: u8, (x, y): (f32, f32), (width, height): (f32, f32), path: &mut String) {
    let high = height * f32::from(eighths) / 8.0;
    let _ = write!(
        path,
        "M{x:.1} {:.1}h{width:.1}v{high:.1}h-{width:.1}z",
        y + height - high
    );
}
