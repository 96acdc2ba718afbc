//! What is copied, and what is said about it: the clipboard itself is not to be seen.

use gkfs_runner::event::Level;

use super::super::copy::{MOST, too_long};
use super::super::drill::{self, Copied, size};
use super::super::msg::Effect;
use super::super::state::suite::Node;
use super::super::state::{Pane, State};
use super::drill_msg;

/// Copies a command that runs what is selected.
pub(super) fn rerun(state: &mut State) -> Vec<Effect> {
    let Some(node) = state.tree.selected() else {
        return Vec::new();
    };
    let command = format!("{} {}", state.rerun, shell_words::quote(state.suite.id(node)));
    state.toast(Level::Info, format!("copied: {command}"));
    vec![Effect::Copy(command)]
}

/// Says why there is nothing to copy, if there is nothing.
pub(super) fn why_not(state: &State) -> Option<&'static str> {
    let has_some = match (state.focus, state.tree.selected()) {
        (Pane::Drill, Some(Node::Test(_))) => state.drill.has_rows(),
        (_, node) => node.is_some(),
    };
    (!has_some).then_some("there is nothing under the cursor")
}

/// Copies what is chosen, or under the cursor.
pub(super) fn here(state: &mut State) -> Vec<Effect> {
    let Some(node) = state.tree.selected() else {
        return Vec::new();
    };
    match state.drill.copied() {
        Some(copied) if state.focus == Pane::Drill && matches!(node, Node::Test(_)) => details(state, copied),
        _ => {
            let id = state.suite.id(node).to_owned();
            text(state, &format!("copied {id}"), id.clone())
        }
    }
}

fn details(state: &mut State, copied: Copied) -> Vec<Effect> {
    let mut effects = match copied {
        Copied::Text(what, copied) => text(state, &format!("copied {what}"), copied),
        Copied::Lines(lines) => vec![Effect::Collect(lines)],
        Copied::TooMuch(bytes) => {
            state.toast(Level::Warn, too_long(&size(bytes)));
            return Vec::new();
        }
    };
    if state.drill.is_choosing() {
        effects.extend(drill_msg(state, drill::Msg::Choose));
    }
    effects
}

/// The lines that were to be copied have been read.
pub(super) fn collected(state: &mut State, lines: Result<(usize, String), String>) -> Vec<Effect> {
    match lines {
        Ok((1, copied)) => text(state, "copied 1 line", copied.trim_end_matches('\n').to_owned()),
        Ok((lines, copied)) => text(state, &format!("copied {lines} lines"), copied),
        Err(why) => {
            state.toast(Level::Warn, why);
            Vec::new()
        }
    }
}

fn text(state: &mut State, told: &str, text: String) -> Vec<Effect> {
    if text.len() > MOST {
        return vec![Effect::Save(text)];
    }
    state.toast(Level::Info, told);
    vec![Effect::Copy(text)]
}
