//! How the results are sorted, and what is unfolded.

use crate::tui::drill::Drill;
use crate::tui::drill::list::Motion;
use crate::tui::drill::results::Act;
use crate::tui::drill::short::prefix;

/// Does what is asked for.
pub(super) fn act(drill: &mut Drill, act: Act) {
    let height = drill.height();
    let (results, logs) = (&mut drill.results, &drill.logs);
    match act {
        Act::Column(right) => results.choose(results.order.beside(right), false, logs, height),
        Act::Reverse => results.choose(results.order, !results.reverse, logs, height),
    }
}

/// Unfolds all, or folds all.
pub(super) fn fold_all(drill: &mut Drill) {
    let height = drill.height();
    let prefix = prefix(drill);
    drill.results.fold_all(&drill.logs, &prefix, height);
}

/// Opens or closes what is under the cursor.
pub(super) fn fold(drill: &mut Drill, close: bool) {
    let height = drill.height();
    let prefix = prefix(drill);
    drill.results.fold(close, &drill.logs, &prefix, height);
}

/// Moves in what is told of the failure; the view knows where it ends.
pub(super) fn scroll(drill: &mut Drill, motion: Motion) {
    let scroll = &mut drill.results.scroll;
    *scroll = match motion {
        Motion::Up | Motion::PageUp => scroll.saturating_sub(1),
        Motion::First => 0,
        _ => *scroll + 1,
    };
}
