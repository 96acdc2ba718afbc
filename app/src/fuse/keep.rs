//! A conversation as a run of one test, for every verb that knows runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gkfs_runner::RecordError;
use gkfs_runner::record::{OneTest, StackInfo};

use crate::lend::Lent;

/// The record while it is written.
pub(super) struct Kept(OneTest);

impl Kept {
    /// Makes the run's directory in `base`.
    pub(super) fn begin(base: &Path, argv: Vec<OsString>) -> Result<Self, RecordError> {
        let stack = StackInfo {
            name: "fuse".to_owned(),
            kind: "fuse".to_owned(),
            ..StackInfo::default()
        };
        OneTest::begin(base, "fuse", "trace", argv, stack).map(Self)
    }

    /// Where the steps belong.
    pub(super) fn attempt(&self) -> &Path {
        self.0.attempt()
    }

    /// Says how the command ended. Returns the run's directory.
    pub(super) fn finish(self, lent: Lent, took: Duration) -> Result<PathBuf, RecordError> {
        let reason = (!lent.succeeded).then(|| format!("exit status {}", lent.code));
        self.0.finish(i32::from(lent.code), reason, took)
    }
}
