//! The file that shows what a test's view changed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::tui::drill::changes::recorded::{Recorded, parse};

/// No record of changes is longer, in bytes; of one from elsewhere the beginning is shown.
const LONGEST: u64 = 64 << 20;

/// Reads it; nothing if it is not there.
pub(super) fn read(path: &Path) -> Option<Vec<Recorded>> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(parse(&bytes))
}
