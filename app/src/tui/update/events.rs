//! What happens in a run, or while tests are looked for.

use std::collections::BTreeSet;
use std::path::Path;

use gkfs_runner::event::Level;
use gkfs_runner::{Event, EventKind, Moment};

use super::super::msg::{Effect, Opened, Request};
use super::super::state::suite::Node;
use super::super::state::{Activity, Run, State, Watch};
use super::{act, adds_rows, moves_rows};

/// Something was found, or is built on the way.
pub(super) fn found(state: &mut State, at: Moment, kind: &EventKind) {
    state.now = state.now.max(at.mono);
    match kind {
        EventKind::BuildStarted { group } => {
            state.activity = Activity::Finding(Some((group.clone(), at.mono)));
        }
        EventKind::BuildFinished { .. } => state.activity = Activity::Finding(None),
        kind => state.suite.apply(at, kind, Path::new("")),
    }
    state.stale_rows = true;
}

/// The search has found all there is: what it did not find is gone, and so are its marks.
pub(super) fn found_all(state: &mut State) {
    state.suite.end_discovery();
    let suite = &state.suite;
    state.tree.marks.retain(|id| suite.find(id).is_some());
    state.stale_rows = true;
}

/// A run begins, or is opened again.
pub(super) fn opened(state: &mut State, opened: Opened) {
    state.stops = 0;
    state.suite.settle();
    if opened.live {
        state.activity = Activity::Running;
    }
    state.stack = opened.stack;
    state.run = Some(Run {
        id: opened.id,
        dir: opened.dir,
        live: opened.live,
        ..Run::default()
    });
}

/// An event of the run: one path for a run that happens and for one that is looked back on.
pub(super) fn run(state: &mut State, event: &Event) -> Vec<Effect> {
    let Some(run) = &mut state.run else {
        return Vec::new();
    };
    note(run, event);
    if run.live {
        state.now = state.now.max(event.at.mono);
    }
    let dir = run.dir.clone();
    let known = state.suite.tests.len();
    state.suite.apply(event.at, &event.kind, &dir);
    let is_by_standing = state.tree.is_by_standing() && moves_rows(&event.kind);
    state.stale_rows |= is_by_standing || adds_rows(&event.kind) || known != state.suite.tests.len();
    match &event.kind {
        EventKind::TestFound(found) if !found.deselected => state.suite.enqueue(&found.id),
        EventKind::Notice { level, text } if *level > Level::Info => state.toast(*level, text.clone()),
        EventKind::Cancel { why } if state.mode == super::super::state::Mode::Live => {
            state.toast(Level::Warn, format!("stopping: {why}"));
        }
        _ => {}
    }
    Vec::new()
}

fn note(run: &mut Run, event: &Event) {
    let mono = event.at.mono;
    if let Some((_, last)) = &mut run.span {
        *last = mono.max(*last);
    }
    match &event.kind {
        EventKind::RunStarted { tests, .. } => run.selected = *tests,
        EventKind::AttemptStarted { .. } => {
            run.span.get_or_insert((mono, mono));
        }
        EventKind::TestFinished { status, .. } => run.summary.add(*status),
        EventKind::Cancel { why } => run.cancelled = Some(why.clone()),
        EventKind::RunFinished { summary, exit_code } => {
            (run.summary, run.exit_code) = (*summary, Some(*exit_code));
        }
        _ => {}
    }
}

/// What was asked for is over.
pub(super) fn done(state: &mut State, why: Option<String>) -> Vec<Effect> {
    if let Some(why) = why {
        state.toast(Level::Error, why);
    }
    state.suite.settle();
    state.stale_rows = true;
    idle(state)
}

/// Nothing goes on any more: what waited for that is done now.
fn idle(state: &mut State) -> Vec<Effect> {
    state.activity = Activity::Idle;
    state.stops = 0;
    if state.quitting {
        return vec![Effect::Quit];
    }
    match state.queued.take() {
        Some(request) => act::start(state, request),
        None => Vec::new(),
    }
}

/// Files changed. What they touch is stale until it is run again.
pub(super) fn changed(state: &mut State, files: usize, touched: Option<BTreeSet<String>>) -> Vec<Effect> {
    let touches = |id: &str, group: &str| {
        touched
            .as_ref()
            .is_none_or(|ids| ids.contains(id) || ids.contains(group))
    };
    state.suite.mark_stale(touches);
    state.stale_rows = true;
    if state.watch != Watch::On {
        return Vec::new();
    }
    let files = if files == 1 {
        "1 file".to_owned()
    } else {
        format!("{files} files")
    };
    state.toast(Level::Info, format!("{files} changed"));
    let request = Request {
        only: touched.map(|ids| with_failed(state, ids)),
        until_fail: false,
    };
    let running = state.activity == Activity::Running;
    let mut effects = act::start(state, request);
    if running && state.restart {
        effects.push(Effect::Cancel(gkfs_runner::CancelKind::Stop));
    }
    effects
}

/// What did not pass is run along: whether it is mended is what the change was for.
fn with_failed(state: &State, mut ids: BTreeSet<String>) -> BTreeSet<String> {
    let bad = state.suite.tests.iter().filter(|test| test.is_bad());
    ids.extend(bad.map(|test| test.id.clone()));
    // What is gone cannot be run; a group that is new is still unknown here.
    ids.retain(|id| !id.contains("::") || matches!(state.suite.find(id), Some(Node::Test(_))));
    ids
}
