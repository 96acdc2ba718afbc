//! How many colours a terminal can show, and a theme in as many.

use ratatui::style::Color;

use super::Theme;

/// How many colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: the user asked for none.
    None,
    /// The sixteen that have names.
    Named,
    /// Those, and a cube of 216 others.
    Indexed,
    /// All.
    True,
}

/// The named colours as most terminals show them.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];
/// How bright the steps of the cube are.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Depth {
    /// Tells it from what the environment says: NO_COLOR, COLORTERM and TERM.
    #[must_use]
    pub fn of(no_color: bool, colorterm: &str, term: &str) -> Depth {
        match () {
            () if no_color => Depth::None,
            () if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") => Depth::True,
            () if term.contains("256color") => Depth::Indexed,
            () => Depth::Named,
        }
    }
}

impl Theme {
    /// The same in no more colours than there are. What told things apart by colour alone has its glyph or word too.
    #[must_use]
    pub fn in_depth(mut self, depth: Depth) -> Theme {
        for style in self.styles.values_mut() {
            for color in [&mut style.fg, &mut style.bg] {
                *color = color.and_then(|color| nearest(color, depth));
            }
        }
        self
    }
}

fn nearest(color: Color, depth: Depth) -> Option<Color> {
    match (depth, color) {
        (Depth::None, _) => None,
        (Depth::Indexed, Color::Rgb(red, green, blue)) => {
            let step = |part: u8| {
                (0..6u8)
                    .min_by_key(|at| STEPS[usize::from(*at)].abs_diff(part))
                    .unwrap_or(0)
            };
            Some(Color::Indexed(16 + 36 * step(red) + 6 * step(green) + step(blue)))
        }
        (Depth::Named, Color::Rgb(red, green, blue)) => {
            let far = |other: &[u8; 3]| -> u32 {
                let apart = other.iter().zip([red, green, blue]);
                apart
                    .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
                    .sum()
            };
            NAMED
                .iter()
                .min_by_key(|(_, rgb)| far(rgb))
                .map(|(color, _)| *color)
        }
        // The first sixteen have names.
        (Depth::Named, Color::Indexed(index)) => NAMED.get(usize::from(index)).map(|(color, _)| *color),
        (_, color) => Some(color),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{EMBEDDED, Role};

    #[test]
    fn the_environment_says_how_many() {
        assert_eq!(Depth::of(true, "truecolor", "xterm"), Depth::None);
        assert_eq!(Depth::of(false, "truecolor", "xterm-256color"), Depth::True);
        assert_eq!(Depth::of(false, "", "tmux-256color"), Depth::Indexed);
        assert_eq!(Depth::of(false, "", "linux"), Depth::Named);
    }

    #[test]
    fn every_theme_fits_every_terminal() {
        for (name, _) in EMBEDDED {
            let theme = Theme::embedded(name).expect("it ships");
            let colors = |depth| {
                let theme = theme.clone().in_depth(depth);
                let styles = theme.styles.into_values();
                styles
                    .flat_map(|style| [style.fg, style.bg])
                    .flatten()
                    .collect::<Vec<_>>()
            };
            let fits = |color: &Color| !matches!(color, Color::Rgb(..));
            assert!(colors(Depth::Indexed).iter().all(fits), "{name}");
            let fits = |color: &Color| !matches!(color, Color::Rgb(..) | Color::Indexed(_));
            assert!(colors(Depth::Named).iter().all(fits), "{name}");
            assert_eq!(colors(Depth::None), []);
        }
    }

    #[test]
    fn a_red_stays_red() {
        assert_eq!(
            nearest(Color::Rgb(250, 10, 10), Depth::Named),
            Some(Color::LightRed)
        );
        assert_eq!(
            nearest(Color::Rgb(255, 0, 0), Depth::Indexed),
            Some(Color::Indexed(196))
        );
        assert_eq!(nearest(Color::Indexed(200), Depth::Named), None);
    }

    #[test]
    fn without_colours_the_cursor_can_still_be_seen() {
        let plain = Theme::default().in_depth(Depth::None);
        for role in [Role::Selection, Role::Match, Role::Focus, Role::StatusFailed] {
            assert_ne!(plain.style(role), ratatui::style::Style::new(), "{}", role.name());
        }
    }
}
