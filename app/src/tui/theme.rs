//! Roles and their styles. Code names a role, never a colour; a theme says what it looks like.
//!
//! A theme is a TOML file: a `[palette]` of named colours, and `[roles]`. One that `inherits` another says only
//! what differs. What cannot be understood is named and left out; the rest of the theme is used.

use std::collections::{BTreeMap, HashMap};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The theme of a session that was asked for none: the terminal's own sixteen colours.
pub const DEFAULT: &str = "default";

/// The themes that ship in the executable, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    (DEFAULT, include_str!("../../../themes/default.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("colorblind", include_str!("../../../themes/colorblind.toml")),
    ("monochrome", include_str!("../../../themes/monochrome.toml")),
];

/// A theme that inherits from one that inherits … ends somewhere; a circle does not.
const DEEPEST: usize = 8;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal),* $(,)?) => {
        /// What a piece of text is, as far as its looks are concerned.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $role),* }

        impl Role {
            /// All of them.
            pub const ALL: &[Role] = &[$(Role::$role),*];

            /// Returns its name in theme files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Role::$role => $name),* }
            }
        }
    };
}

roles! {
    /// Whatever has no other role.
    Text = "text",
    /// What is there when looked for.
    Dim = "dim",
    /// A heading.
    Strong = "strong",
    /// The top line.
    Header = "header",
    /// The bottom line.
    Footer = "footer",
    /// The border of a pane.
    Border = "border",
    /// The border of the pane that takes the keys.
    Focus = "focus",
    /// The row under the cursor, in the pane that takes the keys.
    Selection = "selection",
    /// The row under the cursor, in another pane.
    SelectionInactive = "selection.inactive",
    /// What a filter or a search found.
    Match = "match",
    /// What the user marked.
    Mark = "mark",
    /// The name of a key.
    Key = "key",
    /// Text that is being typed.
    Prompt = "prompt",
    /// The tab that is shown.
    TabActive = "tab.active",
    /// Another tab.
    Tab = "tab",
    /// Passed.
    StatusPassed = "status.passed",
    /// Failed.
    StatusFailed = "status.failed",
    /// Set-up, teardown or harness failed.
    StatusError = "status.error",
    /// Passed after a failure.
    StatusFlaky = "status.flaky",
    /// Skipped.
    StatusSkipped = "status.skipped",
    /// Ended at its deadline.
    StatusTimeout = "status.timeout",
    /// Runs now.
    StatusRunning = "status.running",
    /// Will run.
    StatusWaiting = "status.waiting",
    /// Takes longer than its slow mark.
    Slow = "slow",
    /// A log line or notice that reports an error.
    LevelError = "level.error",
    /// A warning.
    LevelWarn = "level.warn",
    /// Good to know.
    LevelInfo = "level.info",
    /// Only for those who look for a fault.
    LevelDebug = "level.debug",
    /// A line of the harness's steps.
    SourceStep = "source.step",
    /// A line of a daemon's log.
    SourceDaemon = "source.daemon",
    /// A line of a client's log.
    SourceClient = "source.client",
    /// A line of the test's own output.
    SourceOutput = "source.output",
    /// A key of a JSON object.
    JsonKey = "json.key",
    /// A JSON string.
    JsonString = "json.string",
    /// Any other JSON value.
    JsonNumber = "json.number",
    /// A directory.
    TreeDir = "tree.dir",
    /// A file.
    TreeFile = "tree.file",
    /// An entry that changed lately.
    TreeChanged = "tree.changed",
}

/// A style for every role.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    styles: HashMap<Role, Style>,
}

