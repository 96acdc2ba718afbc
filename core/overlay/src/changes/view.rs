//! A view's trees as they are to be read: before and after, without what is mounted below them.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use crate::error::ReadError;
use crate::level::{Known, Level, Region};
use crate::mount::clone_of;

/// The pieces of a level that can hold changes.
///
/// They stay readable when the view is left: a descriptor keeps its file system alive.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    pub(crate) views: Vec<View>,
    /// Where other pieces stand, which are no entries of the one around them.
    pub(crate) points: Vec<PathBuf>,
    pub(crate) hidden: Vec<PathBuf>,
    pub(crate) ordinary_user: bool,
}

/// One piece.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) path: PathBuf,
    pub(crate) old: Arc<OwnedFd>,
    pub(crate) new: Arc<OwnedFd>,
    pub(crate) kind: ViewKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ViewKind {
    /// An overlay, with its upper directory.
    Overlay(Arc<OwnedFd>),
    /// Made anew, or a copy; with what was put into it.
    Made(Arc<Known>),
    File,
}

impl Views {
    pub(crate) fn of(level: &Level) -> Result<Self, ReadError> {
        let mut views = Vec::new();
        for region in &level.regions {
            views.push(match region {
                Region::Overlay(overlay) => View {
                    path: overlay.path.clone(),
                    old: alone(&overlay.old, &overlay.path)?,
                    new: alone(&overlay.merged, &overlay.path)?,
                    kind: ViewKind::Overlay(Arc::clone(&overlay.upper)),
                },
                Region::Directory(made) | Region::Copy(made) => View {
                    path: made.path.clone(),
                    old: Arc::clone(&made.old),
                    new: Arc::clone(&made.new),
                    kind: ViewKind::Made(Arc::clone(&made.known)),
                },
                Region::File(made) => View {
                    path: made.path.clone(),
                    old: Arc::clone(&made.old),
                    new: Arc::clone(&made.new),
                    kind: ViewKind::File,
                },
            });
        }
        let pieces = level.regions.iter().map(|region| region.path().to_owned());
        let binds = level.binds.iter().map(|bind| bind.path.clone());
        let read_only = level.read_only.iter().cloned();
        Ok(Self {
            views,
            points: pieces.chain(binds).chain(read_only).collect(),
            hidden: level.hidden.clone(),
            ordinary_user: level.ordinary_user,
        })
    }

    /// The piece that holds the path: the deepest whose path it begins with.
    pub(crate) fn holding(&self, path: &Path) -> Option<&View> {
        let around = self.views.iter().filter(|view| path.starts_with(&view.path));
        around.max_by_key(|view| view.path.components().count())
    }

    pub(crate) fn is_point(&self, path: &Path) -> bool {
        self.points.iter().any(|point| point == path)
    }

    pub(crate) fn hides(&self, path: &Path) -> bool {
        self.hidden.iter().any(|hidden| path.starts_with(hidden))
    }
}

fn alone(mount: &Arc<OwnedFd>, path: &Path) -> Result<Arc<OwnedFd>, ReadError> {
    match clone_of(mount.as_fd()) {
        Ok(copy) => Ok(Arc::new(copy)),
        // Somebody has removed the directory that it was mounted on, so it is attached nowhere, and nothing to it.
        Err(Errno::INVAL) => Ok(Arc::clone(mount)),
        Err(errno) => Err(ReadError::on("read the tree at", path)(errno)),
    }
}
