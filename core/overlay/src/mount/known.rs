//! The mounts that a view was made of, to be told from those that came after it.

use std::os::fd::AsFd;
use std::path::PathBuf;

use rustix::fs::{AtFlags, StatxFlags, statx};

use super::table::{all_mounts, mount_points};
use crate::error::PushError;
use crate::sys;

/// Asks for a number that no mount of before or after has (`STATX_MNT_ID_UNIQUE`).
const UNIQUE: StatxFlags = StatxFlags::from_bits_retain(0x4000);

/// Numbers of mounts, in ascending order.
#[derive(Debug)]
pub(crate) enum KnownMounts {
    /// Never given to two mounts, since Linux 6.8.
    Unique(Vec<u64>),
    /// Those of the table. When a mount is gone, a later one may get its number.
    Reused(Vec<u64>),
}

impl KnownMounts {
    /// The mounts below this thread's root.
    pub(crate) fn now() -> Result<Self, PushError> {
        if let Ok(unique) = sys::list_mounts() {
            return Ok(Self::Unique(unique));
        }
        let mut all: Vec<u64> = all_mounts()?.iter().map(|mount| mount.id).collect();
        all.sort_unstable();
        Ok(Self::Reused(all))
    }

    /// Whether the file lies in one of them.
    pub(crate) fn hold(&self, file: impl AsFd) -> rustix::io::Result<bool> {
        let (known, asked) = match self {
            Self::Unique(known) => (known, UNIQUE),
            Self::Reused(known) => (known, StatxFlags::MNT_ID),
        };
        let stat = statx(file, "", AtFlags::EMPTY_PATH, asked)?;
        Ok(known.binary_search(&stat.stx_mnt_id).is_ok())
    }

    /// Returns the mount points that this thread can reach and that are none of them.
    pub(crate) fn others(&self) -> Result<Vec<PathBuf>, PushError> {
        let failed = || PushError::failed(|| "list the mounts of the view");
        let mut mounts;
        match self {
            Self::Reused(known) => {
                mounts = mount_points()?;
                mounts.retain(|mount| known.binary_search(&mount.id).is_err());
            }
            Self::Unique(known) => {
                let now = sys::list_mounts().map_err(failed())?;
                let new = now
                    .into_iter()
                    .filter(|unique| known.binary_search(unique).is_err());
                let new: Vec<u64> = new
                    .filter_map(|unique| sys::number_in_table(unique).ok())
                    .collect();
                if new.is_empty() {
                    return Ok(Vec::new());
                }
                mounts = mount_points()?;
                mounts.retain(|mount| new.contains(&mount.id));
            }
        }
        Ok(mounts.into_iter().map(|mount| mount.path).collect())
    }
}
