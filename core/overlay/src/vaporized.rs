//! What is left of a view that was popped: its changes and contents, to be read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::changes::{Changes, Compare, Views, walk};
use crate::compared::{Compared, compared};
use crate::diff;
use crate::entry::{Entry, entries};
use crate::error::ReadError;

/// The changes of a view that was popped. Nothing of them has reached the tree below.
///
/// They stay in memory until this is dropped.
#[derive(Debug)]
pub struct Vaporized {
    views: Views,
    compare: Compare,
}

impl Vaporized {
    pub(crate) fn new(views: Views, compare: Compare) -> Self {
        Self { views, compare }
    }

    /// What had changed.
    pub fn changes(&self) -> Result<Changes, ReadError> {
        walk(&self.views, self.compare)
    }

    /// What stood at each changed path.
    pub fn entries(&self) -> Result<BTreeMap<PathBuf, Entry>, ReadError> {
        entries(&self.views, &self.changes()?)
    }

    /// All changes as text, as [`Overlay::diff`](crate::Overlay::diff) writes it.
    pub fn diff(&self) -> Result<String, ReadError> {
        diff::text(&self.views, &self.changes()?)
    }

    /// What stood at each of the changed paths before, and what stood there at the end.
    pub fn compared(&self, changes: &Changes) -> Result<Vec<Compared>, ReadError> {
        compared(&self.views, changes)
    }
}
