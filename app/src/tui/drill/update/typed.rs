//! What is looked for, while it is typed.

use crate::tui::drill::effect::{Purpose, Wish};
use crate::tui::drill::prompt::Prompt;
use crate::tui::drill::query::Query;
use crate::tui::drill::rows::Key;
use crate::tui::drill::{Drill, Tab};

use super::{Msg, seek};

/// Begins to type.
pub(super) fn begin(drill: &mut Drill, purpose: Purpose) -> Vec<Wish> {
    if drill.tab != Tab::Output {
        drill.tab = Tab::Timeline;
    }
    let lines = drill.lines();
    let reading = drill.reading();
    let place = reading.place(&lines).filter(|_| !reading.follow);
    let place = place.map(|key| (key, reading.below()));
    let before = drill.finder.of(purpose).query.clone();
    drill.prompt = Some(Prompt::new(purpose, before, place));
    Vec::new()
}

/// Takes what is typed.
pub(super) fn typed(drill: &mut Drill, msg: Msg) -> Vec<Wish> {
    let Some(prompt) = &mut drill.prompt else {
        return Vec::new();
    };
    match msg {
        Msg::Typed('!') if prompt.purpose == Purpose::Filter && prompt.text.is_empty() => {
            // "Show only lines without" is the other filter.
            let before = drill.finder.without.query.clone();
            *prompt = Prompt::new(Purpose::Exclude, before, prompt.place);
            return Vec::new();
        }
        Msg::Typed(char) => prompt.text.push(char),
        Msg::Erase => drop(prompt.text.pop()),
        Msg::EraseWord => prompt.erase_word(),
        Msg::EraseAll => prompt.text.clear(),
        Msg::Recall(older) => prompt.recall(older, |nth| drill.finder.recall(nth)),
        Msg::Accept => return accept(drill),
        _ => return cancel(drill),
    }
    look(drill)
}

/// Looks for what is typed so far.
fn look(drill: &mut Drill) -> Vec<Wish> {
    let Some(prompt) = &drill.prompt else {
        return Vec::new();
    };
    let (purpose, query, place) = (prompt.purpose, Query::new(&prompt.text), prompt.place);
    home(drill, place);
    seek::ask(drill, purpose, query)
}

/// Goes back to where one was when this began: each letter is looked for from there.
fn home(drill: &mut Drill, place: Option<(Key, usize)>) {
    let (lines, height) = (drill.lines(), drill.height());
    drill.reading_mut().home(place, &lines, height);
}

fn accept(drill: &mut Drill) -> Vec<Wish> {
    let Some(prompt) = drill.prompt.take() else {
        return Vec::new();
    };
    drill.finder.remember(&prompt.text);
    // Nothing typed is what was looked for last.
    let last = drill.finder.recall(0).filter(|_| prompt.text.is_empty());
    match last.map(Query::new) {
        Some(query) if prompt.purpose == Purpose::Search => seek::ask(drill, prompt.purpose, query),
        _ => Vec::new(),
    }
}

fn cancel(drill: &mut Drill) -> Vec<Wish> {
    let Some(prompt) = drill.prompt.take() else {
        return Vec::new();
    };
    home(drill, prompt.place);
    let known = drill.finder.of(prompt.purpose).query.as_ref();
    if known.map(|query| &query.text) == prompt.before.as_ref().map(|query| &query.text) {
        return Vec::new();
    }
    // It is only to be seen again, not to be gone to.
    let wishes = seek::ask(drill, prompt.purpose, prompt.before);
    drill.finder.seek = None;
    home(drill, prompt.place);
    wishes
}
