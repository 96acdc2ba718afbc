//! Where one is.

use crate::tui::drill::effect::Wish;
use crate::tui::drill::list::Motion;
use crate::tui::drill::{Drill, HistoryAct, Tab};

use super::{changes, history, narrow, results, workspace};

/// Moves in what is shown.
pub(super) fn go(drill: &mut Drill, motion: Motion) -> Vec<Wish> {
    let height = drill.height();
    match drill.tab {
        Tab::Timeline | Tab::Output => {
            let (live, lines) = (drill.live, drill.lines());
            drill.finder.seek = None;
            drill.reading_mut().go(motion, live, &lines, height);
        }
        Tab::Results => {
            let results = &mut drill.results;
            results.list.go(motion, results.rows.len(), height);
        }
        Tab::Workspace if drill.mount.is_some() => {
            if let Some(mount) = &mut drill.mount {
                mount.list.go(motion, mount.rows(), height);
            }
        }
        Tab::Workspace if drill.workspace.is_choosing() => return workspace::choose_to(drill, motion),
        Tab::Workspace => {
            let rows = drill.workspace.rows().len();
            drill.workspace.list.go(motion, rows, height);
            let mut wishes = workspace::preview(drill);
            wishes.extend(workspace::look(drill, false));
            return wishes;
        }
        Tab::History => return history::go(drill, motion),
        Tab::Changes => changes::go(drill, motion),
    }
    Vec::new()
}

/// Moves in one of the tabs that are shown.
pub(super) fn go_in(drill: &mut Drill, tab: Tab, motion: Motion) -> Vec<Wish> {
    let with_keys = std::mem::replace(&mut drill.tab, tab);
    let wishes = go(drill, motion);
    drill.tab = with_keys;
    wishes
}

/// Goes to a row.
pub(super) fn to(drill: &mut Drill, row: usize) -> Vec<Wish> {
    let height = drill.height();
    match drill.tab {
        Tab::Timeline | Tab::Output => {
            let (live, lines) = (drill.live, drill.lines());
            drill.finder.seek = None;
            drill.reading_mut().set(row, live, &lines, height);
        }
        Tab::Results => {
            let rows = drill.results.rows.len();
            drill.results.list.set(row, rows, height);
        }
        Tab::Workspace if drill.mount.is_some() => {
            if let Some(mount) = &mut drill.mount {
                mount.list.set(row, mount.rows(), height);
            }
        }
        Tab::Workspace => {
            let rows = drill.workspace.rows().len();
            drill.workspace.list.set(row, rows, height);
            let mut wishes = workspace::preview(drill);
            wishes.extend(workspace::look(drill, false));
            return wishes;
        }
        Tab::History => return history::to(drill, row),
        Tab::Changes => changes::to(drill, row),
    }
    Vec::new()
}

/// Moves the window sideways; in a tree that opens and closes.
pub(super) fn sideways(drill: &mut Drill, columns: i16) -> Vec<Wish> {
    let by = usize::from(columns.unsigned_abs());
    let moved = |column: usize| {
        if columns < 0 {
            column.saturating_sub(by)
        } else {
            (column + by).min(super::super::text::LONGEST)
        }
    };
    match drill.tab {
        Tab::Timeline | Tab::Output => {
            let column = &mut drill.reading_mut().column;
            *column = moved(*column);
        }
        Tab::Workspace if drill.mount.is_some() => {}
        Tab::Workspace => return workspace::fold(drill, columns < 0),
        Tab::Results => results::fold(drill, columns < 0),
        Tab::Changes => changes::fold(drill, columns < 0),
        Tab::History => return history::act(drill, HistoryAct::Log(columns > 0)),
    }
    Vec::new()
}

/// Opens what is under the cursor.
pub(super) fn enter(drill: &mut Drill) -> Vec<Wish> {
    match drill.tab {
        Tab::Timeline => return narrow::enter(drill),
        Tab::Results => {
            let is_open = drill.results.is_open();
            results::fold(drill, is_open);
        }
        Tab::Workspace if drill.mount.is_some() => {}
        Tab::Workspace => return workspace::toggle(drill),
        Tab::History => return history::enter(drill),
        Tab::Changes => changes::toggle(drill),
        Tab::Output => {}
    }
    Vec::new()
}

/// Unfolds all that a tab shows, or folds it again.
pub(super) fn fold_all(drill: &mut Drill) -> Vec<Wish> {
    match drill.tab {
        Tab::Workspace => return workspace::close_all(drill),
        Tab::History => return history::fold_all(drill),
        Tab::Changes => changes::fold_all(drill),
        _ => results::fold_all(drill),
    }
    Vec::new()
}

/// Scrolls what stands beside the list.
pub(super) fn scroll(drill: &mut Drill, motion: Motion) -> Vec<Wish> {
    let down = motion == Motion::Down;
    match drill.tab {
        Tab::Workspace => return workspace::scroll(drill, down),
        Tab::History => history::scroll(drill, down),
        Tab::Changes => changes::scroll(drill, down),
        Tab::Timeline if drill.timeline.bytes.is_some() => drill.timeline.scroll_bytes(down),
        _ => results::scroll(drill, motion),
    }
    Vec::new()
}
