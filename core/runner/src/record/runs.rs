//! All recorded runs of a suite.

use std::fs;
use std::path::{Path, PathBuf};

use super::open::Record;
use crate::error::RecordError;

/// The `runs` of a `.gkfs-bench` directory.
#[derive(Debug, Clone)]
pub struct Runs {
    base: PathBuf,
}

impl Runs {
    /// The runs in `base`, which need not exist.
    #[must_use]
    pub fn new(base: &Path) -> Self {
        Self {
            base: base.to_owned(),
        }
    }

    /// The directory that holds them.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.base.join("runs")
    }

    /// All runs that can be opened, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Record> {
        self.ids()
            .iter()
            .filter_map(|id| Record::open(&self.dir().join(id)).ok())
            .collect()
    }

    /// Opens a run: `last`, an id, the only id that contains `wanted`, or the path of a run's directory.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(&self, wanted: &str) -> Result<Record, RecordError> {
        let missing = || RecordError::NoRun {
            run: wanted.to_owned(),
            runs: self.dir(),
        };
        if wanted == "last" {
            let none = |_| RecordError::NoRuns { runs: self.dir() };
            let target = fs::read_link(self.dir().join("last")).map_err(none)?;
            return Record::open(&self.dir().join(target));
        }
        if Path::new(wanted).join("run.json").is_file() {
            return Record::open(Path::new(wanted));
        }
        let ids = self.ids();
        let mut matching = ids.iter().filter(|id| !wanted.is_empty() && id.contains(wanted));
        match (matching.next(), matching.next()) {
            (Some(id), None) => Record::open(&self.dir().join(id)),
            _ => Err(missing()),
        }
    }

    /// The names of all run directories, oldest first. The names themselves know only the second of their starts. One
    /// without a description is of no use to anybody, and counts as the oldest.
    pub(super) fn ids(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir()).into_iter().flatten().flatten();
        let dirs = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let mut ids: Vec<(i64, String)> = dirs
            .filter_map(|entry| {
                let started = Record::open(&entry.path()).map_or(i64::MIN, |run| run.file.started_ts);
                Some((started, entry.file_name().into_string().ok()?))
            })
            .collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }
}
