//! Rename.

use gkfs_proto::{msg, node::Ino};
use rustix::{fs::RenameFlags, io::Errno};

use super::{
    Fs,
    caller::Caller,
    fail::Fail,
    names::{cross_device, link},
    walk::Place,
};
use crate::store::{Entry, inode::DIR};

impl Fs {
    pub(super) async fn rename(&self, caller: &Caller, m: msg::Rename<'_>) -> Result<(), Fail> {
        let flags = RenameFlags::from_bits_retain(m.flags);
        let both = RenameFlags::NOREPLACE | RenameFlags::EXCHANGE;
        if !both.contains(flags) || flags == both {
            return Err(Errno::INVAL.into());
        }
        let _alone = self.exclusive().await;
        let old = self.walk(caller, m.old, false).await.map_err(cross_device)?;
        let new = self.walk(caller, m.new, false).await.map_err(cross_device)?;
        if old.is_root() || new.is_root() {
            return Err(Errno::BUSY.into());
        }
        let entry = old.existing()?;
        self.check_removal(caller, &old, entry).await?;
        match new.entry {
            Some(_) if flags == RenameFlags::NOREPLACE => return Err(Errno::EXIST.into()),
            None if flags == RenameFlags::EXCHANGE => return Err(Errno::NOENT.into()),
            target => self.check_removal(caller, &new, target.unwrap_or(entry)).await?,
        }
        if is_below(&new, entry.ino) {
            return Err(Errno::INVAL.into());
        }
        if new.entry.is_some_and(|target| is_below(&old, target.ino)) {
            let exchange = flags == RenameFlags::EXCHANGE;
            return Err(if exchange { Errno::INVAL } else { Errno::NOTEMPTY }.into());
        }
        if flags == RenameFlags::EXCHANGE {
            return self.exchange(caller, &old, &new).await;
        }
        self.replace(caller, &old, entry, &new).await
    }

    /// Gives `new` to what `old` names, then takes `old` away: a crash leaves two names rather than none.
    async fn replace(&self, caller: &Caller, old: &Place, entry: Entry, new: &Place) -> Result<(), Fail> {
        if let Some(target) = new.entry {
            if target.ino == entry.ino {
                return Ok(());
            }
            self.clear_target(entry, target, new).await?;
        }
        // Within one directory the new name takes the old one's place, so that a reader of the directory
        // that renames what it reads meets each file once.
        let seq = if old.dir() == new.dir() { entry.seq } else { 0 };
        let replaced = self
            .insert(new.dir(), &new.name, Entry { seq, ..entry }, true)
            .await?;
        #[cfg(feature = "faults")]
        if self.faults.rename_keeps_source() {
            return Ok(());
        }
        self.remove(old.dir(), &old.name, entry.ino).await?;
        self.relink(caller, entry.ino, Some(link(old)), Some(link(new)))
            .await?;
        match replaced {
            Some(target) if target.kind != DIR => {
                self.relink(caller, target.ino, Some(link(new)), None).await
            }
            _ => Ok(()),
        }
    }

    /// Checks that `entry` may replace `target`, which goes first where it is a directory.
    async fn clear_target(&self, entry: Entry, target: Entry, new: &Place) -> Result<(), Fail> {
        match (entry.kind == DIR, target.kind == DIR) {
            (true, false) => Err(Errno::NOTDIR.into()),
            (false, true) => Err(Errno::ISDIR.into()),
            (false, false) => Ok(()),
            (true, true) => {
                self.remove_dir(target.ino).await?;
                self.remove(new.dir(), &new.name, target.ino).await
            }
        }
    }

    async fn exchange(&self, caller: &Caller, old: &Place, new: &Place) -> Result<(), Fail> {
        let (first, second) = (old.existing()?, new.existing()?);
        if first.ino == second.ino {
            return Ok(());
        }
        let (to_new, to_old) = (
            Entry {
                seq: second.seq,
                ..first
            },
            Entry {
                seq: first.seq,
                ..second
            },
        );
        self.insert(new.dir(), &new.name, to_new, true).await?;
        self.insert(old.dir(), &old.name, to_old, true).await?;
        self.relink(caller, first.ino, Some(link(old)), Some(link(new)))
            .await?;
        self.relink(caller, second.ino, Some(link(new)), Some(link(old)))
            .await
    }
}

/// Whether a place lies in the directory `ino` or below.
fn is_below(place: &Place, ino: Ino) -> bool {
    place.trail.iter().any(|(dir, _)| *dir == ino)
}
