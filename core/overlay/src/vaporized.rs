//! What is left of a view that was popped: its changes and contents, to be read.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::changes::{Changes, Compare, Views, walk};
use crate::compared::{Compared, compared};
use crate::diff;
use crate::entry::{Entry, entries};
use crate::error::ReadError;
use crate::level::Level;
use crate::place::within;

/// The changes of a view that was popped. Nothing of them has reached the tree below.
///
/// They stay in memory until this is dropped.
#[derive(Debug)]
pub struct Vaporized {
    left: Mutex<Left>,
    compare: Compare,
}

/// Most views end without anybody asking, and each piece that is made readable costs the kernel a round of all
/// processors when it ends.
#[derive(Debug)]
enum Left {
    /// The view as it was left, in the namespace that keeps its mounts together. Dropped in this order.
    Mounted(Arc<Level>, OwnedFd),
    /// Its pieces, each for itself.
    Apart(Views),
}

impl Vaporized {
    pub(crate) fn new(level: Arc<Level>, inside: OwnedFd, compare: Compare) -> Self {
        Self {
            left: Mutex::new(Left::Mounted(level, inside)),
            compare,
        }
    }

    /// What had changed.
    pub fn changes(&self) -> Result<Changes, ReadError> {
        walk(&self.views()?, self.compare)
    }

    /// What stood at each changed path.
    pub fn entries(&self) -> Result<BTreeMap<PathBuf, Entry>, ReadError> {
        let views = self.views()?;
        entries(&views, &walk(&views, self.compare)?)
    }

    /// All changes as text, as [`Overlay::diff`](crate::Overlay::diff) writes it.
    pub fn diff(&self) -> Result<String, ReadError> {
        let views = self.views()?;
        diff::text(&views, &walk(&views, self.compare)?)
    }

    /// What stood at each of the changed paths before, and what stood there at the end.
    pub fn compared(&self, changes: &Changes) -> Result<Vec<Compared>, ReadError> {
        compared(&self.views()?, changes)
    }

    fn views(&self) -> Result<Views, ReadError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let views = match &*left {
            Left::Apart(views) => return Ok(views.clone()),
            // What a mount looks like without those on it can be asked only where it is mounted.
            Left::Mounted(level, inside) => within(inside, || Views::of(level)),
        };
        let views = views.map_err(ReadError::on("look once more into", "the view"))??;
        *left = Left::Apart(views.clone());
        Ok(views)
    }
}
