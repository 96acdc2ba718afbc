//! The directories that an attempt left, as a tree of which only what was opened is known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::effect::{Item, Preview};
use super::list::List;

/// More entries of one directory are counted, not shown.
const MOST: usize = 5000;

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct Workspace {
    /// What directories hold, or why they could not be listed.
    pub(super) dirs: BTreeMap<PathBuf, Result<Vec<Item>, String>>,
    pub(super) open: BTreeSet<PathBuf>,
    /// What changed since it was seen first.
    pub(super) changed: BTreeSet<PathBuf>,
    pub(super) rows: Vec<Row>,
    pub(super) list: List,
    /// The file under the cursor, and its beginning when that was read.
    pub(super) preview: Option<(PathBuf, Option<Result<Preview, String>>)>,
    pub(super) mode: Mode,
    /// The first line of the preview that is shown.
    pub(super) scroll: usize,
}

/// How a file is previewed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// As what it looks like.
    #[default]
    Auto,
    /// As text.
    Text,
    /// As JSON, with indentation.
    Json,
    /// As bytes.
    Hex,
}

impl Mode {
    pub(super) fn next(self) -> Mode {
        match self {
            Mode::Auto => Mode::Text,
            Mode::Text => Mode::Json,
            Mode::Json => Mode::Hex,
            Mode::Hex => Mode::Auto,
        }
    }
}

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) path: PathBuf,
    pub(super) depth: usize,
    pub(super) what: What,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A file or directory.
    Item(Item),
    /// Something to be said about the directory above.
    Note(String),
}

impl Workspace {
    /// Shows another attempt's workspace, or none.
    pub(super) fn clear(&mut self) {
        *self = Workspace {
            mode: self.mode,
            ..Workspace::default()
        };
    }

    /// Takes what a directory holds now, and remembers what is not as it was.
    pub(super) fn take(&mut self, dir: PathBuf, items: Result<Vec<Item>, String>) {
        if let (Some(Ok(before)), Ok(now)) = (self.dirs.get(&dir), &items) {
            let news = now.iter().filter(|item| !before.contains(item));
            self.changed.extend(news.map(|item| dir.join(&item.name)));
        }
        self.dirs.insert(dir, items);
    }

    /// Finds the rows below `root`. The cursor stays on its entry, or to the one that took its place.
    pub(super) fn rebuild(&mut self, root: &Path, height: usize) {
        let at = self.rows.get(self.list.cursor).map(|row| row.path.clone());
        let mut rows = Vec::new();
        self.below(root, 0, &mut rows);
        let row = at.and_then(|at| rows.iter().position(|row| row.path == at));
        self.rows = rows;
        self.list
            .set(row.unwrap_or(self.list.cursor), self.rows.len(), height);
    }

    fn below(&self, dir: &Path, depth: usize, rows: &mut Vec<Row>) {
        let note = |text: String| Row {
            path: dir.join("\u{10ffff}"),
            depth,
            what: What::Note(text),
        };
        match self.dirs.get(dir) {
            None => rows.push(note("…".to_owned())),
            Some(Err(error)) => rows.push(note(error.clone())),
            Some(Ok(items)) => {
                for item in items.iter().take(MOST) {
                    let path = dir.join(&item.name);
                    let is_open = item.is_dir && self.open.contains(&path);
                    rows.push(Row {
                        path: path.clone(),
                        depth,
                        what: What::Item(item.clone()),
                    });
                    if is_open {
                        self.below(&path, depth + 1, rows);
                    }
                }
                if let Some(more) = items.len().checked_sub(MOST).filter(|more| *more > 0) {
                    rows.push(note(format!("… {more} more")));
                }
            }
        }
    }
}

/// Returns what a directory below `chunks`, or a file in it, holds: the path in the file system, and the chunk's number.
///
/// GekkoFS keeps the contents of `/a/b` in `chunks/a:b/`, in files named by the number of the chunk.
pub(super) fn chunk(path: &Path) -> Option<(String, Option<u64>)> {
    let names: Vec<&str> = path.iter().filter_map(|name| name.to_str()).collect();
    let chunks = names.iter().rposition(|name| *name == "chunks")?;
    let in_root = chunks
        .checked_sub(1)
        .is_some_and(|root| names[root].starts_with("root"));
    match names.get(chunks + 1..)? {
        [file] if in_root => Some((decode(file), None)),
        [file, number] if in_root => Some((decode(file), Some(number.parse().ok()?))),
        _ => None,
    }
}

fn decode(file: &str) -> String {
    format!("/{}", file.replace(':', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_directories_have_their_paths() {
        let of = |path: &str| chunk(Path::new(path));
        assert_eq!(
            of("/w/root/chunks/top:file_a/3"),
            Some(("/top/file_a".to_owned(), Some(3)))
        );
        assert_eq!(of("/w/root-2/chunks/f"), Some(("/f".to_owned(), None)));
        assert_eq!(of("/w/root/chunks"), None);
        assert_eq!(of("/w/tmp/chunks/f"), None);
        assert_eq!(of("/w/root/chunks/f/notes"), None);
    }

    #[test]
    fn the_cursor_stays_when_a_neighbour_goes() {
        let item = |name: &str| Item {
            name: name.into(),
            is_dir: false,
            link: None,
            mode: 0o100_644,
            size: 1,
            modified: 0,
        };
        let root = Path::new("/w");
        let mut workspace = Workspace::default();
        workspace
            .dirs
            .insert(root.into(), Ok(["a", "b", "c"].map(item).into()));
        workspace.rebuild(root, 10);
        workspace.list.set(1, 3, 10);
        workspace
            .dirs
            .insert(root.into(), Ok(["b", "c"].map(item).into()));
        workspace.rebuild(root, 10);
        assert_eq!(workspace.rows[workspace.list.cursor].path, Path::new("/w/b"));
        workspace.dirs.insert(root.into(), Ok(["c"].map(item).into()));
        workspace.rebuild(root, 10);
        assert_eq!(workspace.rows[workspace.list.cursor].path, Path::new("/w/c"));
    }
}
