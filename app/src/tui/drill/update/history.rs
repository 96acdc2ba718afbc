//! Other runs of the test: going there and back, and comparing.

use std::path::{Path, PathBuf};

use crate::compare::{Comparison, FilesAsk, LogDiff};
use crate::tui::drill::effect::Wish;
use crate::tui::drill::history::diff::{Diff, WIDE};
use crate::tui::drill::history::{ALONE, Past, Present};
use crate::tui::drill::list::Motion;
use crate::tui::drill::{Drill, HistoryAct, Tab};

use super::show;

/// Does what is asked for.
pub(super) fn act(drill: &mut Drill, act: HistoryAct) -> Vec<Wish> {
    let (two, height) = (is_wide(drill), drill.height());
    let history = &mut drill.history;
    match act {
        HistoryAct::Mark => {
            history.mark();
            history.list.go(Motion::Down, history.rows.len(), height);
        }
        HistoryAct::Compare => {
            let Some((left, right)) = history.pair() else {
                return Vec::new();
            };
            history.diff = Some(Diff::new(left.clone(), right.clone()));
            return vec![Wish::Compare(left, right)];
        }
        HistoryAct::CompareThis => {
            history.is_awaited = true;
            let mut wishes = show::tab(drill, Tab::History);
            wishes.extend(compare_this(drill));
            return wishes;
        }
        HistoryAct::Columns => {
            history.one_column = !history.one_column;
            reflow(drill);
        }
        HistoryAct::Next(forward) => {
            if let Some(diff) = &mut history.diff {
                diff.next(forward, height);
            }
            return look(drill);
        }
        HistoryAct::Log(forward) => {
            if let Some(diff) = &mut history.diff {
                diff.other(forward, two, height);
            }
            return look(drill);
        }
    }
    Vec::new()
}

/// Compares the attempt that is shown with another one, once it is known which there are.
fn compare_this(drill: &mut Drill) -> Option<Wish> {
    let this = drill.attempt.clone()?;
    let history = &mut drill.history;
    if history.runs.is_none() || !std::mem::take(&mut history.is_awaited) {
        return None;
    }
    let Some((left, right)) = history.pair_with(&this) else {
        drill.notice = Some(ALONE.to_owned());
        drill.tab = Tab::Workspace;
        return None;
    };
    history.diff = Some(Diff {
        is_of_spaces: true,
        ..Diff::new(left.clone(), right.clone())
    });
    Some(Wish::Compare(left, right))
}

/// Leaves a comparison; whether there was one.
pub(super) fn leave_comparison(drill: &mut Drill) -> bool {
    let left = drill.history.diff.take();
    if left.as_ref().is_some_and(|diff| diff.is_of_spaces) {
        drill.tab = Tab::Workspace;
    }
    left.is_some()
}

/// Takes what became of the test in other runs. Who has looked at them already stays where he is.
pub(super) fn take(drill: &mut Drill, runs: Vec<Past>) -> Vec<Wish> {
    let height = drill.height();
    let history = &mut drill.history;
    let under = history.selected().map(|tried| tried.dir.clone());
    history.take(runs);
    let row_of = |wanted: Option<&Path>| {
        history.rows.iter().position(|row| {
            let tried = history.tried(*row).map(|tried| tried.dir.as_path());
            tried.is_some() && tried == wanted
        })
    };
    let row = row_of(under.as_deref()).or_else(|| row_of(drill.attempt.as_deref()));
    history.list.set(row.unwrap_or(0), history.rows.len(), height);
    compare_this(drill).into_iter().collect()
}

/// Takes what came of a comparison, unless another one is wanted by now.
pub(super) fn compared(drill: &mut Drill, left: &Path, right: &Path, result: Comparison) -> Vec<Wish> {
    let (two, height) = (is_wide(drill), drill.height());
    if let Some(diff) = &mut drill.history.diff
        && (diff.left.as_path(), diff.right.as_path()) == (left, right)
    {
        diff.take(result, two, height);
    }
    look(drill)
}

/// Looks into the file under the cursor, if the workspaces are shown.
fn look(drill: &mut Drill) -> Vec<Wish> {
    let ask = drill.history.diff.as_mut().and_then(Diff::look);
    ask.map(Wish::CompareFiles).into_iter().collect()
}

/// Takes what came of comparing a file of the workspaces.
pub(super) fn compared_files(drill: &mut Drill, ask: &FilesAsk, result: LogDiff) {
    if let Some(diff) = &mut drill.history.diff {
        diff.spaces.take(ask, result);
    }
}

/// Opens all directories of the workspaces, or only those in which something differs.
pub(super) fn fold_all(drill: &mut Drill) -> Vec<Wish> {
    let (two, height) = (is_wide(drill), drill.height());
    if let Some(diff) = &mut drill.history.diff {
        diff.fold_all(two, height);
    }
    look(drill)
}

/// Moves in the file under the cursor.
pub(super) fn scroll(drill: &mut Drill, down: bool) {
    if let Some(diff) = &mut drill.history.diff {
        diff.spaces.scroll(down);
    }
}

/// Whether a comparison has two columns.
pub(in crate::tui::drill) fn is_wide(drill: &Drill) -> bool {
    drill.columns() >= WIDE && !drill.history.one_column
}

/// Makes the rows of a comparison anew, for another width.
pub(super) fn reflow(drill: &mut Drill) {
    let (two, height) = (is_wide(drill), drill.height());
    if let Some(diff) = &mut drill.history.diff {
        diff.reflow(two, height);
    }
}

/// Moves among the runs, or in a comparison.
pub(super) fn go(drill: &mut Drill, motion: Motion) -> Vec<Wish> {
    let height = drill.height();
    let history = &mut drill.history;
    match &mut history.diff {
        Some(diff) => diff.list.go(motion, diff.rows.len(), height),
        None => history.list.go(motion, history.rows.len(), height),
    }
    look(drill)
}

/// Goes to a row of the runs, or of a comparison.
pub(super) fn to(drill: &mut Drill, row: usize) -> Vec<Wish> {
    let height = drill.height();
    let history = &mut drill.history;
    match &mut history.diff {
        Some(diff) => diff.list.set(row, diff.rows.len(), height),
        None => history.list.set(row, history.rows.len(), height),
    }
    look(drill)
}

/// Goes to the attempt under the cursor; in a comparison, opens what is there.
pub(super) fn enter(drill: &mut Drill) -> Vec<Wish> {
    let (two, height) = (is_wide(drill), drill.height());
    if let Some(diff) = &mut drill.history.diff {
        diff.enter(two, height);
        return look(drill);
    }
    let Some(dir) = drill.history.selected().map(|tried| tried.dir.clone()) else {
        return Vec::new();
    };
    drill.tab = Tab::Timeline;
    let present = drill.present.clone().unwrap_or_else(|| Present {
        attempt: drill.attempt.clone(),
        live: drill.live,
    });
    if present.attempt.as_ref() == Some(&dir) {
        return to_present(drill);
    }
    drill.present = Some(present);
    go_to(drill, Some(dir), false)
}

/// Goes back to the attempt that one came from.
pub(super) fn to_present(drill: &mut Drill) -> Vec<Wish> {
    match drill.present.take() {
        Some(Present { attempt, live }) => go_to(drill, attempt, live),
        None => Vec::new(),
    }
}

fn go_to(drill: &mut Drill, attempt: Option<PathBuf>, live: bool) -> Vec<Wish> {
    let id = drill.id.clone();
    show::open(drill, attempt, id, live)
}
