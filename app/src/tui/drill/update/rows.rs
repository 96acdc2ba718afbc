//! The rows of the two tabs that show lines.

use std::sync::Arc;

use crate::tui::drill::effect::{Arrange, Wish};
use crate::tui::drill::output;
use crate::tui::drill::reading::Reading;
use crate::tui::drill::rows::{Pass, Rows, Snapshot};
use crate::tui::drill::{Drill, Tab};

/// What is done to a list.
type Change<'a> = &'a dyn Fn(&mut Reading, Pass, &Snapshot, usize) -> Option<Arrange>;

fn change(drill: &mut Drill, tab: Tab, change: Change<'_>) -> Option<Wish> {
    let height = drill.height_of(tab);
    let (logs, finder) = (&drill.logs, &drill.finder);
    let work = if tab == Tab::Output {
        let pass = output::pass(logs, finder);
        change(&mut drill.output.reading, pass, &logs.snapshot(true), height)
    } else {
        let pass = drill.timeline.pass(logs, finder);
        change(&mut drill.timeline.reading, pass, &logs.snapshot(false), height)
    };
    work.map(|work| Wish::Arrange(tab, work))
}

fn both(drill: &mut Drill, with: Change<'_>) -> Vec<Wish> {
    [Tab::Timeline, Tab::Output]
        .into_iter()
        .filter_map(|tab| change(drill, tab, with))
        .collect()
}

/// Finds all rows anew: other lines are wanted.
pub(super) fn renew(drill: &mut Drill) -> Vec<Wish> {
    both(drill, &Reading::renew)
}

/// Takes the lines that have come to where they belong.
pub(super) fn grow(drill: &mut Drill) -> Vec<Wish> {
    both(drill, &Reading::grow)
}

/// Takes rows that were arranged elsewhere, and what has come since.
pub(super) fn arranged(drill: &mut Drill, tab: Tab, number: u64, rows: &Arc<Rows>) -> Vec<Wish> {
    let taken = move |reading: &mut Reading, pass: Pass, lines: &Snapshot, height: usize| {
        reading
            .take(number, Arc::clone(rows), lines, height)
            .then(|| reading.grow(pass, lines, height))
            .flatten()
    };
    change(drill, tab, &taken).into_iter().collect()
}
