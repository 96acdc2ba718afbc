//! When tests are run, in which order, and what a change does to a run that goes on.

use std::collections::BTreeSet;

use gkfs_runner::event::Level;
use gkfs_runner::record::StackInfo;

use super::super::build;
use super::super::msg::{Effect, Loaded, Request, Switched};
use super::super::state::suite::{Node, Phase};
use super::super::state::watched::{Builder, Consent, counted};
use super::super::state::{Activity, State, Watch};
use crate::suite::OnChange;
use crate::watch::{Change, News, Touched};

/// Begins a run or, while something goes on, has it wait. Only one waits: the newest, together with what it covers.
///
/// This is what a key asks for, and what somebody asks for who has no keys.
pub fn start(state: &mut State, request: Request) -> Vec<Effect> {
    if state.activity == Activity::Idle {
        return begin(state, request);
    }
    queue(state, request);
    let told = state.queued.as_ref().map_or_else(String::new, Request::told);
    state.toast(Level::Info, format!("runs next: {told}"));
    Vec::new()
}

fn begin(state: &mut State, mut request: Request) -> Vec<Effect> {
    request.first = urgent(state, &request);
    request.build |= state.watched.owes_build && state.watch == Watch::On;
    request.build &= state.watched.builds();
    state.activity = Activity::Finding(None);
    // Asked for again, it is no change that asks.
    state.last = Some(Request {
        change: None,
        known: false,
        ..request.clone()
    });
    state.current = Some(request.clone());
    vec![Effect::Start(request)]
}

fn queue(state: &mut State, request: Request) {
    let waiting = state.queued.take();
    state.queued = Some(match waiting {
        Some(waiting) => waiting.with(request),
        None => request,
    });
}

/// What did not pass starts first, then what is pinned, then what changed.
fn urgent(state: &State, request: &Request) -> Vec<BTreeSet<String>> {
    let changed = request.change.as_ref().map(|change| change.touched.tests.clone());
    let sets = [bad(state), state.suite.pins.clone(), changed.unwrap_or_default()];
    sets.into_iter().filter(|set| !set.is_empty()).collect()
}

fn bad(state: &State) -> BTreeSet<String> {
    let bad = state.suite.tests.iter().filter(|test| test.is_bad());
    bad.map(|test| test.id.clone()).collect()
}

/// Nothing goes on any more: what waited for that is done now.
pub(super) fn idle(state: &mut State) -> Vec<Effect> {
    state.activity = Activity::Idle;
    (state.stops, state.watched.superseded) = (0, false);
    owe(state);
    state.current = None;
    if state.quitting {
        return vec![Effect::Quit];
    }
    match state.queued.take() {
        Some(request) => begin(state, request),
        None => Vec::new(),
    }
}

/// What failed was run alone, and passes: whether all else still does, nobody knows. Where changes are watched it is
/// known better, test by test.
fn owe(state: &mut State) {
    let alone = state.current.as_ref().is_some_and(|request| request.failed_only);
    let green = state
        .run
        .as_ref()
        .filter(|run| run.live && run.exit_code == Some(0));
    let Some(began) = green.and_then(|run| Some(run.span?.0)) else {
        return;
    };
    if alone && state.watch == Watch::Off {
        state.suite.mark_owed(began);
    }
}

/// Files changed. What they touch is stale until it is run again.
pub(super) fn changed(state: &mut State, mut change: Change, same_stack: bool) -> Vec<Effect> {
    // Our own build writes the programs too; what it made is known when it has ended.
    if same_stack || state.build.is_of_stack() {
        change.touched.stack = false;
    }
    if change.touched.is_nothing() {
        return Vec::new();
    }
    let touched = &change.touched;
    state.suite.mark_stale(|id, group| touched.touches(id, group));
    state.watched.owes_build |= change.touched.build;
    state.stale_rows = true;
    let mut effects = Vec::new();
    if change.touched.build || change.touched.stack {
        effects.push(Effect::LookAtAge);
    }
    if state.watch == Watch::On && writes_itself(state, &change) {
        state.watch = Watch::Paused;
    }
    match state.watch {
        Watch::Off => {}
        Watch::Paused => hold(state, change),
        Watch::On => {
            let files = counted(change.paths.len() as u64, "file");
            state.toast(Level::Info, format!("{files} changed"));
            effects.extend(react(state, change));
        }
    }
    effects
}

