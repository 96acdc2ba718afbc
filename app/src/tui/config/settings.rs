//! `config.toml`: what a user wants to have everywhere.

use crate::Env;
use crate::suite::OnChange;
use crate::tui::glyph::Glyphs;
use crate::tui::lenient;

/// What the user chose; `None` is what is usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `theme = "dark"`.
    pub theme: Option<String>,
    /// `glyphs = "auto"`, `"unicode"` or `"ascii"`: the signs beside letters.
    pub glyphs: Glyphs,
    /// `mouse = true`: whether the mouse is for us instead of the terminal.
    pub mouse: bool,
    /// `editor = "hx"`: instead of $VISUAL and $EDITOR.
    pub editor: String,
    /// `on-change = "queue"` or `"restart"`: what a change during a run does, where the suite does not say.
    pub on_change: OnChange,
}

/// The keys of the file.
const KEYS: [&str; 5] = ["theme", "glyphs", "mouse", "editor", "on-change"];

impl Settings {
    /// Lays what `text` says over what is there, and returns what is wrong in it; the rest is used.
    #[must_use]
    pub fn merge(&mut self, text: &str) -> Vec<String> {
        let (table, mut problems) = lenient::table(text);
        for (key, value) in &table {
            let text = value.as_str();
            let wrong = match (key.as_str(), text) {
                ("theme", Some(name)) => Self::set(&mut self.theme, Some(name.to_owned())),
                ("editor", Some(command)) => Self::set(&mut self.editor, command.to_owned()),
                ("glyphs", Some(word)) => one_of(
                    &mut self.glyphs,
                    word,
                    &[
                        ("auto", Glyphs::Auto),
                        ("unicode", Glyphs::Unicode),
                        ("ascii", Glyphs::Ascii),
                    ],
                ),
                ("on-change", Some(word)) => one_of(
                    &mut self.on_change,
                    word,
                    &[("queue", OnChange::Queue), ("restart", OnChange::Restart)],
                ),
                ("mouse", _) => match value.as_bool() {
                    Some(mouse) => Self::set(&mut self.mouse, mouse),
                    None => Some(format!("mouse: `{value}` is neither true nor false")),
                },
                (key, None) if KEYS.contains(&key) => Some(format!("{key}: `{value}` is no text")),
                (key, _) => Some(lenient::unknown("key", key, KEYS)),
            };
            problems.extend(wrong);
        }
        problems
    }

    fn set<T>(place: &mut T, value: T) -> Option<String> {
        *place = value;
        None
    }

    /// Fills in from the environment what the file leaves open.
    pub(super) fn complete(&mut self, env: &Env) {
        let var = |name| env.var(name).map(|value| value.to_string_lossy().into_owned());
        if self.editor.is_empty() {
            self.editor = var("VISUAL")
                .or_else(|| var("EDITOR"))
                .unwrap_or_else(|| "vi".to_owned());
        }
        if self.glyphs == Glyphs::Auto {
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(var)
                .unwrap_or_default();
            self.glyphs = Glyphs::of(&locale, &var("TERM").unwrap_or_default());
        }
    }
}

/// Takes the value of a word.
fn one_of<T: Copy>(place: &mut T, word: &str, known: &[(&str, T)]) -> Option<String> {
    match known.iter().find(|(name, _)| *name == word) {
        Some((_, value)) => {
            *place = *value;
            None
        }
        None => Some(lenient::unknown(
            "value",
            word,
            known.iter().map(|(name, _)| *name),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let mut settings = Settings::default();
        let text =
            "theme = \"dark\"\nglyphs = \"ascii\"\nmouse = true\neditor = \"hx\"\non-change = \"restart\"\n";
        assert_eq!(settings.merge(text), Vec::<String>::new());
        let wanted = Settings {
            theme: Some("dark".to_owned()),
            glyphs: Glyphs::Ascii,
            mouse: true,
            editor: "hx".to_owned(),
            on_change: OnChange::Restart,
        };
        assert_eq!(settings, wanted);
    }

    #[test]
    fn mistakes_are_named_with_what_was_probably_meant() {
        let mut settings = Settings::default();
        let wrong = settings.merge("glyphs = \"acsii\"\ntheme = 3\nmouse = true\nkeys = {}");
        assert_eq!(
            wrong,
            [
                "there is no value `acsii`; did you mean `ascii`?",
                "there is no key `keys`",
                "theme: `3` is no text",
            ]
        );
        assert!(settings.mouse);
    }
}
