//! What is shown of the merged lines.

use crate::report::steps::Step;
use crate::tui::drill::effect::{Purpose, Wish};
use crate::tui::drill::query::Query;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::timeline::{Goal, Life};
use crate::tui::drill::{Drill, Prefix, Tab};

use super::Msg;
use super::answer::is_search;

fn rebuild(drill: &mut Drill) {
    let height = drill.height();
    drill.timeline.rebuild(&drill.logs, height);
    // What comes to light by a choice has not come since.
    drill.timeline.fresh = 0;
}

/// Looks for something else, or for nothing more.
pub(super) fn ask(drill: &mut Drill, purpose: Purpose, query: Option<Query>) -> Vec<Wish> {
    drill.tab = Tab::Timeline;
    let timeline = &mut drill.timeline;
    let hits = if is_search(purpose) {
        &mut timeline.search
    } else {
        &mut timeline.filter
    };
    hits.ask(query);
    timeline.seek = is_search(purpose);
    let wishes = search_on(drill);
    rebuild(drill);
    seek(drill);
    wishes
}

/// Looks through what came since it was looked through last.
pub(super) fn search_on(drill: &mut Drill) -> Vec<Wish> {
    let (logs, timeline) = (&drill.logs, &mut drill.timeline);
    let both = [&mut timeline.search, &mut timeline.filter];
    let wishes = both.into_iter().filter_map(|hits| {
        hits.search_steps(logs);
        hits.wish(logs)
    });
    wishes.collect()
}

/// Takes where a pattern occurs.
pub(super) fn found(
    drill: &mut Drill,
    purpose: Purpose,
    number: u64,
    places: Vec<(u16, Vec<u64>)>,
) -> Vec<Wish> {
    let (logs, timeline) = (&drill.logs, &mut drill.timeline);
    let hits = if is_search(purpose) {
        &mut timeline.search
    } else {
        &mut timeline.filter
    };
    if hits.take(number, places, logs) && purpose == Purpose::Filter {
        rebuild(drill);
    }
    let wishes = search_on(drill);
    seek(drill);
    wishes
}

/// Goes to the first place behind the cursor, as soon as all was looked through; it may be one that was late.
fn seek(drill: &mut Drill) {
    let timeline = &drill.timeline;
    if !timeline.seek || timeline.search.running {
        return;
    }
    let here = timeline.rows.get(timeline.list.cursor);
    let is_there = here.is_some_and(|at| timeline.search.contains(*at));
    drill.timeline.seek = false;
    if !is_there {
        let forward = drill.timeline.find(&drill.logs, Goal::Match, true).is_some();
        jump(drill, Goal::Match, forward);
    }
}

/// Goes to the next of a kind.
pub(super) fn jump(drill: &mut Drill, goal: Goal, forward: bool) -> Vec<Wish> {
    drill.tab = Tab::Timeline;
    if let Some(row) = drill.timeline.find(&drill.logs, goal, forward) {
        let height = drill.height();
        let rows = drill.timeline.rows.len();
        drill.timeline.list.set(row, rows, height);
        drill.timeline.follow = false;
    }
    Vec::new()
}

/// Narrows to the life of the step under the cursor.
pub(super) fn enter(drill: &mut Drill) {
    let timeline = &mut drill.timeline;
    let Some(at) = timeline.rows.get(timeline.list.cursor).copied() else {
        return;
    };
    let Some(step) = drill.logs.step(at) else {
        return;
    };
    timeline.life = Some(Life {
        step: at,
        span: (begin(&drill.logs.steps, step), end(step)),
        name: match step.text("op").or_else(|| step.text("name")) {
            Some(name) => format!("{} {name}", step.kind),
            None => step.kind.clone(),
        },
    });
    timeline.follow = false;
    rebuild(drill);
}

/// Returns when a step began. One that starts a process is written when that runs: it began where nothing else was
/// going on any more.
fn begin(steps: &[Step], step: &Step) -> i64 {
    if !step.fields.contains_key("child_pid") {
        return step.ts;
    }
    let before = steps.iter().map(end).filter(|end| *end <= step.ts);
    before.max().map_or(step.ts, |end| end + 1).min(step.ts)
}

/// Returns when a step ended; one that did not, goes on for ever.
fn end(step: &Step) -> i64 {
    match step.duration_us {
        Some(us) => step.ts.saturating_add(i64::try_from(us).unwrap_or(i64::MAX)),
        None if step.is_open() => i64::MAX,
        None => step.ts,
    }
}

/// Undoes the last narrowing.
pub(super) fn back(drill: &mut Drill) -> Vec<Wish> {
    let timeline = &mut drill.timeline;
    if timeline.life.take().is_none() {
        if timeline.filter.query.is_some() {
            timeline.filter.ask(None);
        } else {
            timeline.search.ask(None);
        }
    }
    rebuild(drill);
    Vec::new()
}

/// Switches the source of a number.
pub(super) fn source(drill: &mut Drill, digit: usize) -> Vec<Wish> {
    let prefix = drill.prefix.take();
    let names: Vec<String> = drill
        .logs
        .sources
        .iter()
        .map(|source| source.name.clone())
        .collect();
    let Some(name) = digit.checked_sub(1).and_then(|index| names.get(index)) else {
        return Vec::new();
    };
    let timeline = &mut drill.timeline;
    match prefix {
        Some(Prefix::Only) if timeline.only.as_ref() == Some(name) => timeline.only = None,
        Some(Prefix::Only) => timeline.only = Some(name.clone()),
        _ => {
            timeline.only = None;
            if !timeline.off.remove(name) {
                timeline.off.insert(name.clone());
            }
        }
    }
    rebuild(drill);
    Vec::new()
}

/// Takes a choice of what is shown.
pub(super) fn choose(drill: &mut Drill, msg: &Msg) -> Vec<Wish> {
    let timeline = &mut drill.timeline;
    match msg {
        Msg::Level => {
            let at = Level::ALL.iter().position(|level| *level == timeline.level);
            timeline.level = Level::ALL[(at.unwrap_or(0) + 1) % Level::ALL.len()];
        }
        Msg::Time => timeline.time = timeline.time.next(),
        Msg::Fold => timeline.folded = !timeline.folded,
        Msg::Context(true) => timeline.context = (timeline.context + 1).min(50),
        Msg::Context(false) => timeline.context = timeline.context.saturating_sub(1),
        _ => {}
    }
    rebuild(drill);
    Vec::new()
}
