//! One view of a thread, as the kernel has it: its memory, its pieces, and where the thread came from.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::Stat;
use rustix::mount::MountAttrFlags;

use crate::mount::{KnownMounts, Store};
use crate::place::Place;

/// A view that is pushed.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) before: Place,
    pub(crate) store: Store,
    pub(crate) regions: Vec<Region>,
    pub(crate) binds: Vec<Bind>,
    pub(crate) read_only: Vec<PathBuf>,
    pub(crate) hidden: Vec<PathBuf>,
    pub(crate) fallbacks: Vec<Fallback>,
    /// The mounts that the view consists of.
    pub(crate) mounts: KnownMounts,
    /// Whether other users' files keep an owner without a name here.
    pub(crate) ordinary_user: bool,
}

/// A part of the tree in which changes are kept.
#[derive(Debug)]
pub(crate) enum Region {
    /// Copied as it is written.
    Overlay(Overlaid),
    /// A directory made anew, whose entries are compared one by one.
    Directory(Made),
    /// A directory that was copied with all that is in it.
    Copy(Made),
    /// A file that is mounted for itself, as a copy.
    File(Made),
}

/// A tree with an overlay on it.
#[derive(Debug)]
pub(crate) struct Overlaid {
    pub(crate) path: PathBuf,
    pub(crate) upper: Arc<OwnedFd>,
    pub(crate) layers: Vec<Arc<OwnedFd>>,
    pub(crate) old: Arc<OwnedFd>,
    pub(crate) merged: Arc<OwnedFd>,
    pub(crate) attributes: MountAttrFlags,
}

/// Something that was copied when the view was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) old: Arc<OwnedFd>,
    pub(crate) new: Arc<OwnedFd>,
    /// Those of the mount in whose place it stands.
    pub(crate) attributes: MountAttrFlags,
    /// What was put there then.
    pub(crate) known: Arc<Known>,
}

/// What stood in directories when they were made, and when they were looked at for it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// By the directory's path below the top one.
    pub(crate) directories: HashMap<PathBuf, Entries>,
    /// By the clock that stamps files: what was changed within that tick may carry the stamp that was noted.
    pub(crate) noted: (i64, u32),
}

impl Known {
    /// Whether the entry is certainly as it was.
    pub(crate) fn is_untouched(&self, stamp: Option<&Stamp>, now: Option<&Stat>) -> bool {
        match (stamp, now) {
            (Some(stamp), Some(now)) => *stamp == Stamp::from(now) && stamp.is_before(self.noted),
            _ => false,
        }
    }
}

/// By name, what tells whether an entry was touched since; what others do below meanwhile is not of this view.
pub(crate) type Entries = HashMap<Vec<u8>, Stamp>;

/// An inode and the time of its last change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp(u64, i64, u64);

impl Stamp {
    fn is_before(&self, (seconds, nanoseconds): (i64, u32)) -> bool {
        (self.1, self.2) < (seconds, u64::from(nanoseconds))
    }

    /// Whether it is the same file, whatever was done to it.
    pub(crate) fn is_of(&self, stat: &Stat) -> bool {
        self.0 == stat.st_ino
    }
}

impl From<&Stat> for Stamp {
    fn from(stat: &Stat) -> Self {
        Self(stat.st_ino, stat.st_ctime, stat.st_ctime_nsec)
    }
}

/// Something that the view shows as it is.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) path: PathBuf,
    pub(crate) source: Arc<OwnedFd>,
    pub(crate) read_only: bool,
}

/// A place that could not be made copy-on-write and is read-only in the view instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// Where.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl Region {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Overlay(overlay) => &overlay.path,
            Self::Directory(made) | Self::Copy(made) | Self::File(made) => &made.path,
        }
    }
}

impl Level {
    /// Whether a piece of the view stands at exactly this path, so that it is no entry of its parent's.
    pub(crate) fn knows(&self, path: &Path) -> bool {
        self.regions.iter().any(|region| region.path() == path)
            || self.binds.iter().any(|bind| bind.path == path)
            || self.read_only.iter().any(|it| it == path)
    }
}
