//! What happens in a run, or while tests are looked for.

use std::path::Path;

use gkfs_runner::event::Level;
use gkfs_runner::{Event, EventKind, Moment};

use super::super::build;
use super::super::drill;
use super::super::msg::{Effect, Followed, Opened};
use super::super::state::{Activity, Run, State, build_of};
use super::{adds_rows, drill_msg, moves_rows, rerun};

/// Tests are looked for from now on.
pub(super) fn finding(state: &mut State) {
    state.activity = Activity::Finding(None);
    state.suite.begin_discovery();
    build::update(&mut state.build, build::Msg::Search);
}

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
    let build = build_of(&opened.stack);
    rerun::outdate(state, opened.stack);
    state.run = Some(Run {
        id: opened.id,
        dir: opened.dir,
        live: opened.live,
        build,
        ..Run::default()
    });
}

/// An event of the run: one path for a run that happens and for one that is looked back on.
pub(super) fn run(state: &mut State, event: &Event) -> Vec<Effect> {
    let Some(run) = &mut state.run else {
        return Vec::new();
    };
    note(run, event);
    if run.live || run.elsewhere {
        state.now = state.now.max(event.at.mono);
    }
    let dir = run.dir.clone();
    let known = state.suite.tests.len();
    state.suite.apply(event.at, &event.kind, &dir);
    let is_by_standing = state.tree.is_by_standing() && moves_rows(&event.kind);
    state.stale_rows |= is_by_standing || adds_rows(&event.kind) || known != state.suite.tests.len();
    match &event.kind {
        EventKind::TestFound(found) if !found.deselected => state.suite.enqueue(&found.id),
        EventKind::TestFinished { id, .. } => return judged(state, id),
        EventKind::Notice { level, text } if *level > Level::Info => state.toast(*level, text.clone()),
        EventKind::AttemptHeld { id, .. } => {
            let text = format!("HELD: {id} failed, and waits: ! shell, D gdb, C continue");
            state.toast(Level::Warn, text);
        }
        EventKind::Cancel { why } if state.mode == super::super::state::Mode::Live => {
            state.toast(Level::Warn, format!("stopping: {why}"));
        }
        _ => {}
    }
    Vec::new()
}

/// There is a verdict: what ended by itself was not ended by us, and who looks at the test's history wants to see it.
fn judged(state: &mut State, id: &str) -> Vec<Effect> {
    state.ending.retain(|ending| ending != id);
    match &state.shown {
        Some(shown) if shown.id == id => drill_msg(state, drill::Msg::Judged),
        _ => Vec::new(),
    }
}

/// Something happens in a run that another process makes; who runs tests here meanwhile wants to see those.
pub(super) fn followed(state: &mut State, id: &str, what: Followed) -> Vec<Effect> {
    let Some(followed) = state.run.as_mut().filter(|run| run.id == id && !run.live) else {
        return Vec::new();
    };
    match what {
        Followed::Begins => followed.elsewhere = true,
        Followed::Event(event) => return run(state, &event),
        Followed::Over { killed } => {
            (followed.elsewhere, followed.killed) = (false, killed);
            state.suite.settle();
            state.stale_rows = true;
        }
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
    // A search that was cancelled does not say how its build ended.
    if state.build.is_running() {
        build::update(&mut state.build, build::Msg::Stopped);
    }
    // What goes on elsewhere does not end with what was done here.
    if !state.run.as_ref().is_some_and(|run| run.elsewhere) {
        state.suite.settle();
    }
    state.stale_rows = true;
    rerun::idle(state)
}
