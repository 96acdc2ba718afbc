//! What each action does.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gkfs_runner::event::Level;

use super::super::action::{Action, Place};
use super::super::drill::{self, Tab};
use super::super::layout;
use super::super::msg::{Effect, Request};
use super::super::state::filter;
use super::super::state::palette::Palette;
use super::super::state::prompt::Prompt;
use super::super::state::suite::Node;
use super::super::state::{Activity, Pane, Run, State};
use super::{build, copy, drill_msg, own_log, picker, rerun, settle};

mod held;
mod stop;
mod why;

pub use why::why_off;

/// Does what was asked for, or says why not.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(why) = why_off(state, action) {
        state.toast(Level::Info, why);
        return Vec::new();
    }
    if build::act(state, action) {
        return Vec::new();
    }
    let mut effects = go_to(state, action);
    effects.extend(in_details(state, action).unwrap_or_else(|| here(state, action)));
    effects
}

/// Goes to where an action does something. The tabs are seen from the tests too, where there is room for both.
fn go_to(state: &mut State, action: Action) -> Vec<Effect> {
    let is_tab = is_tab(action);
    match action.place() {
        Place::Tests => state.focus = Pane::Tests,
        Place::Everywhere if is_tab && layout::areas(state).drill.is_none() => state.focus = Pane::Drill,
        Place::Everywhere => {}
        place => {
            state.focus = Pane::Drill;
            if let Some(tab) = Tab::at(place).filter(|tab| tab.place() != state.drill.place()) {
                return drill_msg(state, drill::Msg::Tab(tab));
            }
        }
    }
    Vec::new()
}

fn is_tab(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::Timeline | A::Results | A::Workspace | A::Output | A::History | A::Changes
    )
}

/// Hands the drill-down what is about it; what it does not know is left to others.
fn in_details(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if state.focus != Pane::Drill && !is_tab(action) {
        return None;
    }
    // How much it has room for is part of what it is asked.
    let mut effects = settle(state);
    let msg = drill::act(&state.drill, action)?;
    effects.extend(drill_msg(state, msg));
    Some(effects)
}

fn here(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Edit => source(state).into_iter().collect(),
        Action::Copy => copy::here(state),
        Action::CopyRerun => copy::rerun(state),
        Action::OwnLog => own_log::open(state),
        Action::Redraw => vec![Effect::Redraw],
        Action::Mouse => mouse(state),
        Action::Shell => shell(state).into_iter().collect(),
        Action::Debugger => held::debugger(state).into_iter().collect(),
        Action::Continue => held::go_on(state),
        Action::Print => vec![Effect::Print],
        Action::Suspend => vec![Effect::Suspend],
        Action::Quit => quit(state),
        Action::Stop => stop::selected(state),
        Action::StopAll => stop::all(state),
        Action::Watch => rerun::toggle(state),
        Action::Harness => vec![Effect::SwitchHarness],
        Action::RunSelected
        | Action::RunAll
        | Action::RunFailed
        | Action::RunMarked
        | Action::RunAgain
        | Action::RunHold
        | Action::RunUntilFail => run(state, action),
        _ => {
            look(state, action);
            Vec::new()
        }
    }
}

/// Actions that change only what is seen.
fn look(state: &mut State, action: Action) {
    let page = layout::areas(state).tests.map_or(1, layout::inner_height).max(1);
    let row = state.tree.cursor;
    match action {
        Action::Down => go(state, row + 1),
        Action::Up => go(state, row.saturating_sub(1)),
        Action::PageDown => go(state, row + page),
        Action::PageUp => go(state, row.saturating_sub(page)),
        Action::Top => go(state, 0),
        Action::Bottom => go(state, usize::MAX),
        Action::NextFailure => next_failure(state, true),
        Action::PreviousFailure => next_failure(state, false),
        Action::Left => fold(state),
        Action::Right => unfold(state),
        Action::Open => open(state),
        Action::Filter => {
            let text = state.tree.filter.clone();
            state.focus = Pane::Tests;
            state.prompt = Some((Prompt::new(&text), text));
        }
        Action::Mark => mark(state),
        Action::ClearMarks => {
            state.tree.marks.clear();
            state.toast(Level::Info, "no marks any more");
        }
        Action::Pin => pin(state),
        Action::SwitchPane => {
            state.focus = match state.focus {
                Pane::Tests => Pane::Drill,
                Pane::Drill => Pane::Tests,
            }
        }
        Action::Build => build::toggle(state),
        Action::Zoom => state.zoom = !state.zoom,
        Action::Palette => state.palette = Some(Palette::default()),
        Action::Theme => picker::open(state),
        Action::NarrowerTests => layout::share(state, -5),
        Action::WiderTests => layout::share(state, 5),
        _ => reshape(state, action),
    }
}

