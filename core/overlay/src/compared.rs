//! A change beside what stood at its path before, and what stands there now.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::changes::{Change, Changes, Kind, Views};
use crate::entry::{Entry, EntryKind, entries, entry_before};
use crate::error::ReadError;

/// Files longer than this are named, not shown.
const LONGEST: u64 = 1 << 20;

/// One change with both sides of it, readable while the view is there and after.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What happened to which path.
    pub change: Change,
    /// What stood there before; of a path that was moved here, what stood where it came from.
    pub before: Option<Entry>,
    /// What stands there now.
    pub now: Option<Entry>,
    /// Where what stood there was moved to: it is told there how it differs.
    pub moved_to: Option<PathBuf>,
}

impl Compared {
    /// Returns a unified diff of what is text: a file's lines, or where a link leads. `None` if both are equal, or are
    /// nothing that has text.
    ///
    /// # Errors
    /// Why the text cannot be shown: it is too long, no text, or cannot be read.
    pub fn diff(&self) -> Result<Option<String>, String> {
        if self.moved_to.is_some() && self.now.is_none() {
            return Ok(None);
        }
        let before = text_of(self.before.as_ref())?;
        let now = text_of(self.now.as_ref())?;
        if before == now {
            return Ok(None);
        }
        let from = self.change.renamed_from().unwrap_or(&self.change.path);
        let name = |path: &Path, entry: &Option<Entry>| match entry {
            Some(_) => path.display().to_string(),
            None => "/dev/null".into(),
        };
        let header = (name(from, &self.before), name(&self.change.path, &self.now));
        let diff = TextDiff::from_lines(&before, &now);
        let text = diff
            .unified_diff()
            .context_radius(3)
            .header(&header.0, &header.1)
            .to_string();
        Ok(Some(text))
    }
}

/// Returns both sides of each change.
pub(crate) fn compared(views: &Views, changes: &Changes) -> Result<Vec<Compared>, ReadError> {
    let mut now = entries(views, changes)?;
    let moves = changes
        .iter()
        .filter_map(|change| Some((change.renamed_from()?, &change.path)));
    let moves: HashMap<&Path, &PathBuf> = moves.collect();
    let one = |change: &Change| Compared {
        before: match (change.kind, change.renamed_from()) {
            (_, Some(from)) => entry_before(views, from),
            (Kind::Add, None) => None,
            _ => entry_before(views, &change.path),
        },
        now: now
            .remove(&change.path)
            .filter(|entry| entry.kind != EntryKind::Deleted),
        moved_to: moves.get(&*change.path).map(|to| (*to).clone()),
        change: change.clone(),
    };
    Ok(changes.iter().map(one).collect())
}

/// The text of a file or link; nothing for what has none, and the reason where it cannot be shown.
fn text_of(entry: Option<&Entry>) -> Result<String, String> {
    let Some(entry) = entry else {
        return Ok(String::new());
    };
    match entry.kind {
        EntryKind::Symlink => {
            let target = entry.content().map_err(|error| error.to_string())?;
            Ok(format!("-> {}\n", String::from_utf8_lossy(&target)))
        }
        EntryKind::File if entry.size > LONGEST => Err(format!("{} bytes, not shown", entry.size)),
        EntryKind::File => entry.text().map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => format!("{} bytes, no text", entry.size),
            _ => error.to_string(),
        }),
        _ => Ok(String::new()),
    }
}
