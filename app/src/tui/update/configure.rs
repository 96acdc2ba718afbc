//! What the user's files say, taken into the state: when a session opens, and whenever they change.

use gkfs_runner::event::Level;

use super::super::config::Config;
use super::super::msg::Effect;
use super::super::state::State;

/// Gives a session that opens what the user's files say.
pub fn configure(state: &mut State, config: Config) {
    state.theme = config.theme(config.settings.theme.as_deref().unwrap_or_default());
    state.mouse = config.settings.mouse;
    take(state, config);
}

/// The files have changed. What the user chose here since stays, unless it is that which changed.
pub(super) fn again(state: &mut State, config: Config) -> Vec<Effect> {
    let name = match &config.settings.theme {
        Some(new) if state.settings.theme.as_ref() != Some(new) => new.clone(),
        _ => state.theme.name.clone(),
    };
    state.theme = config.theme(&name);
    if let Some(picker) = &mut state.picker {
        picker.before = config.theme(&picker.before.name);
        picker.cursor = picker.cursor.min(config.themes.len().saturating_sub(1));
    }
    if config.problems.is_empty() {
        state.toast(Level::Info, "read your settings, keys and themes again");
    }
    let mouse = config.settings.mouse;
    let switched = mouse != state.settings.mouse && mouse != state.mouse;
    take(state, config);
    if !switched {
        return Vec::new();
    }
    state.mouse = mouse;
    vec![Effect::Mouse(mouse)]
}

fn take(state: &mut State, config: Config) {
    state.settings = config.settings;
    state.keymap = config.keymap;
    state.themes = config.themes;
    state.pending.clear();
    for problem in config.problems {
        state.toast(Level::Warn, problem);
    }
}
