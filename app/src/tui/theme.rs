//! Roles and their styles. Code names a role, never a colour; a theme says what it looks like.
//!
//! A theme is a TOML file: a `[palette]` of named colours, and `[roles]`. One that `inherits` another says only
//! what differs, in colours or in roles; one that inherits none lies over the default. What cannot be understood is
//! named and left out; the rest of the theme is used.

use std::collections::HashMap;

use ratatui::style::Style;

pub use depth::Depth;
pub use library::Library;

mod depth;
mod library;

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

impl Theme {
    /// Returns the style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// Loads a theme that ships with the program; `None` if none has this name.
    #[must_use]
    pub fn embedded(name: &str) -> Option<Theme> {
        EMBEDDED.iter().find(|(known, _)| *known == name)?;
        Some(Library::default().load(name).0)
    }

    /// Reads a theme's text. What cannot be used of it is returned beside it, a line each.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> (Theme, Vec<String>) {
        let mut library = Library::default();
        library.add(name, text);
        library.load(name)
    }
}

impl Default for Theme {
    fn default() -> Self {
        Library::default().load(DEFAULT).0
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn every_theme_that_ships_loads_and_styles_every_role() {
        for (name, _) in EMBEDDED {
            let (theme, problems) = Library::default().load(name);
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
}
