//! The tree of the attempt's directories, and what is in the file under the cursor.

use std::os::unix::ffi::OsStrExt;

use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::paint::Paint;
use super::preview;
use crate::tui::drill::text::{columns, size};
use crate::tui::drill::workspace::chunk::{CHUNK, chunk};
use crate::tui::drill::workspace::seen::Kind;
use crate::tui::drill::workspace::tree::{Id, Node, Row, Tree};
use crate::tui::drill::{Drill, told};
use crate::tui::theme::Role;

/// From this width on the preview stands beside the tree, else below.
const BESIDE: u16 = 100;

pub(super) fn draw(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let [tree, file] = parts(drill, area);
    rows(drill, paint, tree);
    if let Some(shown) = drill.workspace.preview.as_ref().filter(|_| !file.is_empty()) {
        preview::draw(shown, paint, file);
    }
}

/// The tree, and the preview where there is one and room for it.
fn parts(drill: &Drill, area: Rect) -> [Rect; 2] {
    let is_shown = drill.workspace.preview.is_some() && area.height >= 6;
    let half = if is_shown { 50 } else { 100 };
    let parts = [Constraint::Percentage(half), Constraint::Percentage(100 - half)];
    if area.width >= BESIDE {
        Layout::horizontal(parts).areas(area)
    } else {
        Layout::vertical(parts).areas(area)
    }
}

/// Returns how many rows of the previewed file are shown.
pub(super) fn preview_rows(drill: &Drill, area: Rect) -> usize {
    let [_, file] = parts(drill, area);
    usize::from(file.height.saturating_sub(1))
}

/// Returns the row that stands on a cell of the area, or of the mount view.
pub(super) fn row_at(drill: &Drill, area: Rect, at: Position) -> Option<usize> {
    if let Some(mount) = &drill.mount {
        return super::mount::row_at(mount, area, at.y);
    }
    let [tree, _] = parts(drill, area);
    let rows = drill.workspace.tree.as_ref()?;
    let top = drill
        .workspace
        .list
        .window(rows.rows().len(), usize::from(tree.height));
    let row = top + usize::from(at.y.saturating_sub(tree.y));
    (tree.contains(at) && row < rows.rows().len()).then_some(row)
}

fn rows(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let workspace = &drill.workspace;
    let Some(tree) = &workspace.tree else {
        return paint.text(area, 0, "reading …", Role::Dim);
    };
    let height = usize::from(area.height);
    let top = workspace.list.window(tree.rows().len(), height);
    for (at, row) in tree.rows().iter().skip(top).take(height).enumerate() {
        let indent = 2 * tree.depth(*row);
        let parts = match *row {
            Row::Note(id) => vec![(format!("{:indent$}  {}", "", tree.note(id)), Role::Dim)],
            Row::Node(id) => match tree.node(id) {
                Some(node) => node_parts(drill, tree, id, node, area.width),
                None => continue,
            },
        };
        paint.parts(area, at, &parts);
        if top + at == workspace.list.cursor {
            paint.row(area, at, Role::Selection);
        }
    }
}

fn node_parts(drill: &Drill, tree: &Tree, id: Id, node: &Node, width: u16) -> Vec<(String, Role)> {
    let mut parts = Vec::new();
    let relative = tree.relative(id);
    if width >= 40 {
        let mode = node
            .stat
            .as_ref()
            .map_or(String::new(), |stat| permissions(stat.mode));
        let held = drill.workspace.sums.of(&relative);
        let size = match node.kind {
            Kind::Dir => held.map_or(String::new(), |sum| size(sum.bytes)),
            Kind::File => node.stat.as_ref().map_or(String::new(), |stat| size(stat.size)),
            Kind::Link | Kind::Special => String::new(),
        };
        parts.push((format!("{mode:10} {size:>7} "), Role::Dim));
    }
    if width >= 80 {
        let time = node
            .stat
            .as_ref()
            .map(|stat| told::clock(stat.modified, &drill.zone(), true));
        parts.push((format!("{:15} ", time.unwrap_or_default()), Role::Dim));
    }
    let is_changed = drill.workspace.is_changed(id);
    // Told without colours too.
    parts.push((if is_changed { "*" } else { " " }.to_owned(), Role::TreeChanged));
    let sign = match (node.kind, node.open) {
        (Kind::Dir, true) => "▾ ",
        (Kind::Dir, false) => "▸ ",
        _ => "  ",
    };
    let role = match (is_changed, node.kind) {
        (true, _) => Role::TreeChanged,
        (false, Kind::Dir) => Role::TreeDir,
        (false, _) => Role::TreeFile,
    };
    let name = columns(node.name.as_bytes(), 0, usize::from(width));
    let indent = 2 * tree.depth(Row::Node(id));
    parts.push((format!("{:indent$}{sign}{name}", ""), role));
    if let Some(link) = node.stat.as_ref().and_then(|stat| stat.link.as_ref()) {
        let link = columns(link.as_os_str().as_bytes(), 0, usize::from(width));
        parts.push((format!(" → {link}"), Role::Dim));
    }
    if let Some(chunk) = chunk(&relative) {
        let node = chunk.node.map_or(String::new(), |node| format!(", node {node}"));
        let number = chunk.number.map_or(String::new(), |number| {
            format!(", chunk {number} from {}", size(number.saturating_mul(CHUNK)))
        });
        parts.push((format!("  = {}{node}{number}", chunk.path), Role::Strong));
    }
    parts
}

/// Returns type and permissions as `ls -l` writes them.
pub(super) fn permissions(mode: u32) -> String {
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
    let Some((tree, id)) = workspace.tree.as_ref().zip(workspace.selected()) else {
        return String::new();
    };
    let path = tree.relative(id);
    let path = columns(path.as_os_str().as_bytes(), 0, 200);
    let held = workspace.sums.of(&tree.relative(id));
    let held = held.map_or(String::new(), |sum| match sum.files {
        1 => format!(" · 1 file, {}", size(sum.bytes)),
        files => format!(" · {files} files, {}", size(sum.bytes)),
    });
    format!("{path}{held}")
}

/// What its keys do.
pub(super) fn keys(drill: &Drill) -> &'static str {
    match &drill.workspace.preview {
        Some(preview) if preview.chosen.is_some() => " · j k: choose more · y: copy · esc: end",
        Some(_) => " · m: what a client sees · d: compare · v: choose lines",
        None => " · m: what a client sees · d: compare",
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
