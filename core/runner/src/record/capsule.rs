//! A run in one compressed file, to be opened on any machine.
//!
//! A capsule is a tar archive under zstd. Its first entry, [`MARK`], says what it is: version, run, and where the run's
//! directory was, so that paths in its records can be told as they were. The others are the run's directory as it lies.
//! `tar --zstd -tf` lists one.
//!
//! Whoever opens a capsule does not know who made it. So nothing is written outside of a new directory: a path that is
//! absolute or goes up is an error, as is an entry that is neither file nor directory nor symbolic link; links are made
//! last, when no file can be written through them, and only where they lead to something in the capsule. The directory
//! appears under its name when everything is in it.

mod pack;
mod unpack;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use pack::{Packed, pack};
pub use unpack::{Unpacked, unpack};

/// The entry that makes an archive a capsule, and a directory an opened one.
pub const MARK: &str = "gkfs-bench-capsule.json";
/// The version of the format.
const VERSION: u32 = 1;

/// What a capsule says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The version of the format.
    pub v: u32,
    /// The run's id.
    pub run: String,
    /// Where the run's directory was.
    pub dir: crate::ByteString,
    /// Whether only the directories of attempts that tell of a failure are in it.
    pub failed: bool,
}

/// Why a capsule cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum CapsuleError {
    /// A file or directory.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The run goes on.
    #[error("run {0} is still running; pack it when it has ended")]
    Running(String),
    /// No capsule, for this reason.
    #[error("{} is no capsule of gkfs-bench: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The end is missing.
    #[error("{} is cut short or damaged ({source}): copy it once more", path.display())]
    CutShort {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: io::Error,
    },
    /// A later program's.
    #[error("{} is a capsule of version {found}, this gkfs-bench reads version {VERSION}: update it", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// An entry that could do harm.
    #[error("{} is refused: its entry {entry:?} {why}; nothing was written", path.display())]
    Harmful {
        /// The file.
        path: PathBuf,
        /// The entry's path.
        entry: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Where a file of an opened capsule was when the run was recorded; nothing for files of other runs.
#[must_use]
pub fn original(path: &Path) -> Option<PathBuf> {
    let run = path.ancestors().find(|dir| dir.join(MARK).is_file())?;
    let mark: Mark = serde_json::from_slice(&fs::read(run.join(MARK)).ok()?).ok()?;
    let there = mark
        .dir
        .to_path()
        .components()
        .chain(path.strip_prefix(run).ok()?.components())
        .collect();
    Some(there)
}

/// Says on what something failed.
trait On<T> {
    fn on(self, what: &'static str, path: &Path) -> Result<T, CapsuleError>;
}

impl<T> On<T> for io::Result<T> {
    fn on(self, what: &'static str, path: &Path) -> Result<T, CapsuleError> {
        self.map_err(|source| CapsuleError::Io {
            what,
            path: path.to_owned(),
            source,
        })
    }
}
