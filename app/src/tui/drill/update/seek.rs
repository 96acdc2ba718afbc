//! Looking for patterns, and going from one place to the next.

use std::ops::Range;

use crate::tui::drill::effect::{Purpose, Wish};
use crate::tui::drill::query::Query;
use crate::tui::drill::rows::{Key, Row};
use crate::tui::drill::short::prefix;
use crate::tui::drill::sources::Kind;
use crate::tui::drill::timeline::{Goal, Timeline};
use crate::tui::drill::{Drill, Tab};

use super::rows;

/// Before all lines.
const TOP: Key = (i64::MIN, Kind::Steps, 0, 0);
/// Behind all lines.
const END: Key = (i64::MAX, Kind::Stderr, u16::MAX, u32::MAX);

/// Looks for something else, or for nothing more.
pub(super) fn ask(drill: &mut Drill, purpose: Purpose, query: Option<Query>) -> Vec<Wish> {
    let lines = drill.lines();
    let place = drill.reading().place(&lines).unwrap_or(TOP);
    // Where the time does not order the lines, they are looked through from the beginning.
    let from = if lines.sequential { TOP } else { place };
    drill.finder.ask(purpose, query, Some(from));
    if purpose == Purpose::Search {
        drill.finder.seek = drill.finder.seek.map(|_| place);
    }
    let mut wishes = go_on(drill);
    if purpose != Purpose::Search {
        wishes.extend(rows::renew(drill));
    }
    seek(drill);
    wishes
}

/// Looks through what was not looked through yet.
pub(super) fn go_on(drill: &mut Drill) -> Vec<Wish> {
    let prefix = prefix(drill);
    let (mut wishes, is_other) = drill
        .finder
        .go_on(&drill.logs, &drill.logs.snapshot(false), &prefix);
    if is_other {
        wishes.extend(rows::renew(drill));
    }
    wishes
}

/// Takes where a pattern occurs.
pub(super) fn found(
    drill: &mut Drill,
    purpose: Purpose,
    number: u64,
    places: Vec<(u16, Range<u32>, Vec<u32>)>,
) -> Vec<Wish> {
    if !drill.finder.of_mut(purpose).take(number, places) {
        return Vec::new();
    }
    let mut wishes = go_on(drill);
    if purpose == Purpose::Search {
        seek(drill);
    } else {
        let (fresh, late) = (drill.timeline.reading.fresh, drill.timeline.reading.late);
        wishes.extend(rows::grow(drill));
        // What a filter finds later was there before.
        (drill.timeline.reading.fresh, drill.timeline.reading.late) = (fresh, late);
    }
    wishes
}

/// Goes to the first match from where one was on, as soon as one is known; to a nearer one, should that turn up.
fn seek(drill: &mut Drill) {
    let Some(from) = drill.finder.seek else { return };
    let lines = drill.lines();
    let sure = |key: Key| drill.finder.search.is_past(key, &lines);
    let found = match_from(drill, from, true);
    match found {
        Some((row, key)) => {
            if sure(key) || !drill.finder.search.running {
                drill.finder.seek = None;
            }
            to(drill, row);
        }
        None if !drill.finder.search.running => {
            drill.finder.seek = None;
            if let Some((row, _)) = match_from(drill, TOP, true) {
                to(drill, row);
            }
        }
        None => {}
    }
}

/// Returns the row of the first match from a place on, or of the last one before it, and its place.
fn match_from(drill: &Drill, mut from: Key, forward: bool) -> Option<(usize, Key)> {
    let lines = drill.lines();
    let rows = &drill.reading().rows;
    loop {
        let at = drill
            .finder
            .next(from, forward, &lines, |source| drill.is_on(source))?;
        let key = lines.key(at);
        if let Some(row) = rows.of(at, &lines) {
            return Some((row, key));
        }
        // It is not shown.
        from = if forward { behind(key) } else { key };
    }
}

fn behind(key: Key) -> Key {
    (key.0, key.1, key.2, key.3.saturating_add(1))
}

/// Goes to the next of a kind, or to the one before; tells if there is none.
pub(super) fn jump(drill: &mut Drill, goal: Goal, forward: bool) -> Vec<Wish> {
    if drill.tab != Tab::Output || goal == Goal::Step {
        drill.tab = Tab::Timeline;
    }
    let found = match goal {
        Goal::Match => next_match(drill, forward),
        _ => drill.timeline.find(drill.reading(), &drill.logs, goal, forward),
    };
    let found = found.or_else(|| last_words(drill, goal, forward));
    match found {
        Some(row) => to(drill, row),
        None => {
            let which = if forward { "further" } else { "earlier" };
            drill.notice = Some(format!("no {which} {}", goal.word()));
        }
    }
    Vec::new()
}

/// Where nothing else tells why the test did not pass, what it said last may.
fn last_words(drill: &Drill, goal: Goal, forward: bool) -> Option<usize> {
    drill.why.as_ref().filter(|_| goal == Goal::Failure)?;
    let (reading, lines) = (drill.reading(), drill.lines());
    let row = Timeline::last_words(reading, &drill.logs, &lines)?;
    let here = reading.list.cursor;
    (if forward { row > here } else { row < here }).then_some(row)
}

/// Returns the row of the next match; behind the last one comes the first.
fn next_match(drill: &mut Drill, forward: bool) -> Option<usize> {
    drill.finder.seek = None;
    let lines = drill.lines();
    let here = drill.reading().here()?;
    let from = match here {
        Row::Line(at) if forward => behind(lines.key(at)),
        Row::Fold(fold) if forward => behind(lines.key(fold.last)),
        row => lines.key(row.first()),
    };
    if let Some((row, _)) = match_from(drill, from, forward) {
        return Some(row);
    }
    let (row, _) = match_from(drill, if forward { TOP } else { END }, forward)?;
    let end = if forward { "first" } else { "last" };
    drill.notice = Some(format!("on to the {end} match"));
    Some(row)
}

fn to(drill: &mut Drill, row: usize) {
    let (lines, height) = (drill.lines(), drill.height());
    let reading = drill.reading_mut();
    reading.set(row, false, &lines, height);
}
