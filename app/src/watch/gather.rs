//! What comes so close together that it is one change.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gkfs_runner::Moment;

use super::teller::Told;

/// An editor writes a file in several steps; they are one change when they come so close to each other.
const QUIET: Duration = Duration::from_millis(20);
/// But a change is told after so long even if others go on.
const LONGEST: Duration = Duration::from_millis(500);
/// So many files are not edited by hand: somebody checks out a branch, or unpacks an archive.
const STORM: usize = 200;
/// Then all of it is waited for, so long after the last file,
const STORM_QUIET: Duration = Duration::from_millis(500);
/// and at most so long.
const STORM_LONGEST: Duration = Duration::from_secs(30);

/// Files that changed together.
pub(super) struct Batch {
    /// When the first of them did.
    pub(super) at: Moment,
    /// The files.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Those of them that were not there before.
    made: BTreeSet<PathBuf>,
    /// Whether the kernel has lost something.
    pub(super) lost: bool,
    began: Instant,
    storm: bool,
}

impl Batch {
    pub(super) fn new(at: Moment) -> Batch {
        Batch {
            at,
            paths: BTreeSet::new(),
            made: BTreeSet::new(),
            lost: false,
            began: Instant::now(),
            storm: false,
        }
    }

    pub(super) fn add(&mut self, path: PathBuf, told: &Told) {
        if told.made && !self.paths.contains(&path) {
            self.made.insert(path.clone());
        }
        self.paths.insert(path);
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    /// How long the next file is waited for; `None` when it is no part of this any more.
    pub(super) fn quiet(&self) -> Option<Duration> {
        let (quiet, longest) = if self.storm {
            (STORM_QUIET, STORM_LONGEST)
        } else {
            (QUIET, LONGEST)
        };
        let wanted = !self.paths.is_empty() || self.lost;
        (wanted && self.began.elapsed() < longest).then_some(quiet)
    }

    /// Whether it has just become a storm.
    pub(super) fn becomes_storm(&mut self) -> bool {
        !self.storm && std::mem::replace(&mut self.storm, self.paths.len() > STORM) != self.storm
    }

    pub(super) fn is_storm(&self) -> bool {
        self.storm
    }

    /// Returns the files without those that came and went: an editor writes beside a file, and then renames.
    pub(super) fn lasting(self) -> BTreeSet<PathBuf> {
        let Batch { mut paths, made, .. } = self;
        paths.retain(|path| !made.contains(path) || path.exists());
        paths
    }
}
