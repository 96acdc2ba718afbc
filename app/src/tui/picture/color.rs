//! What the colours of a terminal look like where there is none.

use ratatui::style::Color;

/// A terminal's colours, as in CSS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// Of letters that have no colour.
    pub ink: String,
    /// Of the screen.
    pub paper: String,
    /// The sixteen that have names, in the order of their numbers.
    pub named: [String; 16],
}

impl Palette {
    /// A dark screen.
    #[must_use]
    pub fn dark() -> Palette {
        let named = [
            "#15161e", "#f7768e", "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7", "#7dcfff", "#a9b1d6",
            "#565f89", "#ff899d", "#b9f27c", "#ffc777", "#9ab8ff", "#cfb3ff", "#a4daff", "#e6eaff",
        ];
        Palette {
            ink: "#c8cde0".to_owned(),
            paper: "#1a1b26".to_owned(),
            named: named.map(str::to_owned),
        }
    }

    /// A light screen.
    #[must_use]
    pub fn light() -> Palette {
        let named = [
            "#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#6e7781",
            "#57606a", "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#8c959f",
        ];
        Palette {
            ink: "#24292f".to_owned(),
            paper: "#ffffff".to_owned(),
            named: named.map(str::to_owned),
        }
    }

    /// Returns a colour as in CSS; of one that is not set, that of letters or of the screen.
    pub(super) fn color(&self, color: Color, is_ink: bool) -> String {
        match color {
            Color::Reset if is_ink => self.ink.clone(),
            Color::Reset => self.paper.clone(),
            Color::Rgb(r, g, b) => hex(r, g, b),
            Color::Indexed(index) => self.indexed(index),
            named => self.named[usize::from(number(named))].clone(),
        }
    }

    /// Sixteen names, a cube of 6x6x6 colours and 24 greys, as every terminal has them.
    fn indexed(&self, index: u8) -> String {
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match index {
            0..16 => self.named[usize::from(index)].clone(),
            16..232 => {
                let at = index - 16;
                hex(level(at / 36), level(at / 6 % 6), level(at % 6))
            }
            _ => {
                let grey = 8 + 10 * (index - 232);
                hex(grey, grey, grey)
            }
        }
    }
}

fn hex(r: u8, g: u8, b: u8) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn number(named: Color) -> u8 {
    match named {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        _ => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_colours_that_terminals_give_them() {
        let palette = Palette::dark();
        assert_eq!(palette.color(Color::Indexed(196), true), "#ff0000");
        assert_eq!(palette.color(Color::Indexed(255), true), "#eeeeee");
        assert_eq!(
            palette.color(Color::Indexed(1), true),
            palette.color(Color::Red, true)
        );
        assert_ne!(
            palette.color(Color::Reset, true),
            palette.color(Color::Reset, false)
        );
    }
}
