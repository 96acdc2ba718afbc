//! The file system: every client operation, on the store, the chunks and the peers.
//!
//! A directory entry lives with its directory's node, so that a name and the directory's link count and times
//! change in one transaction; a node lives where it was made, on the daemon that owned its path. Operations
//! that touch more than one node are sequences of such steps, ordered so that what a crash or a dead peer
//! leaves behind is a node without a name, never a name without a node. Where this daemon is the only one,
//! those sequences run one at a time.

mod attr;
mod caller;
mod data;
mod dir;
mod dispatch;
mod fail;
mod local;
mod names;
mod opens;
mod remote;
mod remove;
mod rename;
mod reply;
mod statfs;
mod walk;
mod xattr;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::Mutex,
    time::{SystemTime, UNIX_EPOCH},
};

use gkfs_proto::node::{Attr, ROOT_INO};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

pub(crate) use caller::Caller;
pub(crate) use fail::Fail;

use crate::{
    chunks::Chunks,
    log::Log,
    peer::Cluster,
    store::{
        Look, Store, StoreError,
        inode::{DIR, Inode},
    },
};
use opens::Opens;

/// Files whose writes at the end exclude each other share one of so many locks.
const APPEND_LOCKS: usize = 64;

/// One daemon's part of the file system.
#[derive(Debug)]
pub(crate) struct Fs {
    store: Store,
    chunks: Chunks,
    pub(crate) cluster: Cluster,
    pub(crate) log: Log,
    /// Where the file system appears, canonical.
    mountdir: Vec<u8>,
    rootdir: PathBuf,
    /// The daemon itself, asking its peers on nobody's behalf.
    me: Caller,
    opens: Opens,
    /// Held by an operation on names while there is no peer to ask.
    names: AsyncMutex<()>,
    /// Held while content is written at a file's end.
    appends: [Mutex<()>; APPEND_LOCKS],
    #[cfg(feature = "faults")]
    faults: crate::fault::Faults,
}

/// What a file system is made from.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) chunks: Chunks,
    pub(crate) cluster: Cluster,
    pub(crate) log: Log,
    pub(crate) mountdir: Vec<u8>,
    pub(crate) rootdir: PathBuf,
    #[cfg(feature = "faults")]
    pub(crate) faults: crate::fault::Faults,
}

impl Fs {
    /// Puts the parts together, and makes the mount's root on the first daemon.
    pub(crate) fn new(parts: Parts) -> Result<Fs, StoreError> {
        let fs = Fs {
            store: parts.store,
            chunks: parts.chunks,
            cluster: parts.cluster,
            log: parts.log,
            mountdir: parts.mountdir,
            rootdir: parts.rootdir,
            me: Caller {
                pid: 0,
                uid: 0,
                gid: 0,
                groups: Vec::new(),
            },
            opens: Opens::default(),
            names: AsyncMutex::new(()),
            appends: std::array::from_fn(|_| Mutex::new(())),
            #[cfg(feature = "faults")]
            faults: parts.faults,
        };
        if fs.cluster.index() == 0 {
            fs.make_root()?;
        }
        fs.find_orphans()?;
        Ok(fs)
    }

    fn make_root(&self) -> Result<(), StoreError> {
        let mut change = self.store.write()?;
        if change.inode(ROOT_INO)?.is_some() {
            return Ok(());
        }
        change.put_inode(&Inode {
            attr: Attr {
                ino: ROOT_INO,
                nlink: 2,
                uid: rustix::process::geteuid().as_raw(),
                gid: rustix::process::getegid().as_raw(),
                ..blank(DIR | 0o777)
            },
            key: Vec::new(),
            target: Vec::new(),
            links: Vec::new(),
            xattrs: Vec::new(),
        })?;
        change.commit()
    }

    /// Keeps other operations on names away, where no peer has to be asked meanwhile.
    async fn exclusive(&self) -> Option<MutexGuard<'_, ()>> {
        if self.cluster.is_alone() {
            Some(self.names.lock().await)
        } else {
            None
        }
    }
}

/// Attributes of something new.
fn blank(mode: u32) -> Attr {
    let now = now();
    Attr {
        ino: 0,
        mode,
        nlink: 1,
        uid: 0,
        gid: 0,
        size: 0,
        blocks: 0,
        rdev: 0,
        atime: now,
        mtime: now,
        ctime: now,
        btime: now,
    }
}

/// The time, in nanoseconds since the epoch.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as i64)
}
