//! What stops: the test or group under the cursor, or everything.

use gkfs_runner::CancelKind;
use gkfs_runner::event::Level;

use super::super::super::msg::{Effect, Request};
use super::super::super::state::suite::{Node, Phase};
use super::super::super::state::{Activity, State};

/// Returns the tests under the cursor that run or wait.
pub(super) fn under_way(state: &State) -> Vec<String> {
    let Some(node) = state.tree.selected() else {
        return Vec::new();
    };
    let is_under_way = |id: &&str| match state.suite.find(id) {
        Some(Node::Test(at)) => state.suite.tests[at].phase != Phase::Idle,
        _ => false,
    };
    let ids = state.suite.ids(node).into_iter();
    ids.filter(is_under_way).map(str::to_owned).collect()
}

/// Stops what is under the cursor. While tests are still looked for there is nothing else to stop than that.
pub(super) fn selected(state: &mut State) -> Vec<Effect> {
    if state.activity != Activity::Running {
        return all(state);
    }
    let ids = under_way(state);
    let again = ids.iter().all(|id| match state.suite.find(id) {
        Some(Node::Test(at)) => state.suite.tests[at].stopped,
        _ => false,
    });
    let word = if again { "killing" } else { "stopping" };
    let what = match ids.as_slice() {
        [id] => id.clone(),
        ids => format!("{} tests", ids.len()),
    };
    state.toast(Level::Info, format!("{word} {what}; the run goes on"));
    vec![Effect::CancelTests(ids)]
}

/// Ends the run: the first time it is asked to, then it is made to.
///
/// What was saved meanwhile is tried all the same: the run is of what was before it. Who wants nothing at all asks twice.
pub(in super::super) fn all(state: &mut State) -> Vec<Effect> {
    state.stops += 1;
    let is_of_a_change = |request: &mut Request| request.change.is_some();
    let stays = state.stops == 1 && !state.quitting;
    state.queued = state.queued.take_if(is_of_a_change).filter(|_| stays);
    if let Some(request) = &state.queued {
        let text = format!(
            "runs next, as files changed: {}; stop again to stop that too",
            request.told()
        );
        state.toast(Level::Info, text);
    }
    // Of a run, its own events tell.
    if matches!(state.activity, Activity::Finding(_)) {
        state.toast(Level::Info, "stopping the search for tests");
    }
    let kind = if state.stops == 1 {
        CancelKind::Stop
    } else {
        CancelKind::Kill
    };
    vec![Effect::Cancel(kind)]
}
