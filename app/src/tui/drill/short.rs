//! Steps without the part of their paths that all have in common.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::Drill;
use super::text::without;
use crate::report::steps::Step;

/// Returns the path that most paths of an attempt begin with.
pub(super) fn prefix(drill: &Drill) -> Vec<u8> {
    let attempt = drill.attempt.as_deref();
    attempt.map_or_else(Vec::new, |attempt| {
        // In a capsule from elsewhere, paths are those of there.
        let moved = drill.moved.as_ref();
        let recorded: Option<PathBuf> = moved.and_then(|(here, there)| {
            let rest = attempt.strip_prefix(here).ok()?;
            Some(there.components().chain(rest.components()).collect())
        });
        let attempt = recorded.as_deref().unwrap_or(attempt);
        [attempt.as_os_str().as_bytes(), b"/workspace/"].concat()
    })
}

/// Returns a step in which no path begins with that of the workspace.
pub(super) fn shortened(step: &Step, prefix: &[u8]) -> Step {
    step.with_texts(&|text| String::from_utf8_lossy(&without(text.as_bytes(), prefix)).into_owned())
}
