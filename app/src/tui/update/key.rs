//! From a key to what it means: whoever lies on top takes it first.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gkfs_runner::event::Level;

use super::super::drill;
use super::super::keymap::{Chord, Found};
use super::super::msg::Effect;
use super::super::state::prompt::Typed;
use super::super::state::{Layer, State};
use super::{act, drill_msg, own_log, picker, rerun, settle};

/// A key was pressed.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    // Where the cursor is, after all that has happened, is what the key is about.
    let mut effects = settle(state);
    effects.extend(match state.layer() {
        Layer::Confirm => confirm(state, key),
        Layer::Palette => palette(state, key),
        Layer::Picker => picker::key(state, key),
        Layer::OwnLog => own_log::key(state, key),
        Layer::Prompt => prompt(state, key),
        Layer::Typing => match drill::key(&state.drill, key) {
            Some(msg) => drill_msg(state, msg),
            None => Vec::new(),
        },
        Layer::Pane(_) => in_pane(state, key),
    });
    effects
}

/// Text was pasted: it is no command.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(palette) = &mut state.palette {
        palette.prompt.insert(text);
        palette.cursor = 0;
    } else if let Some((prompt, _)) = &mut state.prompt {
        prompt.insert(text);
        filter(state);
    } else if state.layer() == Layer::Typing {
        let letters = text.chars().filter(|letter| !letter.is_control());
        let typed = letters.map(|letter| KeyEvent::from(KeyCode::Char(letter)));
        return typed.flat_map(|event| key(state, event)).collect();
    }
    Vec::new()
}

fn in_pane(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.pending.push(Chord::from(key));
    match state.keymap.get(state.place(), &state.pending) {
        Found::Pending(_) => Vec::new(),
        Found::Action(action) => {
            state.pending.clear();
            act::act(state, action)
        }
        Found::Nothing => {
            state.pending.clear();
            Vec::new()
        }
    }
}

fn confirm(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let yes = matches!(key.code, KeyCode::Char('y' | 'Y') | KeyCode::Enter);
    if !std::mem::take(&mut state.confirm_quit) {
        return rerun::may_build(state, yes);
    }
    if yes {
        return act::quit_now(state);
    }
    Vec::new()
}

/// In the palette letters are looked for, and keys that are none move.
fn palette(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let here = state.place();
    let page = usize::from(state.size.1.saturating_sub(5)).max(1);
    let Some(palette) = &mut state.palette else {
        return Vec::new();
    };
    let entries = palette.entries(&state.keymap, here);
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let at = palette.cursor;
    let to = match key.code {
        KeyCode::Down => at + 1,
        KeyCode::Char('n' | 'j') if control => at + 1,
        KeyCode::Up => at.saturating_sub(1),
        KeyCode::Char('p' | 'k') if control => at.saturating_sub(1),
        KeyCode::PageDown => at + page,
        KeyCode::PageUp => at.saturating_sub(page),
        _ => match palette.prompt.key(key) {
            Typed::Changed => 0,
            Typed::Nothing => at,
            Typed::Cancelled => {
                state.palette = None;
                return Vec::new();
            }
            Typed::Accepted => {
                let Some(action) = entries.get(at).map(|entry| entry.action) else {
                    return Vec::new();
                };
                return do_it(state, action);
            }
        },
    };
    palette.cursor = to.min(palette.entries(&state.keymap, here).len().saturating_sub(1));
    Vec::new()
}

/// What cannot be done says why, and leaves the palette open for something else.
fn do_it(state: &mut State, action: super::super::action::Action) -> Vec<Effect> {
    if let Some(why) = act::why_off(state, action) {
        state.toast(Level::Info, why);
        return Vec::new();
    }
    state.palette = None;
    act::act(state, action)
}

fn prompt(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    // While the filter is typed the cursor can already be moved among what it found.
    let rows = match key.code {
        KeyCode::Down => Some(state.tree.cursor + 1),
        KeyCode::Up => Some(state.tree.cursor.saturating_sub(1)),
        _ => None,
    };
    if let Some(row) = rows {
        state.tree.go(row, &state.suite);
        return Vec::new();
    }
    let Some((prompt, before)) = &mut state.prompt else {
        return Vec::new();
    };
    match prompt.key(key) {
        Typed::Nothing => {}
        Typed::Changed => filter(state),
        Typed::Accepted => state.prompt = None,
        Typed::Cancelled => {
            state.tree.filter = std::mem::take(before);
            state.prompt = None;
            state.stale_rows = true;
        }
    }
    Vec::new()
}

/// What is typed is looked for at once; the cursor goes to the first test found.
fn filter(state: &mut State) {
    if let Some((prompt, _)) = &state.prompt {
        state.tree.filter = prompt.text().to_owned();
        state.tree.refresh(&state.suite);
        act::to_first_test(state);
    }
}
