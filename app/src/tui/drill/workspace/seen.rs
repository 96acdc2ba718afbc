//! What a look at directories and files is for, and what comes of it.

use std::ffi::OsString;
use std::path::PathBuf;

use super::tree::Id;

/// What to look at. Numbers come back with the paths that they stood for.
#[derive(Debug, Clone)]
pub(crate) struct TreeAsk {
    /// The workspace.
    pub(crate) base: PathBuf,
    /// Directories to be listed, unless they were changed last at the given time.
    pub(crate) dirs: Vec<(Id, PathBuf, Option<i64>)>,
    /// Files and directories to be described.
    pub(crate) entries: Vec<EntryAsk>,
}

/// A file or directory to be described, unless it is as it was.
#[derive(Debug, Clone)]
pub(crate) struct EntryAsk {
    pub(crate) id: Id,
    pub(crate) path: PathBuf,
    /// Whether it was looked at.
    pub(crate) looked: bool,
    /// What was seen then.
    pub(crate) known: Option<Stat>,
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Directories that are not as they were.
    pub(crate) listings: Vec<(Id, PathBuf, Listing)>,
    /// Files and directories that are not as they were; nothing of one that is gone.
    pub(crate) stats: Vec<(Id, PathBuf, Option<Stat>)>,
    /// When it was looked, in microseconds since the epoch.
    pub(crate) now: i64,
}

impl Seen {
    /// Whether all is as it was.
    pub(crate) fn is_no_news(&self) -> bool {
        self.listings.is_empty() && self.stats.is_empty()
    }
}

/// What a directory holds.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// Its entries in the order in which they are shown, or why it could not be listed.
    pub(crate) entries: Result<Vec<Entry>, String>,
    /// How many more there are.
    pub(crate) more: usize,
    /// When it was changed last, unless that is so recent that it may change again within the same tick.
    pub(crate) modified: Option<i64>,
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    pub(crate) kind: Kind,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A directory, and not a link to one.
    Dir,
    /// A plain file.
    File,
    /// A symbolic link, which nobody follows.
    Link,
    /// A pipe, a socket or a device, which nobody opens.
    Special,
}

/// What is known of a file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Type and permissions, as in `st_mode`.
    pub(crate) mode: u32,
    /// In bytes.
    pub(crate) size: u64,
    /// When it was changed last, in microseconds since the epoch.
    pub(crate) modified: i64,
    /// Where it leads, if it is a link.
    pub(crate) link: Option<PathBuf>,
}

/// What a directory holds altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Files, and whatever else is no directory.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// When the newest was changed, in microseconds since the epoch.
    pub(crate) newest: i64,
}

impl Default for Sum {
    fn default() -> Sum {
        Sum {
            files: 0,
            bytes: 0,
            newest: i64::MIN,
        }
    }
}

impl Sum {
    /// Adds another directory's.
    pub(crate) fn add(&mut self, other: Sum) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.newest = self.newest.max(other.newest);
    }
}
