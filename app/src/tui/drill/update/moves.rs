//! Where one is.

use crate::tui::drill::effect::Wish;
use crate::tui::drill::list::Motion;
use crate::tui::drill::output;
use crate::tui::drill::{Drill, Tab};

use super::{results, timeline, workspace};

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
        Tab::Results => results::fold(drill, columns < 0),
        Tab::History => {}
    }
    Vec::new()
}

/// Opens what is under the cursor.
pub(super) fn enter(drill: &mut Drill) -> Vec<Wish> {
    match drill.tab {
        Tab::Timeline => timeline::enter(drill),
        Tab::Results => {
            let is_open = drill.results.is_open();
            results::fold(drill, is_open);
        }
        Tab::Workspace => return workspace::toggle(drill),
        Tab::Output | Tab::History => {}
    }
    Vec::new()
}
