//! Signs, roles and durations of tests: each status has a sign of its own, so that it is told without colours. And
//! what stands for each sign on a terminal that knows only ASCII.

use gkfs_runner::status::Status;
use ratatui::buffer::Buffer;

use super::state::suite::{Phase, Test};
use super::theme::Role;

/// The signs beside letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Those that the locale can show.
    #[default]
    Auto,
    /// All of them.
    Unicode,
    /// Only ASCII.
    Ascii,
}

/// Every sign that the screen uses, and its stand-in.
const TABLE: &[(&str, &str)] = &[
    ("✓", "+"),
    ("✗", "x"),
    ("◔", "T"),
    ("▶", ">"),
    ("…", "."),
    ("⋯", "."),
    ("·", "-"),
    ("●", "*"),
    ("○", "o"),
    ("◆", "*"),
    ("■", "H"),
    ("▾", "v"),
    ("▸", ">"),
    ("◂", "<"),
    ("◀", "<"),
    ("−", "-"),
    ("▼", "v"),
    ("▲", "^"),
    ("↑", "^"),
    ("↓", "v"),
    ("→", ">"),
    ("←", "<"),
    ("›", ">"),
    ("±", "~"),
    ("≠", "!"),
    ("µ", "u"),
    ("▏", "|"),
    ("─", "-"),
    ("—", "-"),
    ("│", "|"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("┼", "+"),
    ("━", "="),
    ("┃", "|"),
    ("╭", "+"),
    ("╮", "+"),
    ("╯", "+"),
    ("╰", "+"),
    ("▁", "_"),
    ("▂", "_"),
    ("▃", "."),
    ("▄", "-"),
    ("▅", "-"),
    ("▆", "="),
    ("▇", "="),
    ("█", "#"),
];

/// What stands for a letter of a log that ASCII does not have.
const UNKNOWN: &str = "?";

impl Glyphs {
    /// Chooses for a locale, as LC_ALL, LC_CTYPE or LANG name it, and a terminal.
    #[must_use]
    pub fn of(locale: &str, term: &str) -> Glyphs {
        let locale = locale.to_ascii_lowercase();
        let is_utf8 = locale.contains("utf-8") || locale.contains("utf8");
        // The console of the kernel has a font of a few hundred signs, and ours are not among them.
        if is_utf8 && term != "linux" {
            Glyphs::Unicode
        } else {
            Glyphs::Ascii
        }
    }

    /// Leaves nothing in the cells that the terminal cannot show. A last pass over what was drawn, so that whoever
    /// draws need not think of it, and the text of logs is covered too.
    pub fn limit(self, buffer: &mut Buffer) {
        if self != Glyphs::Ascii {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let known = TABLE.iter().find(|(sign, _)| *sign == cell.symbol());
                cell.set_symbol(known.map_or(UNKNOWN, |(_, ascii)| ascii));
            }
        }
    }
}

/// Returns the sign of a status.
#[must_use]
pub fn of(status: Status) -> char {
    crate::report::style::glyph(status)
}

/// Returns the role of a status.
#[must_use]
pub fn role(status: Status) -> Role {
    match status {
        Status::Passed => Role::StatusPassed,
        Status::Failed => Role::StatusFailed,
        Status::Error => Role::StatusError,
        Status::Flaky => Role::StatusFlaky,
        Status::Skipped => Role::StatusSkipped,
        Status::Timeout => Role::StatusTimeout,
    }
}

/// Returns the sign and the role of a test as it stands.
#[must_use]
pub fn test(test: &Test) -> (String, Role) {
    match (test.phase, test.status) {
        (Phase::Held, _) => ("■".to_owned(), Role::LevelWarn),
        (Phase::Running, _) => ("▶".to_owned(), Role::StatusRunning),
        (Phase::Waiting, _) => ("…".to_owned(), Role::StatusWaiting),
        (Phase::Idle, Some(status)) => (of(status).to_string(), role(status)),
        (Phase::Idle, None) => ("·".to_owned(), Role::Dim),
    }
}

/// Returns a duration as it stands beside a test.
#[must_use]
pub fn seconds(us: u64) -> String {
    match us {
        0..10_000_000 => format!("{}.{:03}s", us / 1_000_000, us % 1_000_000 / 1000),
        10_000_000..100_000_000 => format!("{}.{}s", us / 1_000_000, us % 1_000_000 / 100_000),
        _ => format!("{}m{:02}s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_that_is_not_utf8_gets_ascii() {
        assert_eq!(Glyphs::of("de_DE.UTF-8", "xterm"), Glyphs::Unicode);
        assert_eq!(Glyphs::of("C.utf8", "tmux-256color"), Glyphs::Unicode);
        for (locale, term) in [
            ("", "xterm"),
            ("C", "xterm"),
            ("de_DE.ISO-8859-1", "xterm"),
            ("C.UTF-8", "linux"),
        ] {
            assert_eq!(Glyphs::of(locale, term), Glyphs::Ascii, "{locale} {term}");
        }
    }

    /// Whoever uses a new sign gives it a stand-in, or ASCII shows a question mark.
    #[test]
    fn every_sign_in_the_sources_of_the_screen_has_a_stand_in() {
        fn walk(dir: &std::path::Path, letters: &mut std::collections::BTreeSet<char>) {
            for entry in std::fs::read_dir(dir).expect("the sources").flatten() {
                let (path, name) = (entry.path(), entry.file_name().into_string().expect("utf-8"));
                if path.is_dir() && name != "tests" {
                    walk(&path, letters);
                } else if name.ends_with(".rs") && name != "tests.rs" {
                    let text = std::fs::read_to_string(&path).expect("utf-8");
                    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                    letters.extend(lines.flat_map(str::chars).filter(|letter| !letter.is_ascii()));
                }
            }
        }
        let mut letters = std::collections::BTreeSet::new();
        walk(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui"),
            &mut letters,
        );
        // Only a name that no file has.
        letters.remove(&'\u{10ffff}');
        let missing = |letter: &char| !TABLE.iter().any(|(sign, _)| **sign == letter.to_string());
        assert_eq!(
            letters.into_iter().filter(missing).collect::<Vec<_>>(),
            Vec::<char>::new()
        );
    }
}
