//! Attributes: stat, chmod, chown, utimens, readlink, and a node's path.

use gkfs_proto::{
    msg::{self, set},
    node::{Ino, ROOT_INO},
};
use rustix::io::Errno;

use super::{Fs, caller::Caller, caller::WRITE, fail::Fail, now, reply};
use crate::store::inode::{DIR, Inode, SYMLINK};

/// Set-user-id and set-group-id bits.
const SETID: u32 = 0o6000;
/// Set-group-id bit.
const SETGID: u32 = 0o2000;

impl Fs {
    pub(super) async fn stat(
        &self,
        caller: &Caller,
        m: msg::Stat<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let ino = self.find(caller, m.path, m.follow).await?;
        let inode = self.load(ino).await?;
        #[cfg(feature = "faults")]
        let inode = self.faults.stat(inode);
        reply::put_node(out, &inode)
    }

    pub(super) async fn stat_node(&self, m: msg::StatNode, out: &mut Vec<u8>) -> Result<(), Fail> {
        let inode = self.load(m.ino).await?;
        #[cfg(feature = "faults")]
        let inode = self.faults.stat(inode);
        reply::put_node(out, &inode)
    }

    pub(super) async fn readlink(
        &self,
        caller: &Caller,
        m: msg::Readlink<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let entry = self.walk(caller, m.path, false).await?.existing()?;
        if entry.kind != SYMLINK {
            return Err(Errno::INVAL.into());
        }
        out.extend(self.load(entry.ino).await?.target);
        Ok(())
    }

    /// The node of a request that gives a number, or else a path.
    pub(super) async fn target(
        &self,
        caller: &Caller,
        ino: Ino,
        path: &[u8],
        follow: bool,
    ) -> Result<Ino, Fail> {
        if ino == 0 {
            self.find(caller, path, follow).await
        } else {
            Ok(ino)
        }
    }

    pub(super) async fn set_attr(
        &self,
        caller: &Caller,
        m: msg::SetAttr<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let ino = self.target(caller, m.ino, m.path, m.follow).await?;
        let m = msg::SetAttr { ino, path: b"", ..m };
        if self.elsewhere(caller, ino, &m, out).await? {
            return Ok(());
        }
        let (inode, ()) = self.update_here(ino, |inode| set_attr(caller, inode, &m))?;
        reply::put_node(out, &inode)
    }

    /// The path of a node: names are looked up from it to the root, wherever its directories are kept.
    pub(super) async fn path_of(&self, m: msg::PathOf, out: &mut Vec<u8>) -> Result<(), Fail> {
        let mut names = Vec::new();
        let mut ino = m.ino;
        while ino != ROOT_INO {
            let inode = self.load(ino).await?;
            let link = inode.links.into_iter().next_back().ok_or(Errno::NOENT)?;
            names.push(link.name);
            ino = link.dir;
            if names.len() > gkfs_proto::PATH_MAX {
                return Err(Errno::NAMETOOLONG.into());
            }
        }
        if names.is_empty() {
            out.push(b'/');
        }
        for name in names.iter().rev() {
            out.push(b'/');
            out.extend_from_slice(name);
        }
        Ok(())
    }
}

fn set_attr(caller: &Caller, inode: &mut Inode, m: &msg::SetAttr<'_>) -> Result<(), Fail> {
    let has = |bit| m.mask & bit != 0;
    let now = now();
    if has(set::MODE) {
        if !caller.owns(&inode.attr) {
            return Err(Errno::PERM.into());
        }
        let mut mode = m.mode & 0o7777;
        if !caller.is_root() && !caller.in_group(inode.attr.gid) && inode.kind() != DIR {
            mode &= !SETGID;
        }
        inode.attr.mode = inode.kind() | mode;
    }
    if has(set::UID) || has(set::GID) {
        set_owner(
            caller,
            inode,
            has(set::UID).then_some(m.uid),
            has(set::GID).then_some(m.gid),
        )?;
    }
    let explicit = has(set::ATIME) || has(set::MTIME);
    if explicit && !caller.owns(&inode.attr) {
        return Err(Errno::PERM.into());
    }
    if (has(set::ATIME_NOW) || has(set::MTIME_NOW))
        && !caller.owns(&inode.attr)
        && !caller.may(&inode.attr, WRITE)
    {
        return Err(Errno::ACCESS.into());
    }
    if has(set::ATIME) || has(set::ATIME_NOW) {
        inode.attr.atime = if has(set::ATIME) { m.atime } else { now };
    }
    if has(set::MTIME) || has(set::MTIME_NOW) {
        inode.attr.mtime = if has(set::MTIME) { m.mtime } else { now };
    }
    inode.attr.ctime = now;
    Ok(())
}

fn set_owner(caller: &Caller, inode: &mut Inode, uid: Option<u32>, gid: Option<u32>) -> Result<(), Fail> {
    let attr = &mut inode.attr;
    let uid_kept = uid.is_none_or(|uid| uid == attr.uid);
    let gid_allowed = gid.is_none_or(|gid| caller.uid == attr.uid && caller.in_group(gid));
    let allowed = caller.is_root() || (uid_kept && gid_allowed);
    if !allowed {
        return Err(Errno::PERM.into());
    }
    attr.uid = uid.unwrap_or(attr.uid);
    attr.gid = gid.unwrap_or(attr.gid);
    // Whoever gets an executable file must not get the rights of the one who made it.
    if inode.kind() != DIR && inode.attr.mode & 0o111 != 0 {
        inode.attr.mode &= !SETID;
    }
    Ok(())
}
