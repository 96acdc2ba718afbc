//! The user's own settings, keys and themes: `config.toml`, `keys.toml` and `themes/*.toml` in
//! `~/.config/gkfs-bench/` (or `$XDG_CONFIG_HOME/gkfs-bench/`).
//!
//! What is wrong in them is told and left out; a session opens whatever they say. They are read again when they
//! change, by `reload`.

use std::path::{Path, PathBuf};

use super::clipboard::Through;
use super::keymap::Keymap;
use super::shell::Programs;
use super::theme::{DEFAULT, Depth, Library, Theme};
use crate::Env;
pub use settings::Settings;

pub(crate) mod reload;
mod settings;

/// Names the theme to begin with, whatever `config.toml` says.
const THEME: &str = "GKFS_BENCH_THEME";

/// All that the user's files say.
#[derive(Debug, Clone)]
pub struct Config {
    /// `config.toml`.
    pub settings: Settings,
    /// The keys that ship, with those of `keys.toml` over them.
    pub keymap: Keymap,
    /// The themes that ship and the user's own, in as many colours as the terminal shows. Never empty.
    pub themes: Vec<Theme>,
    /// What is wrong in the files, a line each.
    pub problems: Vec<String>,
}

impl Config {
    /// Returns the theme of a name, or else the one to begin with.
    #[must_use]
    pub fn theme(&self, name: &str) -> Theme {
        let named = |name: &str| self.themes.iter().find(|theme| theme.name == name);
        named(name)
            .or_else(|| named(DEFAULT))
            .cloned()
            .unwrap_or_default()
    }
}

/// Returns the directory of the user's files.
pub(crate) fn dir(env: &Env) -> Option<PathBuf> {
    Some(env.base("XDG_CONFIG_HOME", ".config")?.join("gkfs-bench"))
}

/// Reads the user's files.
pub(crate) fn load(env: &Env) -> Config {
    let dir = dir(env);
    let mut problems = Vec::new();
    let mut text = |name: &str| {
        let path = dir.as_ref()?.join(name);
        read(&path, &mut problems)
    };
    let (settings_text, keys) = (text("config.toml"), text("keys.toml"));
    let mut settings = Settings::default();
    let mut tell = |file: &str, wrong: Vec<String>| {
        problems.extend(wrong.into_iter().map(|problem| format!("{file}: {problem}")));
    };
    if let Some(text) = settings_text {
        tell("config.toml", settings.merge(&text));
    }
    let mut keymap = Keymap::default();
    if let Some(keys) = keys {
        tell("keys.toml", keymap.merge(&keys));
    }
    let library = library(dir.as_deref(), &mut problems);
    let (themes, wrong) = library.themes();
    problems.extend(wrong);
    settings.complete(env);
    if let Some(theme) = env.var(THEME).and_then(|name| name.to_str()) {
        settings.theme = Some(theme.to_owned());
    }
    let names = themes.iter().map(|theme| theme.name.as_str());
    if let Some(theme) = settings
        .theme
        .take_if(|wanted| names.clone().all(|name| name != wanted))
    {
        problems.push(super::lenient::unknown("theme", &theme, names));
    }
    let depth = depth(env);
    Config {
        settings,
        keymap,
        themes: themes.into_iter().map(|theme| theme.in_depth(depth)).collect(),
        problems,
    }
}

/// Returns the user's programs.
pub(crate) fn programs(env: &Env) -> Programs {
    Programs {
        shell: env.var("SHELL").unwrap_or("sh".as_ref()).to_owned(),
        exe: env.exe.clone(),
        path: env.var("PATH").unwrap_or_default().to_owned(),
        through: Through::of(|name| env.var(name).is_some_and(|value| !value.is_empty())),
    }
}

fn depth(env: &Env) -> Depth {
    let var = |name| env.var(name).unwrap_or_default().to_string_lossy();
    Depth::of(env.var("NO_COLOR").is_some(), &var("COLORTERM"), &var("TERM"))
}

/// Reads a file; that there is none is no problem.
fn read(path: &Path, problems: &mut Vec<String>) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            problems.push(format!("{}: {error}", path.display()));
            None
        }
    }
}

fn library(dir: Option<&Path>, problems: &mut Vec<String>) -> Library {
    let mut library = Library::default();
    let dir = dir.map(|dir| dir.join("themes"));
    let files = dir
        .iter()
        .filter_map(|dir| std::fs::read_dir(dir).ok())
        .flatten()
        .flatten();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if let Some(text) = read(&path, problems) {
            library.add(&name, &text);
        }
    }
    library
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(home: &Path, more: &[(&str, &str)]) -> Env {
        let mut vars = std::collections::BTreeMap::from([("HOME".into(), home.into())]);
        vars.extend(more.iter().map(|(name, value)| (name.into(), value.into())));
        Env {
            vars,
            cwd: home.into(),
            exe: home.into(),
            cpus: 1,
        }
    }

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    #[test]
    fn what_is_wrong_in_any_file_is_told_and_the_rest_used() {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join(".config/gkfs-bench");
        write(
            &dir.join("config.toml"),
            "theme = \"mine\"\nglyps = \"ascii\"\nmouse = \"yes\"\n",
        );
        write(
            &dir.join("keys.toml"),
            "[keys]\n\"J\" = \"fly\"\n\"Q\" = \"quit\"\n\"Q\" = \"up\"\n",
        );
        write(
            &dir.join("themes/mine.toml"),
            "inherits = \"dark\"\n[roles]\nmakr = {}\n",
        );
        write(&dir.join("themes/notes.txt"), "no theme");
        let config = load(&env(home.path(), &[("COLORTERM", "truecolor")]));
        assert_eq!(
            config.problems,
            [
                "config.toml: there is no key `glyps`; did you mean `glyphs`?",
                "config.toml: mouse: `\"yes\"` is neither true nor false",
                "keys.toml: line 4: `Q` stands twice",
                "keys.toml: `J`: there is no action `fly`",
                "theme `mine`: there is no role `makr`; did you mean `mark`?",
            ]
        );
        assert_eq!(config.settings.theme.as_deref(), Some("mine"));
        let theme = config.theme("mine");
        assert_eq!((theme.name.as_str(), config.themes.len()), ("mine", 6));
        let dark = Theme::embedded("dark").expect("it ships");
        assert_eq!(
            theme.style(super::super::theme::Role::Mark),
            dark.style(super::super::theme::Role::Mark)
        );
    }

    #[test]
    fn the_environment_says_where_and_with_which_theme_to_begin() {
        let home = tempfile::tempdir().expect("a directory");
        let elsewhere = home.path().join("elsewhere");
        write(&elsewhere.join("gkfs-bench/config.toml"), "theme = \"light\"");
        let elsewhere = elsewhere.to_str().expect("utf-8");
        let of = |more: &[(&str, &str)]| load(&env(home.path(), more)).settings.theme;
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("XDG_CONFIG_HOME", elsewhere)]).as_deref(), Some("light"));
        let both = [("XDG_CONFIG_HOME", elsewhere), (THEME, "monochrome")];
        assert_eq!(of(&both).as_deref(), Some("monochrome"));
        let config = load(&env(home.path(), &[(THEME, "drak")]));
        assert_eq!(
            config.problems,
            ["there is no theme `drak`; did you mean `dark`?"]
        );
    }
}
