//! What the test's view changed: taken as it comes, and looked through.

use crate::tui::drill::changes::recorded::Recorded;
use crate::tui::drill::effect::Wish;
use crate::tui::drill::list::Motion;
use crate::tui::drill::{Drill, Tab};

/// Takes what the steps say now, and wishes for the file that says more.
pub(super) fn rebuild(drill: &mut Drill) -> Option<Wish> {
    let height = drill.height_of(Tab::Changes);
    let file = drill.changes.rebuild(&drill.logs, height)?;
    let attempt = drill.attempt.as_ref()?;
    // The record names a file beside it, whoever wrote it.
    let name = std::path::Path::new(&file).file_name()?;
    Some(Wish::Changes(attempt.join(name)))
}

/// Takes what the file has.
pub(super) fn take(drill: &mut Drill, file: Option<Vec<Recorded>>) {
    let height = drill.height_of(Tab::Changes);
    drill.changes.take(file, height);
}

/// Moves in the list.
pub(super) fn go(drill: &mut Drill, motion: Motion) {
    let height = drill.height_of(Tab::Changes);
    let changes = &mut drill.changes;
    changes.cursor.go(motion, changes.rows.len(), height);
    changes.scroll = 0;
}

/// Goes to a row.
pub(super) fn to(drill: &mut Drill, row: usize) {
    let height = drill.height_of(Tab::Changes);
    let changes = &mut drill.changes;
    changes.cursor.set(row, changes.rows.len(), height);
    changes.scroll = 0;
}

/// Closes what is under the cursor, or the directory around; or opens it.
pub(super) fn fold(drill: &mut Drill, close: bool) {
    let height = drill.height_of(Tab::Changes);
    drill.changes.fold(close, height);
}

/// Opens or closes what is under the cursor.
pub(super) fn toggle(drill: &mut Drill) {
    let height = drill.height_of(Tab::Changes);
    drill.changes.toggle(height);
}

/// Closes all directories, or opens them.
pub(super) fn fold_all(drill: &mut Drill) {
    let height = drill.height_of(Tab::Changes);
    drill.changes.fold_all(height);
}

/// Moves in the detail; the view knows where it ends.
pub(super) fn scroll(drill: &mut Drill, down: bool) {
    let scroll = &mut drill.changes.scroll;
    *scroll = if down {
        *scroll + 1
    } else {
        scroll.saturating_sub(1)
    };
}