/// Actions that change which rows there are.
fn reshape(state: &mut State, action: Action) {
    match action {
        Action::FoldAll => state.tree.fold_all(&state.suite),
        Action::OnlyFailed => state.tree.only_failed = !state.tree.only_failed,
        Action::FailuresFirst => state.tree.failures_first = !state.tree.failures_first,
        // One step back at a time, and never out of the program.
        Action::Back if state.focus == Pane::Drill => state.focus = Pane::Tests,
        Action::Back if state.tree.filter.is_empty() => state.tree.only_failed = false,
        Action::Back => state.tree.filter.clear(),
        Action::FilterStatus => state.tree.filter = filter::next_status(&state.tree.filter, &state.suite),
        _ => {}
    }
    state.stale_rows = true;
}

fn go(state: &mut State, row: usize) {
    state.tree.go(row, &state.suite);
}

/// Puts the cursor on the first test that is shown: a group is only on the way to it.
pub(super) fn to_first_test(state: &mut State) {
    let first = state
        .tree
        .rows
        .iter()
        .position(|row| matches!(row.node, Node::Test(_)));
    go(state, first.unwrap_or(0));
}

fn next_failure(state: &mut State, forward: bool) {
    let suite = &state.suite;
    let found = state.tree.seek(forward, suite, |node| match node {
        Node::Test(at) => suite.tests[at].is_bad(),
        Node::Group(at) => suite.groups[at].error.is_some(),
    });
    if !found {
        state.toast(Level::Info, "what failed is folded or filtered away");
    }
}

fn fold(state: &mut State) {
    let group = match state.tree.selected() {
        Some(Node::Group(at)) => at,
        Some(Node::Test(at)) => {
            let group = Node::Group(state.suite.tests[at].group);
            let row = state.tree.rows.iter().position(|row| row.node == group);
            return go(state, row.unwrap_or(0));
        }
        None => return,
    };
    state.tree.fold(&state.suite.groups[group].name, true);
    state.stale_rows = true;
}

fn unfold(state: &mut State) {
    match state.tree.selected() {
        Some(Node::Group(at)) if state.tree.is_folded(&state.suite.groups[at].name) => {
            state.tree.fold(&state.suite.groups[at].name, false);
            state.stale_rows = true;
        }
        Some(Node::Group(_)) => go(state, state.tree.cursor + 1),
        Some(Node::Test(_)) => state.focus = Pane::Drill,
        None => {}
    }
}

/// Opens the details of a test; a group has none, and is folded or unfolded.
pub(super) fn open(state: &mut State) {
    let Some(Node::Group(at)) = state.tree.selected() else {
        state.focus = Pane::Drill;
        return;
    };
    let name = &state.suite.groups[at].name;
    let folded = state.tree.is_folded(name);
    state.tree.fold(name, !folded);
    state.stale_rows = true;
}

fn mark(state: &mut State) {
    let Some(node) = state.tree.selected() else {
        return;
    };
    state.tree.mark(&state.suite.ids(node));
    go(state, state.tree.cursor + 1);
}

fn pin(state: &mut State) {
    let Some(node) = state.tree.selected() else {
        return;
    };
    let word = if state.suite.pin(node) {
        "pinned"
    } else {
        "unpinned"
    };
    let id = state.suite.id(node).to_owned();
    state.toast(
        Level::Info,
        format!("{word} {id}; {} pinned", state.suite.pins.len()),
    );
    state.stale_rows = true;
}

