//! Themes by name: those that ship, and the user's own. From their texts to styles.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use super::{DEFAULT, EMBEDDED, Role, Theme};
use crate::tui::lenient;

/// The tables and keys of a theme file.
const KEYS: [&str; 3] = ["inherits", "palette", "roles"];
/// What a role can say beside its colours.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// The texts of themes. Of two of the same name the later one counts, and may inherit the earlier.
#[derive(Debug, Clone)]
pub struct Library {
    texts: Vec<(String, String)>,
}

/// A theme with its ancestors laid under it.
#[derive(Default)]
struct Laid {
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, toml::Value>,
    problems: Vec<String>,
}

impl Default for Library {
    /// Those that ship.
    fn default() -> Self {
        let texts = EMBEDDED
            .iter()
            .map(|(name, text)| ((*name).into(), (*text).into()));
        Library {
            texts: texts.collect(),
        }
    }
}

impl Library {
    /// Adds a theme.
    pub fn add(&mut self, name: &str, text: &str) {
        self.texts.push((name.to_owned(), text.to_owned()));
    }

    /// Returns all themes, each name once, and what is wrong in their texts.
    #[must_use]
    pub fn themes(&self) -> (Vec<Theme>, Vec<String>) {
        let (mut themes, mut problems) = (Vec::<Theme>::new(), Vec::new());
        for (name, _) in &self.texts {
            if themes.iter().all(|theme| theme.name != *name) {
                let (theme, wrong) = self.load(name);
                themes.push(theme);
                // What is wrong in a parent is told once.
                problems.extend(
                    wrong
                        .into_iter()
                        .filter(|problem| !problems.contains(problem))
                        .collect::<Vec<_>>(),
                );
            }
        }
        (themes, problems)
    }

    /// Reads a theme; one of no such name looks like nothing.
    #[must_use]
    pub fn load(&self, name: &str) -> (Theme, Vec<String>) {
        let mut laid = Laid::default();
        if let Some(at) = self.position(name, self.texts.len()) {
            self.lay(at, &mut Vec::new(), &mut laid);
        }
        let mut theme = Theme {
            name: name.to_owned(),
            styles: Default::default(),
        };
        for role in Role::ALL {
            if let Some(look) = laid.roles.get(role.name()) {
                theme.styles.insert(*role, style(look, &laid.palette));
            }
        }
        (theme, laid.problems)
    }

    /// Returns the last theme of a name among the first `end`.
    fn position(&self, name: &str, end: usize) -> Option<usize> {
        self.texts[..end].iter().rposition(|(known, _)| known == name)
    }

    /// Lays a theme over its ancestors.
    fn lay(&self, at: usize, below: &mut Vec<usize>, laid: &mut Laid) {
        let (name, text) = &self.texts[at];
        let (table, wrong) = lenient::table(text);
        below.push(at);
        match table
            .get("inherits")
            .map(|parent| parent.as_str().unwrap_or_default())
        {
            None if name == DEFAULT => {}
            None => self.parent(at, DEFAULT, below, laid),
            Some(parent) => self.parent(at, parent, below, laid),
        }
        let mut problems = wrong;
        problems.extend(
            table
                .keys()
                .filter(|key| !KEYS.contains(&key.as_str()))
                .map(|key| lenient::unknown("key", key, KEYS)),
        );
        let part = |key: &str| {
            table
                .get(key)
                .and_then(|part| part.as_table())
                .into_iter()
                .flatten()
        };
        for (color, value) in part("palette") {
            let value = value.as_str().unwrap_or_default();
            if value.parse::<Color>().is_err() {
                problems.push(format!("{color}: `{value}` is no colour"));
            }
            laid.palette.insert(color.clone(), value.to_owned());
        }
        for (role, look) in part("roles") {
            problems.extend(wrong_in(role, look, &laid.palette));
            laid.roles.insert(role.clone(), look.clone());
        }
        let told = problems
            .into_iter()
            .map(|problem| format!("theme `{name}`: {problem}"));
        laid.problems.extend(told);
    }

