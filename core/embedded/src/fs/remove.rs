//! Taking names away: unlink, rmdir, and what becomes of content without a name.

use gkfs_proto::msg;
use rustix::io::Errno;

use super::{
    Fs,
    caller::{Caller, EXEC, WRITE},
    fail::Fail,
    names::link,
    walk::Place,
};
use crate::store::{
    Entry, Look, StoreError,
    inode::{DIR, Inode},
};

impl Fs {
    pub(super) async fn unlink(&self, caller: &Caller, m: msg::Unlink<'_>) -> Result<(), Fail> {
        let _alone = self.exclusive().await;
        let place = self.walk(caller, m.path, false).await?;
        if place.is_root() {
            return Err(if m.dir { Errno::BUSY } else { Errno::ISDIR }.into());
        }
        let entry = place.existing()?;
        match (m.dir, entry.kind == DIR) {
            (true, false) => return Err(Errno::NOTDIR.into()),
            (false, true) => return Err(Errno::ISDIR.into()),
            _ => {}
        }
        self.check_removal(caller, &place, entry).await?;
        #[cfg(feature = "faults")]
        if !m.dir && self.faults.unlink_keeps_entry() {
            return Ok(());
        }
        if m.dir {
            // First the node: from then on nobody adds an entry that would have no directory.
            self.remove_dir(entry.ino).await?;
            return self.remove(place.dir(), &place.name, entry.ino).await;
        }
        self.remove(place.dir(), &place.name, entry.ino).await?;
        self.relink(caller, entry.ino, Some(link(&place)), None).await
    }

    /// Whether `caller` may take this name away.
    pub(super) async fn check_removal(
        &self,
        caller: &Caller,
        place: &Place,
        entry: Entry,
    ) -> Result<(), Fail> {
        if caller.is_root() {
            return Ok(());
        }
        let dir = self.load(place.dir()).await?.attr;
        if !caller.may(&dir, WRITE | EXEC) {
            return Err(Errno::ACCESS.into());
        }
        if !caller.may_remove(&dir, &self.load(entry.ino).await?.attr) {
            return Err(Errno::PERM.into());
        }
        Ok(())
    }

    /// Deletes a node of this daemon that lost its last name, at once or when it is no longer open.
    pub(super) async fn last_name_gone(&self, caller: &Caller, inode: &Inode) -> Result<(), Fail> {
        let ino = inode.attr.ino;
        if self.opens.may_be_open(ino, caller.pid, self.cluster.is_alone()) {
            self.opens.orphan(ino);
            return Ok(());
        }
        self.delete(inode).await
    }

    async fn delete(&self, inode: &Inode) -> Result<(), Fail> {
        self.opens.forget(inode.attr.ino);
        if !inode.key.is_empty() {
            self.cut_everywhere(&inode.key, 0).await?;
        }
        self.unmake_here(inode)
    }

    /// Deletes the unlinked files that nobody has open any more.
    pub(crate) async fn delete_orphans(&self) {
        for ino in self.opens.orphans_closed() {
            let deleted = match self.load_here(ino) {
                Ok(inode) => self.delete(&inode).await,
                Err(fail) => Err(fail),
            };
            if let Err(fail) = deleted {
                self.opens.forget(ino);
                self.log
                    .error("delete_orphans()", format_args!("node '{ino}' stays: {fail:?}"));
            }
        }
    }

    /// Finds again, after a restart, the files that were unlinked while open.
    pub(super) fn find_orphans(&self) -> Result<(), StoreError> {
        self.store.read()?.inodes(&mut |inode| {
            if inode.attr.nlink == 0 {
                self.opens.orphan(inode.attr.ino);
            }
        })
    }
}
