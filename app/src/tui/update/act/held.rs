//! What can be done with tests that failed and are held.

use std::path::PathBuf;

use gkfs_runner::event::Level;

use super::super::super::msg::Effect;
use super::super::super::state::State;
use super::super::super::state::suite::{Node, Phase, Test};

/// Returns the held tests under the cursor.
fn held(state: &State) -> Vec<&Test> {
    let Some(node) = state.tree.selected() else {
        return Vec::new();
    };
    let tests = state
        .suite
        .ids(node)
        .into_iter()
        .filter_map(|id| match state.suite.find(id) {
            Some(Node::Test(at)) => Some(&state.suite.tests[at]),
            _ => None,
        });
    tests.filter(|test| test.phase == Phase::Held).collect()
}

/// Whether there is one.
pub(super) fn is_there(state: &State) -> bool {
    !held(state).is_empty()
}

/// Lets them go on.
pub(super) fn go_on(state: &mut State) -> Vec<Effect> {
    let held = held(state);
    let what = match held.as_slice() {
        [one] => one.id.clone(),
        several => format!("{} tests", several.len()),
    };
    let dirs: Vec<PathBuf> = held
        .iter()
        .filter_map(|test| Some(test.attempt_dir()?.to_owned()))
        .collect();
    state.toast(Level::Info, format!("going on: {what}"));
    vec![Effect::Release(dirs)]
}

/// Opens a debugger on a daemon of the test under the cursor, which has to be alive.
pub(super) fn debugger(state: &State) -> Option<Effect> {
    let Some(Node::Test(at)) = state.tree.selected() else {
        return None;
    };
    let test = &state.suite.tests[at];
    let attempt = test.attempt_dir().filter(|_| test.phase.is_alive())?;
    Some(Effect::Debug {
        attempt: attempt.into(),
    })
}