/// Whether a build changes its own sources, so that it would be begun for ever.
fn writes_itself(state: &mut State, change: &Change) -> bool {
    /// Nobody saves the same files so often in a row, each time while they are built.
    const OFTEN: u32 = 4;
    if !(state.build.is_of_stack() && change.touched.build) {
        return false;
    }
    let (paths, times) = &mut state.watched.written;
    *times = if *paths == change.paths { *times + 1 } else { 1 };
    paths.clone_from(&change.paths);
    if *times < OFTEN {
        return false;
    }
    state.watched.written = Default::default();
    let path = change
        .paths
        .first()
        .map_or_else(String::new, |path| path.display().to_string());
    let text = format!("paused: the build seems to write {path} itself; `exclude` it in [watch]");
    state.toast(Level::Error, text);
    true
}

fn hold(state: &mut State, change: Change) {
    match &mut state.watched.held {
        Some(held) => {
            held.paths.extend(change.paths);
            held.touched.merge(change.touched);
        }
        None => state.watched.held = Some(change),
    }
}

/// Reruns what a change touches: now, when what goes on has ended, or instead of it.
fn react(state: &mut State, change: Change) -> Vec<Effect> {
    if change.touched.build {
        ask_to_build(state);
    }
    let touched = change.touched.clone();
    let Some(request) = of_change(state, change) else {
        return Vec::new();
    };
    let yields = state.current.as_ref().is_some_and(|request| request.yields);
    match state.activity {
        Activity::Idle => begin(state, request),
        // What is built would be outdated at once; what it was built for is still wanted.
        Activity::Finding(_) if touched.outdates_builds() => {
            let current = state.current.clone();
            queue(
                state,
                current.map_or(request.clone(), |current| current.with(request)),
            );
            supersede(state)
        }
        Activity::Running if state.restart && !yields => {
            let unfinished = unfinished(state);
            let only = request.only.map(|only| &only | &unfinished);
            queue(state, Request { only, ..request });
            supersede(state)
        }
        Activity::Running if yields => {
            queue(state, request);
            supersede(state)
        }
        Activity::Finding(_) | Activity::Running => {
            queue(state, request);
            Vec::new()
        }
    }
}

/// Returns what a change asks for; nothing while the stack cannot be built that it outdates.
fn of_change(state: &State, change: Change) -> Option<Request> {
    let Touched {
        tests,
        packages,
        suite,
        stack,
        build,
    } = change.touched.clone();
    let sources_only = build && !(suite || stack) && tests.is_empty();
    if sources_only && !state.watched.builds() {
        return None;
    }
    let everything = suite || stack || (build && state.watched.builds());
    Some(Request {
        only: (!everything).then(|| with_others(state, tests)),
        build,
        known: !packages && !everything,
        yields: stack || build,
        change: Some(change),
        ..Request::default()
    })
}

/// What did not pass is run along: whether it is mended is what the change was for. And what is pinned, always.
fn with_others(state: &State, mut ids: BTreeSet<String>) -> BTreeSet<String> {
    let others = bad(state);
    // What is gone cannot be run; what is new is still unknown here.
    let pins = state
        .suite
        .pins
        .iter()
        .filter(|id| matches!(state.suite.find(id), Some(Node::Test(_))));
    ids.extend(pins.cloned());
    ids.extend(others);
    ids
}

fn unfinished(state: &State) -> BTreeSet<String> {
    let tests = state.suite.tests.iter().filter(|test| test.phase != Phase::Idle);
    tests.map(|test| test.id.clone()).collect()
}

fn supersede(state: &mut State) -> Vec<Effect> {
    if std::mem::replace(&mut state.watched.superseded, true) {
        return Vec::new();
    }
    vec![Effect::Supersede]
}

fn ask_to_build(state: &mut State) {
    let unasked = |it: &Builder| it.consent == Consent::Unasked;
    if state.watched.builder.as_ref().is_some_and(unasked) {
        state.watched.set_consent(Consent::Asking);
    }
}

/// The question whether the stack may be built is answered.
pub(super) fn may_build(state: &mut State, yes: bool) -> Vec<Effect> {
    if !yes {
        state.watched.set_consent(Consent::Refused);
        state.toast(
            Level::Info,
            "not built here; the tests run once its programs are new",
        );
        return Vec::new();
    }
    state.watched.set_consent(Consent::Given);
    let request = Request {
        build: true,
        yields: true,
        ..Request::default()
    };
    start(state, request)
}

