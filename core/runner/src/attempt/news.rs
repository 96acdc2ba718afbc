//! The steps of an attempt, as they come.

use std::fs::File;
use std::marker::PhantomData;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::record::parse_lines;

/// Reads a growing `steps.jsonl`, each line once.
#[derive(Debug)]
pub(super) struct NewSteps<T> {
    path: PathBuf,
    /// Behind the last step that was read.
    offset: u64,
    step: PhantomData<T>,
}

impl<T: DeserializeOwned> NewSteps<T> {
    pub(super) fn of(attempt: &Path) -> Self {
        Self {
            path: attempt.join("steps.jsonl"),
            offset: 0,
            step: PhantomData,
        }
    }

    /// The next step that is wanted; others are passed over. A file that is not there yet has none.
    pub(super) fn find(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<T> {
        let file = File::open(&self.path).ok()?;
        let length = file.metadata().ok()?.len().saturating_sub(self.offset);
        if length == 0 {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        let read = file.read_at(&mut bytes, self.offset).ok()?;
        for line in bytes[..read].split_inclusive(|&byte| byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            self.offset += line.len() as u64;
            let step: Option<T> = parse_lines(line).items.pop();
            if let Some(step) = step.filter(&is_wanted) {
                return Some(step);
            }
        }
        None
    }
}
