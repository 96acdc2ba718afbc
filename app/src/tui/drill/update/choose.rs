//! What is chosen of all lines, and how they are shown.

use crate::tui::drill::effect::Wish;
use crate::tui::drill::finder::MOST_CONTEXT;
use crate::tui::drill::list::Motion;
use crate::tui::drill::rows::Row;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::{Drill, Prefix, Tab};

use super::{Msg, moves, rows, workspace};

/// Switches the source of a number.
pub(super) fn source(drill: &mut Drill, digit: usize) -> Vec<Wish> {
    let prefix = drill.prefix.take();
    let source = digit
        .checked_sub(1)
        .and_then(|number| drill.logs.order().get(number).copied())
        .and_then(|index| drill.logs.sources.get(index));
    let Some(name) = source.map(|source| source.name.clone()) else {
        return Vec::new();
    };
    let timeline = &mut drill.timeline;
    match prefix {
        Some(Prefix::Only) if timeline.only.as_ref() == Some(&name) => timeline.only = None,
        Some(Prefix::Only) => timeline.only = Some(name),
        _ => {
            timeline.only = None;
            if !timeline.off.remove(&name) {
                timeline.off.insert(name);
            }
        }
    }
    rows::renew(drill)
}

/// Takes a choice of what is shown.
pub(super) fn choose(drill: &mut Drill, msg: &Msg) -> Vec<Wish> {
    let timeline = &mut drill.timeline;
    match msg {
        Msg::Level => {
            let at = Level::ALL.iter().position(|level| *level == timeline.level);
            timeline.level = Level::ALL[(at.unwrap_or(0) + 1) % Level::ALL.len()];
        }
        Msg::Fold => {
            timeline.folded = !timeline.folded || !timeline.unfolded.is_empty();
            timeline.unfolded.clear();
        }
        Msg::Context(more) => {
            let context = &mut drill.finder.context;
            *context = if *more {
                (*context + 1).min(MOST_CONTEXT)
            } else {
                context.saturating_sub(1)
            };
        }
        _ => {}
    }
    rows::renew(drill)
}

/// Marks the line under the cursor, or takes its mark away; goes on to the next.
pub(super) fn mark(drill: &mut Drill) -> Vec<Wish> {
    if let Some(at) = drill.reading().here().and_then(Row::line)
        && !drill.timeline.marks.remove(&at)
    {
        drill.timeline.marks.insert(at);
    }
    moves::go(drill, Motion::Down)
}

/// Begins to choose lines here, or chooses none any more.
pub(super) fn lines(drill: &mut Drill) -> Vec<Wish> {
    if drill.tab == Tab::Workspace {
        return workspace::choose(drill);
    }
    let lines = drill.lines();
    drill.reading_mut().choose(&lines);
    Vec::new()
}
