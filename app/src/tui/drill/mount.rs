//! What a client sees in the mount point, beside what lies in the root directory.

use super::list::List;
use crate::look::Look;

/// A look at an attempt's file system.
#[derive(Debug, Clone, Default)]
pub(super) struct Mount {
    /// Its number: an answer to an older one is dropped.
    pub(super) number: u64,
    /// What was seen, or why nothing was; `None` while it is looked.
    pub(super) result: Option<Result<Look, String>>,
    pub(super) list: List,
}

impl Mount {
    /// Returns how many rows there are.
    pub(super) fn rows(&self) -> usize {
        match &self.result {
            Some(Ok(look)) => look.rows.len(),
            _ => 0,
        }
    }

    /// Returns the path under the cursor.
    pub(super) fn path(&self) -> Option<&str> {
        match &self.result {
            Some(Ok(look)) => look.rows.get(self.list.cursor).map(|row| row.path.as_str()),
            _ => None,
        }
    }

    /// Goes to the next row with something that does not fit, or to the one before.
    pub(super) fn next(&mut self, forward: bool, height: usize) {
        let Some(Ok(look)) = &self.result else { return };
        let is_flagged = |at: &usize| look.rows.get(*at).is_some_and(|row| !row.flags.is_empty());
        let here = self.list.cursor;
        let found = if forward {
            (here + 1..look.rows.len()).find(is_flagged)
        } else {
            (0..here).rev().find(is_flagged)
        };
        let rows = look.rows.len();
        if let Some(row) = found {
            self.list.set(row, rows, height);
        }
    }
}
