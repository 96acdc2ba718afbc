//! From all lines to those within a step's life, and back.

use crate::report::steps::Step;
use crate::tui::drill::effect::{Purpose, Wish};
use crate::tui::drill::rows::Row;
use crate::tui::drill::timeline::Life;
use crate::tui::drill::{Drill, Tab};

use super::{rows, seek};

/// Opens what is under the cursor: a fold, or a step.
pub(super) fn enter(drill: &mut Drill) -> Vec<Wish> {
    let lines = drill.lines();
    if drill.timeline.unfold(&lines) || (is_internal(drill) && drill.timeline.refold(&lines)) {
        return rows::renew(drill);
    }
    let Some(at) = drill.timeline.reading.here().and_then(Row::line) else {
        return Vec::new();
    };
    let Some(step) = drill.logs.step(at) else {
        drill.notice = Some("enter opens steps and folded lines".to_owned());
        return Vec::new();
    };
    if is_moment(step) {
        drill.notice = Some("this step took no time: nothing lies within it".to_owned());
        return Vec::new();
    }
    let life = Life {
        step: at,
        span: (begin(&drill.logs.steps, step), end(step)),
        name: match step.text("op").or_else(|| step.text("name")) {
            Some(name) => format!("{} {name}", step.kind),
            None => step.kind.clone(),
        },
        below: drill.timeline.reading.below(),
    };
    drill.timeline.life = Some(life);
    let key = lines.key(at);
    drill.timeline.reading.want(key, 0);
    rows::renew(drill)
}

fn is_internal(drill: &Drill) -> bool {
    let here = drill.timeline.reading.here().and_then(Row::line);
    here.and_then(|at| drill.logs.entry(at))
        .is_some_and(|entry| entry.internal)
}

/// Whether a step tells of a moment, and of nothing that goes on.
fn is_moment(step: &Step) -> bool {
    step.duration_us.is_none() && !step.is_open() && !step.fields.contains_key("child_pid")
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

/// Undoes the last narrowing, one at a time.
pub(super) fn back(drill: &mut Drill) -> Vec<Wish> {
    if drill.reading().chosen.is_some() {
        drill.reading_mut().chosen = None;
        return Vec::new();
    }
    if drill.tab == Tab::Timeline
        && let Some(life) = drill.timeline.life.take()
    {
        widen(drill, &life);
        return rows::renew(drill);
    }
    let all = [Purpose::Search, Purpose::Exclude, Purpose::Filter];
    let set = all
        .into_iter()
        .find(|purpose| drill.finder.of(*purpose).query.is_some());
    set.map_or_else(Vec::new, |purpose| seek::ask(drill, purpose, None))
}

/// Shows the line under the cursor among all others; the step itself, where it was.
fn widen(drill: &mut Drill, life: &Life) {
    let lines = drill.lines();
    let reading = &mut drill.timeline.reading;
    let here = reading.here().map_or(life.step, Row::first);
    let below = if here == life.step {
        life.below
    } else {
        reading.below()
    };
    reading.want(lines.key(here), below);
}
