//! pytest groups: found by pytest with our plugin in it, and run several in a process.

use std::fs;
use std::path::{Path, PathBuf};

use gkfs_runner::Lookup;
use gkfs_runner::discover::pytest::Python;

use crate::bed::{Bed, Ended};

mod ends;
mod finding;
mod holding;
mod known;
mod later;
mod refusing;
mod sharing;
mod verdicts;

fn lookup(bed: &Bed, python: &Path) -> Lookup {
    Lookup {
        dirs: vec![bed.path("t")],
        logs: bed.path("build"),
        python: Python {
            programs: vec![python.to_owned()],
            ..Python::default()
        },
        ..Lookup::default()
    }
}

fn dir(ended: &Ended, name: &str, attempt: usize) -> PathBuf {
    let test = ended.record.test(name).unwrap();
    ended.record.dir.join(&test.attempts[attempt - 1].dir)
}

fn read(ended: &Ended, name: &str, file: &str) -> String {
    fs::read_to_string(dir(ended, name, 1).join(file)).unwrap()
}
