//! What follows from what: the one place that changes the state. No file, no clock, no waiting.

use std::time::Duration;

use gkfs_runner::EventKind;
use gkfs_runner::event::Level;

use super::drill;
use super::glyph;
use super::layout;
use super::msg::{Effect, Msg};
use super::state::suite::{Node, Phase};
use super::state::{Pane, Shown, State, Watch};

mod act;
mod build;
mod configure;
mod copy;
mod events;
mod key;
mod mouse;
mod own_log;
mod picker;
mod rerun;
#[cfg(test)]
mod tests;

pub use act::why_off;
pub use configure::configure;
pub use rerun::start as ask;

/// Takes a message, and returns what the world has to do about it.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return key::key(state, key),
        Msg::Paste(text) => return key::paste(state, &text),
        Msg::Mouse(event) => return mouse::mouse(state, event),
        Msg::Resize(columns, rows) => state.size = (columns, rows),
        Msg::Tick(at) => tick(state, at.mono),
        Msg::Slept(time) => slept(state, time),
        Msg::StoodStill(time) => stood_still(state, time),
        Msg::Finding => events::finding(state),
        Msg::Found(at, kind) => events::found(state, at, &kind),
        Msg::FoundAll => events::found_all(state),
        Msg::RunOpened(run) => events::opened(state, run),
        Msg::Run(event) => return events::run(state, &event),
        Msg::Done(why) => return events::done(state, why),
        Msg::Followed { run, what } => return events::followed(state, &run, what),
        Msg::Loaded(loaded) => rerun::loaded(state, loaded),
        Msg::Watched { news, stack } => {
            let same = stack.is_some_and(|stack| rerun::is_same_build(&stack, &state.stack));
            return rerun::news(state, news, same);
        }
        Msg::Build(msg) => rerun::built(state, msg),
        Msg::Age(why) => rerun::aged(state, why),
        Msg::Watching(Ok(())) => state.watch = Watch::On,
        Msg::Watching(Err(why)) => {
            state.watch = Watch::Off;
            state.toast(Level::Error, why);
        }
        Msg::Switched(switched) => return rerun::switched(state, switched),
        Msg::Terminate(why) => return terminate(state, why),
        Msg::Note(level, text) => state.toast(level, text),
        Msg::Collected(lines) => return copy::collected(state, lines),
        Msg::Configured(config) => return configure::again(state, *config),
        Msg::LookAtLog => return own_log::poll(state),
        Msg::OwnLog(growth) => own_log::take(state, &growth),
        Msg::Drill(msg) => return drill_msg(state, msg),
    }
    Vec::new()
}

/// Brings up to date what follows from the rest: rows, scrolling, what the drill-down shows. To be called before a
/// key is taken and before a frame is drawn, and not for each of a thousand events.
pub fn settle(state: &mut State) -> Vec<Effect> {
    state.suite.count();
    if std::mem::take(&mut state.stale_rows) {
        state.tree.refresh(&state.suite);
    }
    let areas = layout::areas(state);
    state.tree.follow(areas.tests.map_or(0, layout::inner_height));
    let mut effects = show(state);
    let has_keys = state.focus == Pane::Drill;
    if state.drill.has_keys() != has_keys {
        effects.extend(drill_msg(state, drill::Msg::Keys(has_keys)));
    }
    if state.drill.is_alone() != state.zoom {
        effects.extend(drill_msg(state, drill::Msg::Alone(state.zoom)));
    }
    if let Some(pane) = areas.drill {
        let area = (pane.width.saturating_sub(2), pane.height.saturating_sub(2));
        if std::mem::replace(&mut state.drill_area, area) != area {
            effects.extend(drill_msg(state, drill::Msg::Area(area.0, area.1)));
        }
    }
    effects
}

/// Tells the drill-down what is selected, when that is another than before.
fn show(state: &mut State) -> Vec<Effect> {
    let Some(Node::Test(at)) = state.tree.selected() else {
        return Vec::new();
    };
    let test = &state.suite.tests[at];
    let wanted = Shown {
        attempt_dir: test.attempt_dir().map(Into::into),
        id: test.id.clone(),
        live: test.phase.is_alive(),
    };
    // Of a test that runs again nobody knows yet how that ends.
    let why = test
        .reason
        .as_ref()
        .filter(|_| test.is_bad() && test.phase == Phase::Idle);
    let mut effects = Vec::new();
    if state.drill.why() != why.map(String::as_str) {
        let why = why.cloned();
        effects.extend(drill_msg(state, drill::Msg::Why(why)));
    }
    if state.shown.as_ref() == Some(&wanted) {
        return effects;
    }
    let Shown {
        attempt_dir,
        id,
        live,
    } = wanted.clone();
    state.shown = Some(wanted);
    let show = drill::Msg::Show {
        attempt_dir,
        id,
        live,
    };
    effects.extend(drill_msg(state, show));
    effects
}

/// Hands a message to the drill-down.
pub(super) fn drill_msg(state: &mut State, msg: drill::Msg) -> Vec<Effect> {
    let effects = drill::update(&mut state.drill, msg);
    effects.into_iter().map(Effect::Drill).collect()
}

fn tick(state: &mut State, mono: u64) {
    state.now = state.now.max(mono);
    let now = state.now;
    state.toasts.retain(|(_, _, until)| *until > now);
}

/// Whoever reads a log of a test that ran meanwhile finds a gap in it.
fn slept(state: &mut State, time: Duration) {
    if state.is_busy() {
        let time = glyph::seconds(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        let text = format!("the machine slept for {time}: no duration or deadline counts that");
        state.toast(Level::Warn, text);
    }
}

/// What runs was suspended with us: for it no time has passed. Whoever asks what happened is told by the run.
fn stood_still(state: &mut State, time: Duration) {
    let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    state.suite.stood_still(time);
    if let Some((began, _)) = state.run.as_mut().and_then(|run| run.span.as_mut()) {
        *began = began.saturating_add(time);
    }
}

fn terminate(state: &mut State, why: &'static str) -> Vec<Effect> {
    state.toast(Level::Warn, why);
    act::quit_now(state)
}

/// Whether an event is one that changes which tests there are.
fn adds_rows(kind: &EventKind) -> bool {
    matches!(kind, EventKind::GroupFound { .. } | EventKind::TestFound(_))
}

/// Whether an event is one that changes which rows there are, where that depends on how tests stand.
fn moves_rows(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::Notice { .. } | EventKind::Slow { .. })
}