/// Tests of pytest have the other harness: they are looked for with it, so that what runs next has it.
pub(super) fn switched(state: &mut State, switched: Result<Switched, String>) -> Vec<Effect> {
    match switched {
        Ok(Switched { told, rerun }) => {
            state.rerun = rerun;
            state.toast(Level::Info, told);
        }
        Err(why) => {
            state.toast(Level::Warn, why);
            return Vec::new();
        }
    }
    if state.activity != Activity::Idle {
        // What runs meanwhile was found with the other one; the next run looks for itself.
        return Vec::new();
    }
    state.activity = Activity::Finding(None);
    vec![Effect::Discover]
}

/// Reruns on changes are wanted, or not for now.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    match state.watch {
        Watch::Off => {
            let mut effects = vec![Effect::Watch];
            if state.activity == Activity::Idle {
                state.activity = Activity::Finding(None);
                effects.push(Effect::Discover);
            }
            effects
        }
        Watch::On => {
            state.watch = Watch::Paused;
            Vec::new()
        }
        Watch::Paused => {
            state.watch = Watch::On;
            let held = state.watched.held.take();
            held.map_or_else(Vec::new, |change| react(state, change))
        }
    }
}

/// What the watcher has to say.
pub(super) fn news(state: &mut State, news: News, same_stack: bool) -> Vec<Effect> {
    let watched = &mut state.watched;
    match news {
        News::Change(change) => return changed(state, change, same_stack),
        News::Slow(why) => watched.slow = Some(why),
        News::Storm(files) => watched.storm = Some(files),
        News::HalfWritten(program) => watched.half_written = Some(program),
        News::Calm => (watched.storm, watched.half_written) = (None, None),
    }
    Vec::new()
}

/// The suite file was read again, and the stack looked at.
pub(super) fn loaded(state: &mut State, loaded: Loaded) {
    let usually = state.settings.on_change == OnChange::Restart;
    state.restart = loaded.restart.unwrap_or(usually);
    outdate(state, loaded.stack);
    let known = state.watched.builder.take();
    state.watched.builder = loaded.builder.map(|(command, said)| {
        let answered = known
            .filter(|known| known.command == command)
            .map(|known| known.consent);
        let fresh = if said { Consent::Given } else { Consent::Unasked };
        let consent = answered.unwrap_or(fresh);
        Builder { command, consent }
    });
}

/// The stack's programs are older than what they are made of, or not. Of programs that nobody knows it cannot be said.
pub(super) fn aged(state: &mut State, why: Option<String>) {
    if why.is_some() || !state.stack.files.is_empty() {
        state.watched.owes_build = why.is_some();
    }
    state.watched.stale = why;
}

/// The stack is this one now. Verdicts on another, or on another build of it, do not hold any more.
pub(super) fn outdate(state: &mut State, stack: StackInfo) {
    let known = std::mem::replace(&mut state.stack, stack);
    let is_other = known.name != state.stack.name
        || !(known.files.is_empty() || state.stack.files.is_empty() || is_same_build(&known, &state.stack));
    if is_other && !known.name.is_empty() && !state.stack.name.is_empty() {
        state.suite.mark_stale(|_, _| true);
        state.stale_rows = true;
    }
}

/// Whether two stacks are of the same builds.
pub(super) fn is_same_build(one: &StackInfo, other: &StackInfo) -> bool {
    let ids = |stack: &StackInfo| -> Vec<(String, String)> {
        let files = stack.files.iter();
        files
            .map(|(name, file)| (name.clone(), file.build_id.clone()))
            .collect()
    };
    !one.files.is_empty() && ids(one) == ids(other)
}

/// How a build of the stack goes.
pub(super) fn built(state: &mut State, msg: build::Msg) {
    if let build::Msg::Ended {
        ok: true,
        stack: true,
        ..
    } = &msg
    {
        state.watched.owes_build = false;
        state.watched.written = Default::default();
    }
    if let build::Msg::Began {
        command,
        at,
        stack: true,
    } = &msg
    {
        state.activity = Activity::Finding(Some((command.clone(), at.mono)));
    }
    build::update(&mut state.build, msg);
}