fn shell(state: &State) -> Option<Effect> {
    let Some(Node::Test(at)) = state.tree.selected() else {
        return None;
    };
    let test = &state.suite.tests[at];
    let attempt = state.drill.attempt_of(&test.id).or(test.attempt_dir())?;
    Some(Effect::Shell {
        id: test.id.clone(),
        attempt: attempt.into(),
        live: test.phase.is_alive() && test.attempt_dir() == Some(attempt),
    })
}

fn mouse(state: &mut State) -> Vec<Effect> {
    state.mouse = !state.mouse;
    let text = if state.mouse {
        "the mouse is ours: click to choose, scroll what lies under it"
    } else {
        "the mouse is the terminal's: select text as everywhere"
    };
    state.toast(Level::Info, text);
    vec![Effect::Mouse(state.mouse)]
}

/// Ids of what did not pass, and names of groups that could not be built.
fn failed(state: &State) -> BTreeSet<String> {
    let tests = state.suite.tests.iter().filter(|test| test.is_bad());
    let groups = state.suite.groups.iter().filter(|group| group.error.is_some());
    let tests = tests.map(|test| test.id.clone());
    tests.chain(groups.map(|group| group.name.clone())).collect()
}

fn selected(state: &State) -> BTreeSet<String> {
    let node = state.tree.selected();
    node.map(|node| state.suite.id(node).to_owned())
        .into_iter()
        .collect()
}

fn run(state: &mut State, action: Action) -> Vec<Effect> {
    let only = match action {
        Action::RunAll => None,
        Action::RunFailed => Some(failed(state)),
        Action::RunMarked => Some(state.tree.marks.clone()),
        _ => Some(selected(state)),
    };
    let request = Request {
        only,
        until_fail: action == Action::RunUntilFail,
        hold: action == Action::RunHold,
        failed_only: action == Action::RunFailed,
        ..Request::default()
    };
    let request = match (action, &state.last) {
        (Action::RunAgain, Some(last)) => last.clone(),
        _ => request,
    };
    rerun::start(state, request)
}

/// Returns the place to be edited: the assertion, where that is looked at, else the test.
fn source(state: &State) -> Option<Effect> {
    let Some(Node::Test(at)) = state.tree.selected() else {
        return None;
    };
    let is_shown = layout::areas(state).drill.is_some();
    if let Some((file, line)) = state.drill.source().filter(|_| is_shown) {
        return Some(Effect::Edit { file, line });
    }
    let test = &state.suite.tests[at];
    Some(Effect::Edit {
        file: PathBuf::from(test.file.as_ref()?),
        line: test.line.unwrap_or(1),
    })
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.quitting {
        return quit_now(state);
    }
    if is_winding_up(state) {
        // All verdicts are there: nothing would be lost, and it ends by itself.
        state.quitting = true;
        return Vec::new();
    }
    // A search for tests is nothing that anybody would miss.
    let runs = state.activity == Activity::Running;
    if runs || state.current.is_some() || state.queued.is_some() {
        state.confirm_quit = true;
        return Vec::new();
    }
    if state.is_busy() {
        return quit_now(state);
    }
    vec![Effect::Quit]
}

/// Whether all tests of the run that goes on have ended, and nothing comes after it.
fn is_winding_up(state: &State) -> bool {
    let is_over = |run: &Run| run.live && run.selected > 0 && run.summary.total >= run.selected;
    let repeats = state.current.as_ref().is_some_and(|request| request.until_fail);
    state.activity == Activity::Running
        && state.queued.is_none()
        && !repeats
        && state.run.as_ref().is_some_and(is_over)
}

/// Quits once nothing runs any more, and sees to it that this comes to pass.
pub(super) fn quit_now(state: &mut State) -> Vec<Effect> {
    state.quitting = true;
    if state.is_busy() {
        let runs = state.suite.tests.iter().filter(|test| test.phase.is_alive());
        let runs = runs
            .map(|test| test.id.clone())
            .filter(|id| !state.ending.contains(id));
        state.ending.extend(runs.collect::<Vec<_>>());
        return stop::all(state);
    }
    vec![Effect::Quit]
}
