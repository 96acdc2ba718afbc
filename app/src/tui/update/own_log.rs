//! The workbench's own log: opened, moved in, closed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::msg::Effect;
use super::super::state::State;
use super::super::state::own_log::{Growth, OwnLog};

/// Opens it.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    state.own_log = Some(OwnLog::default());
    poll(state)
}

/// Asks for what has come to it.
pub(super) fn poll(state: &State) -> Vec<Effect> {
    let wish = state.own_log.as_ref().zip(state.log_file.clone());
    let wish = wish.map(|(log, file)| Effect::ReadLog { file, from: log.read });
    wish.into_iter().collect()
}

/// Takes what has come to it.
pub(super) fn take(state: &mut State, growth: &Growth) {
    if let Some(log) = &mut state.own_log {
        log.take(growth);
    }
}

/// Takes a key.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let page = usize::from(state.size.1.saturating_sub(3)).max(1);
    let Some(log) = &mut state.own_log else {
        return Vec::new();
    };
    match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
        (KeyCode::Char('d'), true) | (KeyCode::PageDown | KeyCode::Char(' '), _) => log.scroll(false, page),
        (KeyCode::Char('u'), true) | (KeyCode::PageUp, _) => log.scroll(true, page),
        (KeyCode::Down | KeyCode::Char('j'), _) => log.scroll(false, 1),
        (KeyCode::Up | KeyCode::Char('k'), _) => log.scroll(true, 1),
        (KeyCode::Home | KeyCode::Char('g'), _) => log.scroll(true, usize::MAX),
        (KeyCode::End | KeyCode::Char('G'), _) => log.scroll(false, usize::MAX),
        (KeyCode::Char('L'), _) => log.graver(),
        (KeyCode::Esc | KeyCode::F(12) | KeyCode::Char('q'), _) | (KeyCode::Char('c'), true) => {
            state.own_log = None
        }
        _ => {}
    }
    Vec::new()
}