    fn parent(&self, of: usize, parent: &str, below: &mut Vec<usize>, laid: &mut Laid) {
        let name = &self.texts[of].0;
        // A theme that inherits its own name means the one that it stands in for.
        let end = if name == parent { of } else { self.texts.len() };
        match self.position(parent, end) {
            Some(at) if below.contains(&at) => {
                laid.problems
                    .push(format!("theme `{name}` inherits itself by way of `{parent}`"));
            }
            Some(at) => self.lay(at, below, laid),
            None if name == parent => laid.problems.push(format!("theme `{name}` inherits itself")),
            None => {
                let known = self.texts.iter().map(|(name, _)| name.as_str());
                let wrong = lenient::unknown("theme", parent, known);
                laid.problems.push(format!("theme `{name}`: {wrong}"));
            }
        }
    }
}

/// Says what is wrong in a role of a theme.
fn wrong_in(role: &str, look: &toml::Value, palette: &BTreeMap<String, String>) -> Vec<String> {
    let names = Role::ALL.iter().map(|role| role.name());
    if names.clone().all(|name| name != role) {
        return vec![lenient::unknown("role", role, names)];
    }
    let mut problems = Vec::new();
    for (key, value) in look.as_table().into_iter().flatten() {
        let is_modifier = MODIFIERS.iter().any(|(name, _)| name == key);
        match (key.as_str(), value) {
            ("fg" | "bg", value) => {
                let name = value.as_str().unwrap_or_default();
                if color(name, palette).is_none() {
                    problems.push(format!("{role}: `{name}` is no colour"));
                }
            }
            (_, toml::Value::Boolean(_)) if is_modifier => {}
            (key, value) if is_modifier => {
                problems.push(format!("{role}: {key}: `{value}` is neither true nor false"))
            }
            (key, _) => {
                let known = MODIFIERS.iter().map(|(name, _)| *name).chain(["fg", "bg"]);
                problems.push(format!("{role}: {}", lenient::unknown("look", key, known)));
            }
        }
    }
    if !look.is_table() {
        problems.push(format!("{role}: write it like {{ fg = \"red\", bold = true }}"));
    }
    problems
}

fn color(name: &str, palette: &BTreeMap<String, String>) -> Option<Color> {
    palette.get(name).map_or(name, String::as_str).parse().ok()
}

fn style(look: &toml::Value, palette: &BTreeMap<String, String>) -> Style {
    let named = |key: &str| color(look.get(key)?.as_str()?, palette);
    let mut style = Style::new();
    (style.fg, style.bg) = (named("fg"), named("bg"));
    for (name, modifier) in MODIFIERS {
        if look.get(name).and_then(toml::Value::as_bool) == Some(true) {
            style = style.add_modifier(modifier);
        }
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_and_the_rest_used() {
        let text = "inherits = \"dark\"\n[palettte]\n[roles]\ndim = { fg = \"reddish\" }\nstatsu = {}\n\
                    match = { bold = true }\nmatch = {}\nmark = { blod = true }";
        let mut library = Library::default();
        library.add("mine", text);
        let (theme, problems) = library.load("mine");
        assert_eq!(
            problems,
            [
                "theme `mine`: line 7: `match` stands twice",
                "theme `mine`: there is no key `palettte`; did you mean `palette`?",
                "theme `mine`: dim: `reddish` is no colour",
                "theme `mine`: mark: there is no look `blod`; did you mean `bold`?",
                "theme `mine`: there is no role `statsu`",
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
    fn a_theme_can_be_a_palette_only_and_stand_in_for_the_one_it_inherits() {
        let mut library = Library::default();
        library.add("dark", "inherits = \"dark\"\n[palette]\nred = \"#ff0000\"");
        let (theme, problems) = library.load("dark");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(theme.style(Role::StatusFailed).fg, Some(Color::Rgb(255, 0, 0)));
        assert_eq!(library.themes().0.len(), EMBEDDED.len());
    }

    #[test]
    fn a_circle_is_named_and_ends() {
        let mut library = Library::default();
        library.add("one", "inherits = \"two\"");
        library.add("two", "inherits = \"one\"\n[roles]\nmark = { bold = true }");
        library.add("self", "inherits = \"self\"");
        library.add("orphan", "inherits = \"drak\"");
        assert_eq!(
            library.load("one").1,
            ["theme `two` inherits itself by way of `one`"]
        );
        assert_eq!(
            library.load("one").0.style(Role::Mark),
            Style::new().add_modifier(Modifier::BOLD)
        );
        assert_eq!(library.load("self").1, ["theme `self` inherits itself"]);
        assert_eq!(
            library.load("orphan").1,
            ["theme `orphan`: there is no theme `drak`; did you mean `dark`?"]
        );
    }
}
