//! The tree of the attempt's directories, and what is in the file under the cursor.

use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::Paint;
use super::preview;
use crate::tui::drill::effect::Item;
use crate::tui::drill::text::size;
use crate::tui::drill::workspace::{Row, What, chunk};
use crate::tui::drill::{Drill, told};
use crate::tui::theme::Role;

/// From this width on the preview stands beside the tree, else below.
const BESIDE: u16 = 100;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let shown = drill.workspace.preview.as_ref().filter(|_| area.height >= 6);
    let half = if shown.is_some() { 50 } else { 100 };
    let parts = [Constraint::Percentage(half), Constraint::Percentage(100 - half)];
    let [tree, file] = if area.width >= BESIDE {
        Layout::horizontal(parts).areas(area)
    } else {
        Layout::vertical(parts).areas(area)
    };
    rows(drill, paint, tree);
    if let Some((path, known)) = shown {
        preview::draw(drill, path, known.as_ref(), paint, file);
    }
}

fn rows(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let workspace = &drill.workspace;
    let height = usize::from(area.height);
    let top = workspace.list.window(workspace.rows.len(), height);
    for (at, row) in workspace.rows.iter().skip(top).take(height).enumerate() {
        let parts = match &row.what {
            What::Note(text) => vec![(format!("{:1$}{text}", "", 2 * row.depth + 2), Role::Dim)],
            What::Item(item) => item_parts(drill, row, item, area.width),
        };
        paint.parts(area, at, &parts);
        if top + at == workspace.list.cursor {
            paint.row(area, at, Role::Selection);
        }
    }
}

fn item_parts(drill: &Drill, row: &Row, item: &Item, width: u16) -> Vec<(String, Role)> {
    let mut parts = Vec::new();
    if width >= 40 {
        let size = if item.is_dir {
            String::new()
        } else {
            size(item.size)
        };
        parts.push((format!("{} {size:>7} ", permissions(item.mode)), Role::Dim));
    }
    if width >= 80 {
        parts.push((
            format!("{} ", told::clock(item.modified, &drill.zone(), true)),
            Role::Dim,
        ));
    }
    let sign = match (item.is_dir, drill.workspace.open.contains(&row.path)) {
        (true, true) => "▾ ",
        (true, false) => "▸ ",
        (false, _) => "  ",
    };
    let is_changed = drill.workspace.changed.contains(&row.path);
    let role = match (is_changed, item.is_dir) {
        (true, _) => Role::TreeChanged,
        (false, true) => Role::TreeDir,
        (false, false) => Role::TreeFile,
    };
    let name = item.name.to_string_lossy();
    parts.push((format!("{:1$}{sign}{name}", "", 2 * row.depth), role));
    if let Some(link) = &item.link {
        parts.push((format!(" → {}", link.display()), Role::Dim));
    }
    match chunk(&row.path) {
        Some((path, None)) => parts.push((format!("  = {path}"), Role::Strong)),
        Some((path, Some(number))) => parts.push((format!("  = {path}, chunk {number}"), Role::Strong)),
        None => {}
    }
    parts
}

/// Returns type and permissions as `ls -l` writes them.
fn permissions(mode: u32) -> String {
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o140_000 => 's',
        0o010_000 => 'p',
        0o020_000 => 'c',
        0o060_000 => 'b',
        _ => '-',
    };
    let bits = (0..9).map(|bit| {
        let is_set = mode & (0o400 >> bit) != 0;
        if is_set { ['r', 'w', 'x'][bit % 3] } else { '-' }
    });
    std::iter::once(kind).chain(bits).collect()
}

pub(super) fn status(drill: &Drill) -> String {
    let workspace = &drill.workspace;
    let Some(row) = workspace.rows.get(workspace.list.cursor) else {
        return String::new();
    };
    let root = drill.attempt.as_deref().map(|attempt| attempt.join("workspace"));
    let path = root.and_then(|root| {
        row.path
            .strip_prefix(root)
            .ok()
            .map(|path| path.display().to_string())
    });
    match &row.what {
        What::Note(text) => text.clone(),
        What::Item(_) => format!(
            "{} · enter: open · v: preview as text, JSON, bytes",
            path.unwrap_or_default()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::permissions;

    #[test]
    fn permissions_are_as_in_ls() {
        assert_eq!(permissions(0o100_644), "-rw-r--r--");
        assert_eq!(permissions(0o040_751), "drwxr-x--x");
    }
}
