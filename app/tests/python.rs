//! A Python with pytest, and how the command finds it.

use std::path::Path;

use crate::bed::Bed;

// The runner's tests look for it in the same way.
#[path = "../../core/runner/tests/python.rs"]
mod found;

pub(crate) use found::python;

/// As `source bin/activate` does it.
pub(crate) fn activate(bed: &mut Bed, python: &Path) {
    // The machine's own is found without.
    if let Some(environment) = python
        .parent()
        .and_then(Path::parent)
        .filter(|dir| dir.join("pyvenv.cfg").is_file())
    {
        bed.set("VIRTUAL_ENV", environment);
    }
}
