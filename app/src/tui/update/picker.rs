//! The choice of a theme: what the cursor is on is what the screen looks like.

use crossterm::event::{KeyCode, KeyEvent};
use gkfs_runner::event::Level;

use super::super::msg::Effect;
use super::super::state::State;
use super::super::state::picker::Picker;

/// Opens the list at the theme that there is.
pub(super) fn open(state: &mut State) {
    let at = state
        .themes
        .iter()
        .position(|theme| theme.name == state.theme.name);
    state.picker = Some(Picker {
        cursor: at.unwrap_or(0),
        before: state.theme.clone(),
    });
}

/// Takes a key.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(picker) = &mut state.picker else {
        return Vec::new();
    };
    let last = state.themes.len().saturating_sub(1);
    picker.cursor = match key.code {
        KeyCode::Down | KeyCode::Tab | KeyCode::Char('j' | 'T') if picker.cursor == last => 0,
        KeyCode::Down | KeyCode::Tab | KeyCode::Char('j' | 'T') => picker.cursor + 1,
        KeyCode::Up | KeyCode::BackTab | KeyCode::Char('k') => picker.cursor.checked_sub(1).unwrap_or(last),
        KeyCode::Home => 0,
        KeyCode::End => last,
        KeyCode::Enter => {
            state.picker = None;
            let text = format!(
                "theme {}; `theme` in config.toml makes it that of every suite",
                state.theme.name
            );
            state.toast(Level::Info, text);
            return Vec::new();
        }
        KeyCode::Esc | KeyCode::Char('q' | 'c') => {
            state.theme = picker.before.clone();
            state.picker = None;
            return Vec::new();
        }
        _ => picker.cursor,
    };
    if let Some(theme) = state.themes.get(picker.cursor) {
        state.theme = theme.clone();
    }
    Vec::new()
}
