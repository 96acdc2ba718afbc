//! Where one is.

use crate::tui::drill::effect::Wish;
use crate::tui::drill::list::Motion;
use crate::tui::drill::output;
use crate::tui::drill::{Drill, Tab};

use super::{timeline, workspace};

/// Moves in what is shown.
pub(super) fn go(drill: &mut Drill, motion: Motion) -> Vec<Wish> {
    let height = drill.height();
    match drill.tab {
        Tab::Timeline => {
            let timeline = &mut drill.timeline;
            timeline.list.go(motion, timeline.rows.len(), height);
            timeline.follow = timeline.list.cursor + 1 >= timeline.rows.len() && drill.live;
            if timeline.list.cursor + 1 >= timeline.rows.len() {
                timeline.fresh = 0;
            }
        }
        Tab::Results if drill.results.open => {
            // A JSON tree is as long as it is; the view ends it.
            let results = &mut drill.results;
            results.scroll = scrolled(results.scroll, motion, height);
        }
        Tab::Results => {
            let results = &mut drill.results;
            results.list.go(motion, results.rows.len(), height);
        }
        Tab::Workspace => {
            let list = &mut drill.workspace.list;
            list.go(motion, drill.workspace.rows.len(), height);
            return workspace::preview(drill);
        }
        Tab::Output => {
            let rows = output::rows(&drill.logs).saturating_sub(height.saturating_sub(1));
            drill.output.list.go(motion, rows, height);
            drill.output.follow = drill.live && drill.output.list.cursor + 1 >= rows;
        }
        Tab::History => {
            let history = &mut drill.history;
            let runs = history.runs.as_ref().map_or(0, Vec::len);
            history.list.go(motion, runs, height);
        }
    }
    Vec::new()
}

/// Moves a window that has no cursor.
fn scrolled(top: usize, motion: Motion, height: usize) -> usize {
    match motion {
        Motion::Up => top.saturating_sub(1),
        Motion::Down => top + 1,
        Motion::PageUp => top.saturating_sub(height),
        Motion::PageDown => top + height,
        Motion::First => 0,
        Motion::Last => usize::MAX / 2,
    }
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
        Tab::Timeline => drill.timeline.column = moved(drill.timeline.column),
        Tab::Output => drill.output.column = moved(drill.output.column),
        Tab::Workspace => return workspace::fold(drill, columns < 0),
        Tab::Results | Tab::History => {}
    }
    Vec::new()
}

/// Opens what is under the cursor.
pub(super) fn enter(drill: &mut Drill) -> Vec<Wish> {
    match drill.tab {
        Tab::Timeline => timeline::enter(drill),
        Tab::Results => {
            drill.results.open = !drill.results.open && !drill.results.rows.is_empty();
            drill.results.scroll = 0;
        }
        Tab::Workspace => return workspace::toggle(drill),
        Tab::Output | Tab::History => {}
    }
    Vec::new()
}

/// Sorts by something else.
pub(super) fn order(drill: &mut Drill) -> Vec<Wish> {
    let height = drill.height();
    drill.results.order = drill.results.order.next();
    drill.results.rebuild(&drill.logs, height);
    Vec::new()
}
