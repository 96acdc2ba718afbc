//! Extended attributes, in the namespaces a kernel has.

use gkfs_proto::msg;
use rustix::{fs::XattrFlags, io::Errno};

use super::{
    Fs,
    caller::{Caller, READ, WRITE},
    fail::Fail,
};
use crate::store::inode::{DIR, FILE, Inode, Xattr};

/// Longest name, as in the kernel.
const NAME_MAX: usize = 255;
/// Longest value, and the room for all names, as in the kernel.
const SIZE_MAX: usize = 64 * 1024;

impl Fs {
    pub(super) async fn get_xattr(
        &self,
        caller: &Caller,
        m: msg::GetXattr<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let ino = self.target(caller, m.ino, m.path, m.follow).await?;
        let inode = self.load(ino).await?;
        check(caller, &inode, m.name, READ)?;
        let found = inode.xattrs.into_iter().find(|xattr| xattr.name == m.name);
        out.extend(found.ok_or(Errno::NODATA)?.value);
        Ok(())
    }

    pub(super) async fn list_xattr(
        &self,
        caller: &Caller,
        m: msg::ListXattr<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let ino = self.target(caller, m.ino, m.path, m.follow).await?;
        for xattr in self.load(ino).await?.xattrs {
            out.extend(xattr.name);
            out.push(0);
        }
        Ok(())
    }

    pub(super) async fn set_xattr(
        &self,
        caller: &Caller,
        m: msg::SetXattr<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let ino = self.target(caller, m.ino, m.path, m.follow).await?;
        let m = msg::SetXattr { ino, path: b"", ..m };
        if self.elsewhere(caller, ino, &m, out).await? {
            return Ok(());
        }
        self.update_here(ino, |inode| set(caller, inode, &m))?;
        Ok(())
    }

    pub(super) async fn remove_xattr(
        &self,
        caller: &Caller,
        m: msg::RemoveXattr<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let ino = self.target(caller, m.ino, m.path, m.follow).await?;
        let m = msg::RemoveXattr { ino, path: b"", ..m };
        if self.elsewhere(caller, ino, &m, out).await? {
            return Ok(());
        }
        self.update_here(ino, |inode| {
            check(caller, inode, m.name, WRITE)?;
            let at = inode.xattrs.iter().position(|xattr| xattr.name == m.name);
            inode.xattrs.remove(at.ok_or(Errno::NODATA)?);
            inode.attr.ctime = super::now();
            Ok(())
        })?;
        Ok(())
    }
}

fn set(caller: &Caller, inode: &mut Inode, m: &msg::SetXattr<'_>) -> Result<(), Fail> {
    check(caller, inode, m.name, WRITE)?;
    if m.value.len() > SIZE_MAX {
        return Err(Errno::TOOBIG.into());
    }
    let names: usize = inode.xattrs.iter().map(|xattr| xattr.name.len() + 1).sum();
    if names + m.name.len() > SIZE_MAX {
        return Err(Errno::NOSPC.into());
    }
    let flags = XattrFlags::from_bits_retain(m.flags);
    let old = inode.xattrs.iter_mut().find(|xattr| xattr.name == m.name);
    match old {
        Some(_) if flags.contains(XattrFlags::CREATE) => return Err(Errno::EXIST.into()),
        None if flags.contains(XattrFlags::REPLACE) => return Err(Errno::NODATA.into()),
        Some(old) => old.value = m.value.to_vec(),
        None => inode.xattrs.push(Xattr {
            name: m.name.to_vec(),
            value: m.value.to_vec(),
        }),
    }
    inode.attr.ctime = super::now();
    Ok(())
}

/// The rules of xattr(7): who may read or write a name in which namespace.
fn check(caller: &Caller, inode: &Inode, name: &[u8], want: u32) -> Result<(), Fail> {
    if name.is_empty() || name.len() > NAME_MAX {
        return Err(Errno::RANGE.into());
    }
    if name.starts_with(b"trusted.") {
        let hidden = if want == READ { Errno::NODATA } else { Errno::PERM };
        return if caller.is_root() {
            Ok(())
        } else {
            Err(hidden.into())
        };
    }
    if name.starts_with(b"security.") {
        return if want == READ || caller.is_root() {
            Ok(())
        } else {
            Err(Errno::PERM.into())
        };
    }
    if !name.starts_with(b"user.") {
        return Err(Errno::OPNOTSUPP.into());
    }
    if inode.kind() != FILE && inode.kind() != DIR {
        return Err(if want == READ { Errno::NODATA } else { Errno::PERM }.into());
    }
    if !caller.may(&inode.attr, want) {
        return Err(Errno::ACCESS.into());
    }
    Ok(())
}
