//! Opening a run again, live or a month later.

use std::fs;
use std::path::{Path, PathBuf};

use super::history::{TestRecord, tests};
use super::run_file::{RunFile, State};
use super::tail::Tail;
use crate::error::{Doing as _, RecordError};
use crate::event::{Event, VERSION};
use crate::filter::{Found, NameError, find};

/// The file in a run's directory that makes it stay.
const PINNED: &str = "pinned";

/// A recorded run.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its directory.
    pub dir: PathBuf,
    /// Its `run.json`.
    pub file: RunFile,
}

/// How a run is shown: its state, and whether that can still be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Its runner lives.
    Running,
    /// At its end.
    Finished,
    /// Cancelled.
    Interrupted,
    /// Its runner is gone, and did not say goodbye.
    Killed,
}

impl Shown {
    /// One lowercase word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Interrupted => "interrupted",
            Self::Killed => "killed",
        }
    }
}

/// The lines of a JSON-lines file.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines<T> {
    /// Those that could be read, in order.
    pub items: Vec<T>,
    /// How many complete lines could not.
    pub unreadable: usize,
}

impl Record {
    /// Opens a run's directory.
    ///
    /// # Errors
    /// When its `run.json` is missing or none.
    pub fn open(dir: &Path) -> Result<Self, RecordError> {
        let path = dir.join("run.json");
        let json = fs::read(&path).map_err(|source| RecordError::Read {
            path: path.clone(),
            source,
        })?;
        let file = serde_json::from_slice(&json).map_err(|source| RecordError::RunFile { path, source })?;
        Ok(Self {
            dir: dir.to_owned(),
            file,
        })
    }

    /// How to show it.
    #[must_use]
    pub fn shown(&self) -> Shown {
        match self.file.state {
            State::Finished => Shown::Finished,
            State::Interrupted => Shown::Interrupted,
            State::Running if self.file.runner.is_alive(&self.file.host) => Shown::Running,
            State::Running => Shown::Killed,
        }
    }

    /// Whether a later version of the program wrote it, so that parts of it may be missing from what is shown.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.file.v > VERSION
    }

    /// Whether it stays, whatever comes after it.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.dir.join(PINNED).exists()
    }

    /// Has it stay, or not any more.
    ///
    /// # Errors
    /// Its directory cannot be written.
    pub fn pin(&self, stays: bool) -> Result<(), RecordError> {
        let path = self.dir.join(PINNED);
        match (stays, self.is_pinned()) {
            (true, false) => fs::write(&path, "").doing("write", &path),
            (false, true) => fs::remove_file(&path).doing("remove", &path),
            _ => Ok(()),
        }
    }

    /// Its events as they come, for a run that goes on.
    #[must_use]
    pub fn tail(&self) -> Tail {
        Tail::new(&self.dir)
    }

    /// Its events so far. Lines that are no events known here, and an unfinished last line, are left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events(&self) -> Result<Lines<Event>, RecordError> {
        let path = self.dir.join("events.jsonl");
        let bytes = fs::read(&path).map_err(|source| RecordError::Read { path, source })?;
        Ok(parse_lines(&bytes))
    }

    /// What became of each test, in the order of discovery.
    ///
    /// # Errors
    /// When the events cannot be read.
    pub fn tests(&self) -> Result<Vec<TestRecord>, RecordError> {
        Ok(tests(&self.events()?.items))
    }

    /// The test with this id, or the only one with this part in its id.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn test(&self, wanted: &str) -> Result<TestRecord, RecordError> {
        let tests = self.tests()?;
        let ids: Vec<&str> = tests
            .iter()
            .filter(|test| !test.deselected)
            .map(|test| test.id.as_str())
            .collect();
        let run = || self.file.id.clone();
        let ambiguous = |ids: Vec<&str>| RecordError::Ambiguous {
            run: run(),
            wanted: wanted.to_owned(),
            ids: ids.into_iter().map(str::to_owned).collect(),
        };
        let id = match find(wanted, &ids) {
            Ok(Found::One(id)) => id,
            Ok(Found::Below(ids)) if ids.len() == 1 => ids[0],
            Ok(Found::Below(ids)) => return Err(ambiguous(ids)),
            Err(NameError::Ambiguous { ids, .. }) => {
                return Err(ambiguous(ids.iter().map(String::as_str).collect()));
            }
            Err(NameError::None { wanted, nearest }) => {
                return Err(RecordError::NoTest {
                    run: run(),
                    wanted,
                    nearest,
                });
            }
        };
        let at = tests.iter().position(|test| test.id == id && !test.deselected);
        Ok(tests[at.unwrap_or_default()].clone())
    }
}

/// Reads JSON lines: what is unknown or broken is counted, an unfinished last line is not even that.
pub(crate) fn parse_lines<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Lines<T> {
    let mut lines = Lines {
        items: Vec::new(),
        unreadable: 0,
    };
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        match serde_json::from_slice(line) {
            Ok(item) => lines.items.push(item),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) => lines.unreadable += 1,
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn garbage_is_counted_and_half_a_line_is_not() {
        let lines: Lines<Value> = parse_lines(b"{\"a\":1}\n\xff\xfe\n\n{\"b\":\n{\"c\":3}\n{\"d\":");
        assert_eq!(
            lines,
            Lines {
                items: vec![json!({"a": 1}), json!({"c": 3})],
                unreadable: 2
            }
        );
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let lines: Lines<Event> = parse_lines(&bytes);
            prop_assert!(lines.items.is_empty());
        }
    }
}
