//! The user's own keys and themes: `keys.toml` and `themes/*.toml` in `~/.config/gkfs-bench/`.
//!
//! What is wrong in them is told and left out; a session opens whatever they say.

use std::path::PathBuf;

use gkfs_runner::Moment;
use gkfs_runner::event::Level;

use super::shell::Programs;
use super::state::State;
use super::theme::{EMBEDDED, Theme};
use crate::Env;

/// Names the theme to begin with.
const THEME: &str = "GKFS_BENCH_THEME";

/// Gives a session the user's keys and themes.
pub(crate) fn load(state: &mut State, env: &Env) {
    state.now = Moment::now().mono;
    let mut problems = Vec::new();
    let mut themes: Vec<Theme> = EMBEDDED
        .iter()
        .map(|(name, text)| Theme::parse(name, text).0)
        .collect();
    if let Some(dir) = dir(env) {
        let keys = dir.join("keys.toml");
        if let Ok(text) = std::fs::read_to_string(&keys) {
            let wrong = state.keymap.merge(&text);
            problems.extend(
                wrong
                    .into_iter()
                    .map(|problem| format!("{}: {problem}", keys.display())),
            );
        }
        themes.extend(own_themes(&dir.join("themes"), &mut problems));
    }
    if env.var("NO_COLOR").is_some() {
        themes = themes.into_iter().map(Theme::colorless).collect();
    }
    if let Some(wanted) = env.var(THEME).and_then(|name| name.to_str()) {
        match themes.iter().position(|theme| theme.name == wanted) {
            Some(at) => themes.rotate_left(at),
            None => problems.push(format!("{THEME}: there is no theme `{wanted}`")),
        }
    }
    state.theme = themes[0].clone();
    state.themes = themes;
    problems
        .into_iter()
        .for_each(|problem| state.toast(Level::Warn, problem));
}

/// Returns the user's programs.
pub(crate) fn programs(env: &Env) -> Programs {
    Programs {
        editor: editor(env),
        shell: env.var("SHELL").unwrap_or("sh".as_ref()).to_owned(),
        exe: env.exe.clone(),
        path: env.var("PATH").unwrap_or_default().to_owned(),
    }
}

fn editor(env: &Env) -> String {
    let set = |name| env.var(name).map(|value| value.to_string_lossy().into_owned());
    set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned())
}

fn dir(env: &Env) -> Option<PathBuf> {
    let config = env.var("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(env.var("HOME")?).join(".config"));
    Some(config.or_else(home)?.join("gkfs-bench"))
}

fn own_themes(dir: &std::path::Path, problems: &mut Vec<String>) -> Vec<Theme> {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    let mut themes = Vec::new();
    for path in files {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let (theme, wrong) = Theme::parse(&name, &text);
                problems.extend(wrong);
                themes.push(theme);
            }
            Err(error) => problems.push(format!("{}: {error}", path.display())),
        }
    }
    themes
}
