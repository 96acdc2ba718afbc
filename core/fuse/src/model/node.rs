//! A node of the model.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::abi;
use crate::codec::Name;

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    File(Vec<u8>),
    Dir {
        entries: BTreeMap<Name, u64>,
        parent: u64,
    },
    Symlink(Name),
    Special(u32),
}

impl Kind {
    pub(super) const fn dir(parent: u64) -> Self {
        Self::Dir {
            entries: BTreeMap::new(),
            parent,
        }
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) nlink: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) times: [(u64, u32); 3],
    pub(super) xattrs: BTreeMap<Name, Vec<u8>>,
    pub(super) lookups: u64,
    pub(super) opens: u64,
}

/// Places in a node's times.
pub(super) const ATIME: usize = 0;
pub(super) const MTIME: usize = 1;
pub(super) const CTIME: usize = 2;

pub(super) fn now() -> (u64, u32) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_secs(), since.subsec_nanos())
}

impl Node {
    pub(super) fn new(id: u64, kind: Kind, mode: u32, (uid, gid): (u32, u32)) -> Self {
        Self {
            id,
            nlink: if matches!(kind, Kind::Dir { .. }) { 2 } else { 1 },
            kind,
            mode,
            uid,
            gid,
            times: [now(); 3],
            xattrs: BTreeMap::new(),
            lookups: 0,
            opens: 0,
        }
    }

    pub(super) const fn owner(&self) -> (u32, u32) {
        (self.uid, self.gid)
    }

    pub(super) fn size(&self) -> u64 {
        match &self.kind {
            Kind::File(contents) => contents.len() as u64,
            Kind::Dir { .. } => 4096,
            Kind::Symlink(target) => target.as_bytes().len() as u64,
            Kind::Special(_) => 0,
        }
    }

    pub(super) fn attr(&self) -> abi::Attr {
        let [atime, mtime, ctime] = self.times;
        abi::Attr {
            ino: self.id,
            size: self.size(),
            blocks: self.size().div_ceil(512),
            atime: atime.0,
            mtime: mtime.0,
            ctime: ctime.0,
            atimensec: atime.1,
            mtimensec: mtime.1,
            ctimensec: ctime.1,
            mode: self.mode,
            nlink: self.nlink,
            uid: self.uid,
            gid: self.gid,
            rdev: match self.kind {
                Kind::Special(rdev) => rdev,
                _ => 0,
            },
            blksize: 4096,
            flags: 0,
        }
    }

    pub(super) fn touch(&mut self, which: &[usize]) {
        for index in which {
            self.times[*index] = now();
        }
    }

    pub(super) fn contents(&mut self) -> Result<&mut Vec<u8>, i32> {
        match &mut self.kind {
            Kind::File(contents) => Ok(contents),
            Kind::Dir { .. } => Err(libc::EISDIR),
            Kind::Symlink(_) | Kind::Special(_) => Err(libc::EINVAL),
        }
    }

    pub(super) const fn entries(&mut self) -> Result<&mut BTreeMap<Name, u64>, i32> {
        match &mut self.kind {
            Kind::Dir { entries, .. } => Ok(entries),
            _ => Err(libc::ENOTDIR),
        }
    }

    /// Its kind, as a listing tells it.
    pub(super) const fn dirent_kind(&self) -> u32 {
        (self.mode & libc::S_IFMT) >> 12
    }
}
