//! From a key to what it means: whoever lies on top takes it first.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::action::Action;
use super::super::drill;
use super::super::keymap::{Chord, Found};
use super::super::msg::Effect;
use super::super::state::prompt::Typed;
use super::super::state::{Layer, Overlay, Pane, State};
use super::{act, drill_msg, settle};

/// Lines of the help: every action, and every key of the drill-down below its heading.
pub const HELP_LINES: usize = Action::ALL.len() + drill::KEYS.len() + 2;

/// A key was pressed.
pub(super) fn key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    // Where the cursor is, after all that has happened, is what the key is about.
    let mut effects = settle(state);
    effects.extend(match state.layer() {
        Layer::Confirm => confirm(state, key),
        Layer::Prompt => prompt(state, key),
        Layer::Help => help(state, key),
        Layer::Pane(pane) => in_pane(state, pane, key),
    });
    effects
}

/// Text was pasted: it is no command.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some((prompt, _)) = &mut state.prompt {
        prompt.insert(text);
        filter(state);
    }
    Vec::new()
}

/// In a pane the drill-down's own keys go first when it has the focus, and last when it has not.
fn in_pane(state: &mut State, pane: Pane, key: KeyEvent) -> Vec<Effect> {
    if pane == Pane::Drill
        && state.pending.is_empty()
        && let Some(msg) = drill::key(&state.drill, key)
    {
        return drill_msg(state, msg);
    }
    state.pending.push(Chord::from(key));
    match state.keymap.get(&state.pending) {
        Found::Pending(_) => Vec::new(),
        Found::Action(action) => {
            state.pending.clear();
            act::act(state, action)
        }
        Found::Nothing => {
            let alone = state.pending.len() == 1;
            state.pending.clear();
            match drill::key(&state.drill, key)
                .filter(|_| alone && matches!(key.code, KeyCode::Char('1'..='9')))
            {
                Some(msg) => drill_msg(state, msg),
                None => Vec::new(),
            }
        }
    }
}

fn confirm(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.overlay = None;
    match key.code {
        KeyCode::Char('y' | 'Y') | KeyCode::Enter => act::quit_now(state),
        _ => Vec::new(),
    }
}

/// Keys that move, move the help; any other closes it.
fn help(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Overlay::Help(line)) = &mut state.overlay else {
        return Vec::new();
    };
    let page = usize::from(state.size.1.saturating_sub(4)).max(1);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *line += 1,
        KeyCode::Char('k') | KeyCode::Up => *line = line.saturating_sub(1),
        KeyCode::PageDown | KeyCode::Char(' ') => *line += page,
        KeyCode::PageUp => *line = line.saturating_sub(page),
        KeyCode::Home => *line = 0,
        _ => state.overlay = None,
    }
    let last = HELP_LINES.saturating_sub(page);
    if let Some(Overlay::Help(line)) = &mut state.overlay {
        *line = (*line).min(last);
    }
    Vec::new()
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
