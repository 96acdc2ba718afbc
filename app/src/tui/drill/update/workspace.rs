//! Directories that are opened, and files that are looked into.

use std::path::PathBuf;

use crate::tui::drill::Drill;
use crate::tui::drill::effect::{Item, Wish};
use crate::tui::drill::list::Motion;
use crate::tui::drill::workspace::{Row, What};

fn rebuild(drill: &mut Drill) {
    if let Some(attempt) = &drill.attempt {
        let height = drill.height();
        drill.workspace.rebuild(&attempt.join("workspace"), height);
    }
}

fn selected(drill: &Drill) -> Option<(&Row, &Item)> {
    let row = drill.workspace.rows.get(drill.workspace.list.cursor)?;
    match &row.what {
        What::Item(item) => Some((row, item)),
        What::Note(_) => None,
    }
}

/// Takes what a directory holds. One that is gone is closed quietly.
pub(super) fn listed(drill: &mut Drill, dir: PathBuf, items: Result<Vec<Item>, String>) -> Vec<Wish> {
    drill.workspace.take(dir, items);
    rebuild(drill);
    preview(drill)
}

/// Opens or closes the directory under the cursor.
pub(super) fn toggle(drill: &mut Drill) -> Vec<Wish> {
    let is_open = selected(drill).is_some_and(|(row, _)| drill.workspace.open.contains(&row.path));
    fold(drill, is_open)
}

/// Closes the directory under the cursor, or the one around; or opens it.
pub(super) fn fold(drill: &mut Drill, close: bool) -> Vec<Wish> {
    let Some((path, is_dir)) = selected(drill).map(|(row, item)| (row.path.clone(), item.is_dir)) else {
        return Vec::new();
    };
    let mut wishes = Vec::new();
    if !close && is_dir {
        drill.workspace.open.insert(path.clone());
        wishes.push(Wish::List(path));
    } else if close && !drill.workspace.open.remove(&path) {
        let around = path.parent().map(PathBuf::from).unwrap_or_default();
        let row = drill.workspace.rows.iter().position(|row| row.path == around);
        if let Some(row) = row {
            drill.workspace.open.remove(&around);
            drill.workspace.list.cursor = row;
        }
    }
    if close {
        let (open, root) = (
            &drill.workspace.open,
            drill.attempt.as_ref().map(|dir| dir.join("workspace")),
        );
        drill
            .workspace
            .dirs
            .retain(|dir, _| open.contains(dir) || Some(dir) == root.as_ref());
    }
    rebuild(drill);
    wishes.extend(preview(drill));
    wishes
}

/// Closes all directories.
pub(super) fn close_all(drill: &mut Drill) {
    drill.workspace.open.clear();
    rebuild(drill);
}

/// Looks into the file under the cursor, if that is another one than before.
pub(super) fn preview(drill: &mut Drill) -> Vec<Wish> {
    let file = selected(drill)
        .filter(|(_, item)| !item.is_dir && item.link.is_none())
        .map(|(row, _)| row.path.clone());
    let shown = drill.workspace.preview.as_ref().map(|(path, _)| path);
    if file.as_ref() == shown {
        return Vec::new();
    }
    drill.workspace.scroll = 0;
    drill.workspace.preview = file.clone().map(|path| (path, None));
    file.into_iter().map(Wish::Preview).collect()
}

/// Moves in the preview.
pub(super) fn scroll(drill: &mut Drill, motion: Motion) {
    let scroll = &mut drill.workspace.scroll;
    *scroll = match motion {
        Motion::Up | Motion::PageUp => scroll.saturating_sub(8),
        Motion::First => 0,
        _ => *scroll + 8,
    };
}
