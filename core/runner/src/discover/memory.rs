//! What the last search found, kept in a file: a session shows it at once, and verifies it while it is looked at.
//!
//! It is for showing and for nothing else. To run a test it is searched for anew, as only cargo knows whether a binary
//! is still what its sources say. A search that finds something else replaces the file; one that was for other places,
//! or by another version, is not remembered at all.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use super::{Discovery, Lookup};
use crate::EventKind;
use crate::event::VERSION;

/// The file's name, beside the logs of builds.
const FILE: &str = "found.jsonl";

/// Its first line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    v: u32,
    /// Of all that says where is looked, and of the program that did.
    key: String,
}

impl Lookup {
    /// Returns the groups and tests that the last search of these places found, as the events that it sent; nothing if
    /// there was none, or its memory cannot be read.
    #[must_use]
    pub fn remembered(&self) -> Vec<EventKind> {
        let text = fs::read_to_string(self.memory()).unwrap_or_default();
        let mut lines = text.lines();
        let head = lines
            .next()
            .and_then(|line| serde_json::from_str::<Head>(line).ok());
        if head != Some(self.head()) {
            return Vec::new();
        }
        // A line that is no event was not written by us; the search that follows sets it right.
        lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Keeps what was found. That it cannot be kept is no reason to fail: the next session begins without it.
    pub(super) fn remember(&self, discovery: &Discovery) {
        let Ok(text) = self.text(discovery) else {
            return;
        };
        let path = self.memory();
        if fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
            return;
        }
        let _ = replace(&path, text.as_bytes());
    }

    fn text(&self, discovery: &Discovery) -> serde_json::Result<String> {
        let mut text = serde_json::to_string(&self.head())?;
        let found =
            |kind: &&EventKind| matches!(kind, EventKind::GroupFound { .. } | EventKind::TestFound(_));
        for kind in discovery.log.iter().map(|(_, kind)| kind).filter(found) {
            let _ = write!(text, "\n{}", serde_json::to_string(kind)?);
        }
        text.push('\n');
        Ok(text)
    }

    fn head(&self) -> Head {
        let places = format!("{} {:?} {:?}", env!("CARGO_PKG_VERSION"), self.groups, self.dirs);
        Head {
            v: VERSION,
            key: format!("{:016x}", xxh3_64(places.as_bytes())),
        }
    }

    fn memory(&self) -> PathBuf {
        self.logs.join(FILE)
    }
}

/// Writes a file that another session may be reading or writing: one of them stays, whole.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}
