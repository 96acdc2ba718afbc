//! What can go wrong with the runner itself. A test that fails is no error but a result.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A run that could not be carried out.
#[derive(Debug, Error)]
pub enum RunError {
    /// A file or directory of the record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The keeper did not start; without it a killed runner would leave processes behind.
    #[error("cannot start the keeper `{command}`: {source}")]
    Keeper {
        /// Its command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// The kernel refused something the runner needs.
    #[error("cannot {what}: {source}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The runner's own task ended without a result.
    #[error("the runner broke: {why}; please report this")]
    Broken {
        /// What is known.
        why: String,
    },
}

/// A record that could not be written or read.
#[derive(Debug, Error)]
pub enum RecordError {
    /// A file or directory could not be made, written or removed.
    #[error("cannot {verb} {}: {source}; choose another place with --base-temp if this one is full or read-only", path.display())]
    Write {
        /// What was tried: `create`, `write`, `remove`.
        verb: &'static str,
        /// The thing.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A `run.json` that is none.
    #[error("{} is no run's description: {source}", path.display())]
    RunFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no run at all.
    #[error("no run is recorded in {} yet", runs.display())]
    NoRuns {
        /// The directory of runs.
        runs: PathBuf,
    },
    /// There is no such run.
    #[error("no run `{run}` in {}; `gkfs-bench runs` lists them", runs.display())]
    NoRun {
        /// What was asked for.
        run: String,
        /// The directory of runs.
        runs: PathBuf,
    },
    /// No test of the run has this id or part of one.
    #[error("no test of run {run} matches `{wanted}`{}", nearest.as_ref().map_or(String::new(), |id| format!("; the nearest is `{id}`")))]
    NoTest {
        /// The run.
        run: String,
        /// What was asked for.
        wanted: String,
        /// The most similar id.
        nearest: Option<String>,
    },
    /// Several tests of the run have this part in their id.
    #[error("`{wanted}` matches {} tests of run {run}: {}", ids.len(), crate::filter::some_of(ids))]
    Ambiguous {
        /// The run.
        run: String,
        /// What was asked for.
        wanted: String,
        /// The matching ids.
        ids: Vec<String>,
    },
}

/// Adds to an I/O error what was done to which path.
pub(crate) trait Doing<T> {
    fn doing(self, verb: &'static str, path: &Path) -> Result<T, RecordError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, verb: &'static str, path: &Path) -> Result<T, RecordError> {
        self.map_err(|source| RecordError::Write {
            verb,
            path: path.to_owned(),
            source,
        })
    }
}
