//! Directories that are opened, and files that are looked into.

use std::path::{Path, PathBuf};

use crate::tui::drill::effect::Wish;
use crate::tui::drill::list::Motion;
use crate::tui::drill::workspace::preview::{Preview, Window};
use crate::tui::drill::workspace::seen::{Kind, Seen, Sum};
use crate::tui::drill::{Drill, Tab, view};

/// Looks at what is shown; with `all`, also at what was looked at before.
pub(super) fn look(drill: &mut Drill, all: bool) -> Vec<Wish> {
    let is_shown = drill.tab == Tab::Workspace || drill.beside() == Some(Tab::Workspace);
    let Some(attempt) = drill.attempt.as_deref().filter(|_| is_shown) else {
        return Vec::new();
    };
    let base = attempt.join("workspace");
    let height = drill.height();
    let mut wishes: Vec<Wish> = drill
        .workspace
        .ask(&base, height, all)
        .map(Wish::Tree)
        .into_iter()
        .collect();
    if all && drill.workspace.sums.begin() {
        wishes.push(Wish::Sums(base.clone(), vec![base]));
    }
    wishes
}

/// Takes what was seen.
pub(super) fn seen(drill: &mut Drill, seen: Seen) -> Vec<Wish> {
    let height = drill.height();
    drill.workspace.take(seen, height);
    let mut wishes = preview(drill);
    wishes.extend(look(drill, false));
    wishes
}

/// Takes what some directories hold, and goes on.
pub(super) fn sums(drill: &mut Drill, parts: Vec<(PathBuf, Sum)>, left: Vec<PathBuf>) -> Vec<Wish> {
    drill.workspace.sums.take(parts, left.is_empty());
    match &drill.attempt {
        Some(attempt) if !left.is_empty() => vec![Wish::Sums(attempt.join("workspace"), left)],
        _ => Vec::new(),
    }
}

/// Opens or closes the directory under the cursor.
pub(super) fn toggle(drill: &mut Drill) -> Vec<Wish> {
    let tree = drill.workspace.tree.as_ref();
    let node = drill
        .workspace
        .selected()
        .and_then(|id| tree.and_then(|tree| tree.node(id)));
    let is_open = node.is_some_and(|node| node.open);
    fold(drill, is_open)
}

/// Closes the directory under the cursor, or the one around; or opens it.
pub(super) fn fold(drill: &mut Drill, close: bool) -> Vec<Wish> {
    let height = drill.height();
    let workspace = &mut drill.workspace;
    let Some(id) = workspace.selected() else {
        return Vec::new();
    };
    if !workspace.fold(id, close, height)
        && close
        && let Some(around) = workspace.tree.as_ref().and_then(|tree| tree.parent(id))
    {
        workspace.fold(around, true, height);
    }
    let mut wishes = preview(drill);
    wishes.extend(look(drill, !close));
    wishes
}

/// Closes all directories.
pub(super) fn close_all(drill: &mut Drill) -> Vec<Wish> {
    let height = drill.height();
    drill.workspace.close_all(height);
    preview(drill)
}

/// Looks into the file under the cursor, if that is another one than before or not as it was.
pub(super) fn preview(drill: &mut Drill) -> Vec<Wish> {
    let workspace = &mut drill.workspace;
    let tree = workspace.tree.as_ref();
    let shown = tree.zip(workspace.selected()).and_then(|(tree, id)| {
        let node = tree.node(id).filter(|node| node.kind != Kind::Dir)?;
        Some((tree.path(id), node.stat.clone()))
    });
    let Some((path, stat)) = shown else {
        workspace.preview = None;
        return Vec::new();
    };
    match &mut workspace.preview {
        Some(known) if known.path == path => {
            if known.stat == stat {
                return Vec::new();
            }
            let first = known.stat.is_none();
            known.stat = stat;
            // What was read a moment ago need not be read again for being described now.
            if first {
                return Vec::new();
            }
        }
        known => *known = Some(Preview::new(path, stat)),
    }
    again(drill)
}

/// Reads the part of the file that is shown.
pub(super) fn again(drill: &mut Drill) -> Vec<Wish> {
    let mode = drill.workspace.mode;
    let preview = drill.workspace.preview.as_ref();
    preview
        .map(|preview| Wish::Preview(preview.ask(mode)))
        .into_iter()
        .collect()
}

/// Takes a part of a file.
pub(super) fn read(drill: &mut Drill, path: &Path, window: Result<Window, String>) {
    if let Some(preview) = &mut drill.workspace.preview
        && preview.path == path
    {
        preview.take(window);
    }
}

/// Shows the file another way.
pub(super) fn mode(drill: &mut Drill) -> Vec<Wish> {
    drill.workspace.mode = drill.workspace.mode.next();
    if let Some(preview) = &mut drill.workspace.preview {
        (preview.offset, preview.chosen) = (0, None);
    }
    again(drill)
}

/// Begins to choose rows of the preview, or chooses none any more.
pub(super) fn choose(drill: &mut Drill) -> Vec<Wish> {
    if let Some(preview) = &mut drill.workspace.preview {
        preview.choose();
    }
    Vec::new()
}

/// Chooses more rows of the preview, or fewer.
pub(super) fn choose_to(drill: &mut Drill, motion: Motion) -> Vec<Wish> {
    let height = view::preview_rows(drill);
    let preview = drill.workspace.preview.as_mut();
    if preview.is_some_and(|preview| preview.go(motion, height)) {
        return again(drill);
    }
    Vec::new()
}

/// Moves in the preview.
pub(super) fn scroll(drill: &mut Drill, down: bool) -> Vec<Wish> {
    let preview = drill.workspace.preview.as_mut();
    if preview.is_some_and(|preview| preview.scroll(down)) {
        return again(drill);
    }
    Vec::new()
}
