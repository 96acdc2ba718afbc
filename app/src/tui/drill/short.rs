//! Steps without the part of their paths that all have in common.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use serde_json::Value;

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
    let mut step = step.clone();
    for value in step.fields.values_mut() {
        shorten(value, prefix);
    }
    step
}

fn shorten(value: &mut Value, prefix: &[u8]) {
    match value {
        Value::String(text) => {
            let short = without(text.as_bytes(), prefix);
            *text = String::from_utf8_lossy(&short).into_owned();
        }
        Value::Array(values) => values.iter_mut().for_each(|value| shorten(value, prefix)),
        Value::Object(values) => values.values_mut().for_each(|value| shorten(value, prefix)),
        _ => {}
    }
}
