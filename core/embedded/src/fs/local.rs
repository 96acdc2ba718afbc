//! The steps of which path operations consist: each is one transaction on the daemon that keeps the data.

use gkfs_proto::node::{self, Ino};
use rustix::io::Errno;

use super::{Fs, fail::Fail, now};
use crate::store::{
    Change, Entry, Look,
    inode::{DIR, Inode, Link},
};

impl Fs {
    /// What a name in a directory of this daemon stands for.
    pub(crate) fn lookup_here(&self, dir: Ino, name: &[u8]) -> Result<Option<Entry>, Fail> {
        Ok(self.store.read()?.entry(dir, name)?)
    }

    /// A node of this daemon.
    pub(crate) fn load_here(&self, ino: Ino) -> Result<Inode, Fail> {
        Ok(self.store.read()?.inode(ino)?.ok_or(Errno::NOENT)?)
    }

    /// Adds a name to a directory, or gives it to another node where `replace`, and returns what it stood for.
    ///
    /// `seq` is the place in the directory's order that the name takes over from another.
    pub(crate) fn insert_here(
        &self,
        dir: Ino,
        name: &[u8],
        to: Entry,
        replace: bool,
    ) -> Result<Option<Entry>, Fail> {
        let mut change = self.store.write()?;
        let mut inode = live_dir(&change, dir)?;
        let old = change.entry(dir, name)?;
        if old.is_some() && !replace {
            return Err(Errno::EXIST.into());
        }
        change.put_entry(dir, name, to.ino, to.kind, (to.seq != 0).then_some(to.seq))?;
        let (got, lost) = (
            u32::from(to.kind == DIR),
            u32::from(old.is_some_and(|old| old.kind == DIR)),
        );
        inode.attr.nlink = (inode.attr.nlink + got).saturating_sub(lost);
        touch(change, inode)?;
        Ok(old)
    }

    /// Takes a name out of a directory, as long as it stands for `ino`.
    pub(crate) fn remove_here(&self, dir: Ino, name: &[u8], ino: Ino) -> Result<(), Fail> {
        let mut change = self.store.write()?;
        let mut inode = live_dir(&change, dir)?;
        let entry = change
            .entry(dir, name)?
            .filter(|entry| entry.ino == ino)
            .ok_or(Errno::NOENT)?;
        change.remove_entry(dir, name)?;
        inode.attr.nlink = inode.attr.nlink.saturating_sub(u32::from(entry.kind == DIR));
        touch(change, inode)
    }

    /// Tells a node that it lost a name, got one, or both, and returns what became of it.
    pub(crate) fn relink_here(&self, ino: Ino, lost: Option<Link>, got: Option<Link>) -> Result<Inode, Fail> {
        let mut change = self.store.write()?;
        let mut inode = change.inode(ino)?.ok_or(Errno::NOENT)?;
        if let Some(lost) = lost {
            inode.links.retain(|link| *link != lost);
        }
        if let Some(got) = got {
            // A name that arrives when the last one has just gone would name what is being deleted.
            if inode.attr.nlink == 0 {
                return Err(Errno::NOENT.into());
            }
            inode.links.push(got);
        }
        if !inode.is_dir() {
            inode.attr.nlink = inode.links.len() as u32;
        }
        inode.attr.ctime = now();
        change.put_inode(&inode)?;
        change.commit()?;
        Ok(inode)
    }

    /// Removes the node of an empty directory, after which nothing can be added to it.
    pub(crate) fn remove_dir_here(&self, ino: Ino) -> Result<(), Fail> {
        let mut change = self.store.write()?;
        let inode = live_dir(&change, ino)?;
        #[cfg(feature = "faults")]
        let empty = change.is_empty(ino)? || self.faults.removes_full_dirs();
        #[cfg(not(feature = "faults"))]
        let empty = change.is_empty(ino)?;
        if !empty {
            return Err(Errno::NOTEMPTY.into());
        }
        change.remove_inode(&inode)?;
        change.commit()?;
        Ok(())
    }

    /// Makes a node on this daemon, without a name yet; `path` is where its name will be.
    pub(crate) fn make_here(&self, mut inode: Inode, path: &[u8]) -> Result<Inode, Fail> {
        let mut change = self.store.write()?;
        inode.attr.ino = node::number(self.cluster.index(), change.next()?);
        if inode.kind() == crate::store::inode::FILE {
            inode.key = self.chunk_key(&change, path, inode.attr.ino)?;
            change.hold_key(&inode.key, inode.attr.ino)?;
        }
        change.put_inode(&inode)?;
        change.commit()?;
        Ok(inode)
    }

    /// Takes back a node that got no name.
    pub(crate) fn unmake_here(&self, inode: &Inode) -> Result<(), Fail> {
        let mut change = self.store.write()?;
        change.remove_inode(inode)?;
        change.commit()?;
        Ok(())
    }

    /// A name for chunk directories that no other node has on any daemon.
    ///
    /// It is the path, as in GekkoFS, where that tells nodes apart: daemons need not agree on it, because the
    /// owner of a path is the only one to name a node after it. Otherwise it ends in the node's number.
    fn chunk_key(&self, change: &Change<'_>, path: &[u8], ino: Ino) -> Result<Vec<u8>, Fail> {
        let plain = path.strip_prefix(b"/").unwrap_or(path);
        let mut key: Vec<u8> = plain
            .iter()
            .map(|&byte| if byte == b'/' { b':' } else { byte })
            .collect();
        let distinct = !plain.contains(&b':')
            && !plain.contains(&b'~')
            && key.len() <= node::KEY_MAX
            && self.cluster.owns(path)
            && change.key_holder(&key)?.is_none();
        if !distinct {
            let suffix = format!("~{ino:x}");
            key.truncate(node::KEY_MAX - suffix.len());
            key.extend_from_slice(suffix.as_bytes());
        }
        Ok(key)
    }

    /// Changes a node of this daemon.
    pub(crate) fn update_here<T>(
        &self,
        ino: Ino,
        change_it: impl FnOnce(&mut Inode) -> Result<T, Fail>,
    ) -> Result<(Inode, T), Fail> {
        let mut change = self.store.write()?;
        let mut inode = change.inode(ino)?.ok_or(Errno::NOENT)?;
        let result = change_it(&mut inode)?;
        change.put_inode(&inode)?;
        change.commit()?;
        Ok((inode, result))
    }
}

fn live_dir(change: &Change<'_>, dir: Ino) -> Result<Inode, Fail> {
    let inode = change.inode(dir)?.ok_or(Errno::NOENT)?;
    if inode.is_dir() {
        Ok(inode)
    } else {
        Err(Errno::NOTDIR.into())
    }
}

/// Marks a directory changed, which ends the change of its entries.
fn touch(mut change: Change<'_>, mut inode: Inode) -> Result<(), Fail> {
    inode.attr.mtime = now();
    inode.attr.ctime = inode.attr.mtime;
    change.put_inode(&inode)?;
    change.commit()?;
    Ok(())
}
