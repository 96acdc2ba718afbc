//! Roles, glyphs and colours. Whatever has a colour has a word or a glyph too: all reads without colours.

use anstyle::{AnsiColor, Style};
use gkfs_runner::status::Status;

/// A heading.
pub(crate) const STRONG: Style = Style::new().bold();
/// What is there when looked for.
pub(crate) const FAINT: Style = Style::new().dimmed();

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

/// Returns the colour of a status.
pub(crate) const fn of(status: Status) -> Style {
    match status {
        Status::Passed => color(AnsiColor::Green),
        Status::Failed | Status::Timeout => color(AnsiColor::Red).bold(),
        Status::Error => color(AnsiColor::Magenta).bold(),
        Status::Flaky => color(AnsiColor::Yellow),
        Status::Skipped => color(AnsiColor::Cyan),
    }
}

/// Returns the glyph of a status.
pub(crate) const fn glyph(status: Status) -> char {
    match status {
        Status::Passed => '✓',
        Status::Failed => '✗',
        Status::Error => '!',
        Status::Flaky => '~',
        Status::Skipped => '-',
        Status::Timeout => '◔',
    }
}

/// Returns a duration in seconds, with as many digits as say something.
pub(crate) fn seconds(us: u64) -> String {
    match us {
        0..100_000_000 => format!("{}.{:03}s", us / 1_000_000, us % 1_000_000 / 1000),
        _ => format!("{}m{:02}s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(seconds(1_234), "0.001s");
        assert_eq!(seconds(59_999_999), "59.999s");
        assert_eq!(seconds(125_000_000), "2m05s");
    }
}