/// The content of a theme file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, Look>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl Theme {
    /// Returns the style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// Loads a theme that ships with the program; `None` if none has this name.
    #[must_use]
    pub fn embedded(name: &str) -> Option<Theme> {
        let (_, text) = EMBEDDED.iter().find(|(known, _)| *known == name)?;
        Some(Theme::parse(name, text).0)
    }

    /// Reads a theme's text. What cannot be used of it is returned beside it, a line each.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> (Theme, Vec<String>) {
        let mut problems = Vec::new();
        let mut theme = Theme {
            name: name.to_owned(),
            styles: HashMap::new(),
        };
        theme.lay(text, DEEPEST, &mut problems);
        (theme, problems)
    }

    /// The same without colours, for NO_COLOR: what told things apart by colour alone still has its glyph or word.
    #[must_use]
    pub fn colorless(mut self) -> Theme {
        for style in self.styles.values_mut() {
            (style.fg, style.bg) = (None, None);
        }
        self
    }

    /// Lays a theme file over what is there, its ancestors first.
    fn lay(&mut self, text: &str, deep: usize, problems: &mut Vec<String>) {
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(format!("theme `{}`: {}", self.name, error.message()));
                return;
            }
        };
        if let Some(parent) = &file.inherits {
            match EMBEDDED.iter().find(|(known, _)| known == parent) {
                Some((_, text)) if deep > 0 => self.lay(text, deep - 1, problems),
                Some(_) => problems.push(format!("theme `{}` inherits itself", self.name)),
                None => problems.push(format!(
                    "theme `{}` inherits `{parent}`, which is none",
                    self.name
                )),
            }
        }
        for (name, look) in &file.roles {
            match Role::ALL.iter().find(|role| role.name() == name) {
                Some(role) => {
                    let style = self.read(name, look, &file.palette, problems);
                    self.styles.insert(*role, style);
                }
                None => problems.push(format!("theme `{}`: there is no role `{name}`", self.name)),
            }
        }
    }

    fn read(
        &self,
        role: &str,
        look: &Look,
        palette: &BTreeMap<String, String>,
        problems: &mut Vec<String>,
    ) -> Style {
        let mut color = |name: &Option<String>| {
            let name = name.as_ref()?;
            let color: Option<Color> = palette.get(name).unwrap_or(name).parse().ok();
            if color.is_none() {
                problems.push(format!("theme `{}`: {role}: `{name}` is no colour", self.name));
            }
            color
        };
        let mut style = Style::new();
        (style.fg, style.bg) = (color(&look.fg), color(&look.bg));
        let modifiers = [
            (look.bold, Modifier::BOLD),
            (look.dim, Modifier::DIM),
            (look.italic, Modifier::ITALIC),
            (look.underline, Modifier::UNDERLINED),
            (look.reverse, Modifier::REVERSED),
        ];
        for (_, modifier) in modifiers.iter().filter(|(on, _)| *on) {
            style = style.add_modifier(*modifier);
        }
        style
    }
}

impl Default for Theme {
    fn default() -> Self {
        Theme::parse(DEFAULT, EMBEDDED[0].1).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_that_ships_loads_and_styles_every_role() {
        for (name, text) in EMBEDDED {
            let (theme, problems) = Theme::parse(name, text);
            assert!(problems.is_empty(), "{name}: {problems:?}");
            for role in Role::ALL {
                assert!(
                    theme.styles.contains_key(role),
                    "{name}: {} is missing",
                    role.name()
                );
            }
        }
    }

    #[test]
    fn the_default_keeps_to_the_sixteen_colours_of_the_terminal() {
        for (role, style) in &Theme::default().styles {
            for color in [style.fg, style.bg].into_iter().flatten() {
                let plain = !matches!(color, Color::Rgb(..) | Color::Indexed(_));
                assert!(plain, "{}: {color}", role.name());
            }
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_the_rest_used() {
        let text =
            "inherits = \"dark\"\n[roles]\ndim = { fg = \"reddish\" }\nstatsu = {}\nmatch = { bold = true }";
        let (theme, problems) = Theme::parse("mine", text);
        assert_eq!(
            problems,
            [
                "theme `mine`: dim: `reddish` is no colour",
                "theme `mine`: there is no role `statsu`"
            ]
        );
        assert_eq!(
            theme.style(Role::Match),
            Style::new().add_modifier(Modifier::BOLD)
        );
        let dark = Theme::embedded("dark").expect("it ships");
        assert_eq!(theme.style(Role::StatusFailed), dark.style(Role::StatusFailed));
    }

    #[test]
    fn without_colours_the_cursor_can_still_be_seen() {
        let plain = Theme::default().colorless();
        for role in [Role::Selection, Role::Match, Role::Focus, Role::StatusFailed] {
            assert_ne!(plain.style(role), Style::new(), "{}", role.name());
        }
        assert!(
            plain
                .styles
                .values()
                .all(|style| style.fg.is_none() && style.bg.is_none())
        );
    }
}
