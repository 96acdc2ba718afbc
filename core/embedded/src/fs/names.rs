//! Operations that give names: open with `O_CREAT`, mkdir, mknod, symlink, link.

use gkfs_proto::{msg, node::Attr};
use rustix::{fs::OFlags, io::Errno};

use super::{
    Fs, blank,
    caller::{Caller, EXEC, READ, WRITE},
    fail::Fail,
    reply,
    walk::Place,
};
use crate::store::{
    Entry,
    inode::{DIR, FILE, Inode, Link, SYMLINK, TYPE},
};

/// Set-group-id bit.
const SETGID: u32 = 0o2000;

/// Something new: what it is, but not yet where.
struct New<'a> {
    mode: u32,
    rdev: u64,
    target: &'a [u8],
}

impl Fs {
    pub(super) async fn open(
        &self,
        caller: &Caller,
        m: msg::Open<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let flags = OFlags::from_bits_retain(m.flags);
        let exclusive = flags.contains(OFlags::CREATE | OFlags::EXCL);
        #[cfg(feature = "faults")]
        let exclusive = exclusive && !self.faults.ignores_excl();
        let follow = !flags.contains(OFlags::NOFOLLOW) && !exclusive;
        loop {
            let place = self.walk(caller, m.path, follow).await?;
            if let Some(entry) = place.entry {
                if exclusive {
                    return Err(Errno::EXIST.into());
                }
                return self.open_existing(caller, entry, flags, out).await;
            }
            if !flags.contains(OFlags::CREATE) {
                #[cfg(feature = "faults")]
                self.faults.opening_missing()?;
                return Err(Errno::NOENT.into());
            }
            let new = New {
                mode: FILE | m.mode & 0o7777,
                rdev: 0,
                target: b"",
            };
            match self.create(caller, &place, new).await {
                // Somebody else was faster.
                Err(Fail::Errno(Errno::EXIST)) if !exclusive => {}
                made => {
                    let inode = made?;
                    self.opens.note(inode.attr.ino, caller.pid);
                    return reply::put_node(out, &inode);
                }
            }
        }
    }

    async fn open_existing(
        &self,
        caller: &Caller,
        entry: Entry,
        flags: OFlags,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let by_path = flags.contains(OFlags::PATH);
        let want = if by_path { 0 } else { wanted(flags) };
        if entry.kind == SYMLINK && !by_path {
            return Err(Errno::LOOP.into());
        }
        if flags.contains(OFlags::DIRECTORY) && entry.kind != DIR {
            return Err(Errno::NOTDIR.into());
        }
        if entry.kind == DIR && !by_path && (want & WRITE != 0 || flags.contains(OFlags::CREATE)) {
            return Err(Errno::ISDIR.into());
        }
        let inode = self.opened(caller, entry.ino).await?;
        #[cfg(feature = "faults")]
        let want = self.faults.wanted(want);
        if !caller.may(&inode.attr, want) {
            return Err(Errno::ACCESS.into());
        }
        let truncate = flags.contains(OFlags::TRUNC) && entry.kind == FILE && !by_path;
        #[cfg(feature = "faults")]
        let truncate = truncate && !self.faults.ignores_trunc();
        if !truncate || inode.attr.size == 0 {
            return reply::put_node(out, &inode);
        }
        self.truncate_node(caller, entry.ino, 0, out).await
    }

    pub(super) async fn make(
        &self,
        caller: &Caller,
        m: msg::Make<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let new = New {
            mode: m.mode,
            rdev: m.rdev,
            target: b"",
        };
        self.make_at(caller, m.path, new, out).await
    }

    pub(super) async fn symlink(
        &self,
        caller: &Caller,
        m: msg::Symlink<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        if m.target.is_empty() {
            return Err(Errno::NOENT.into());
        }
        let new = New {
            mode: SYMLINK | 0o777,
            rdev: 0,
            target: m.target,
        };
        self.make_at(caller, m.path, new, out).await
    }

    async fn make_at(
        &self,
        caller: &Caller,
        path: &[u8],
        new: New<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let _alone = self.exclusive().await;
        let place = self.walk(caller, path, false).await?;
        if place.entry.is_some() {
            #[cfg(feature = "faults")]
            self.faults.making_existing()?;
            return Err(Errno::EXIST.into());
        }
        reply::put_node(out, &self.create(caller, &place, new).await?)
    }

    /// Makes a node, then its name.
    async fn create(&self, caller: &Caller, place: &Place, new: New<'_>) -> Result<Inode, Fail> {
        let dir = self.load(place.dir()).await?.attr;
        if !caller.may(&dir, WRITE | EXEC) {
            return Err(Errno::ACCESS.into());
        }
        let inode = Inode {
            attr: first_attr(caller, &dir, &new),
            key: Vec::new(),
            target: new.target.to_vec(),
            links: vec![link(place)],
            xattrs: Vec::new(),
        };
        let inode = self.make_here(inode, &place.path())?;
        let entry = Entry {
            ino: inode.attr.ino,
            kind: inode.kind(),
            seq: 0,
        };
        if let Err(fail) = self.insert(place.dir(), &place.name, entry, false).await {
            self.unmake_here(&inode)?;
            return Err(fail);
        }
        Ok(inode)
    }

    pub(super) async fn link(
        &self,
        caller: &Caller,
        m: msg::Link<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let _alone = self.exclusive().await;
        let old = self
            .walk(caller, m.old, m.follow)
            .await
            .map_err(cross_device)?
            .existing()?;
        let new = self.walk(caller, m.new, false).await.map_err(cross_device)?;
        if new.entry.is_some() {
            return Err(Errno::EXIST.into());
        }
        if old.kind == DIR {
            return Err(Errno::PERM.into());
        }
        if !caller.may(&self.load(new.dir()).await?.attr, WRITE | EXEC) {
            return Err(Errno::ACCESS.into());
        }
        self.relink(caller, old.ino, None, Some(link(&new))).await?;
        let entry = Entry { seq: 0, ..old };
        if let Err(fail) = self.insert(new.dir(), &new.name, entry, false).await {
            self.relink(caller, old.ino, Some(link(&new)), None).await?;
            return Err(fail);
        }
        reply::put_node(out, &self.load(old.ino).await?)
    }
}

/// The name that a place is.
pub(super) fn link(place: &Place) -> Link {
    Link {
        dir: place.dir(),
        name: place.name.clone(),
    }
}

/// Attributes of something new in the directory `dir`.
fn first_attr(caller: &Caller, dir: &Attr, new: &New<'_>) -> Attr {
    let inherits = dir.mode & SETGID != 0;
    let is_dir = new.mode & TYPE == DIR;
    Attr {
        nlink: if is_dir { 2 } else { 1 },
        uid: caller.uid,
        gid: if inherits { dir.gid } else { caller.gid },
        size: new.target.len() as u64,
        rdev: new.rdev,
        ..blank(if inherits && is_dir {
            new.mode | SETGID
        } else {
            new.mode
        })
    }
}

/// Two names on different file systems: that is what a symbolic link out of the mount means to `link` and
/// `rename`, because a redirection cannot tell which of their two paths it is about.
pub(super) fn cross_device(fail: Fail) -> Fail {
    match fail {
        Fail::Redirect(_) => Errno::XDEV.into(),
        fail => fail,
    }
}

/// The permissions that opening with these flags needs.
fn wanted(flags: OFlags) -> u32 {
    // The access mode is a number in the lowest two bits, not a set of flags.
    let access = match flags.bits() & 3 {
        1 => WRITE,
        2 => READ | WRITE,
        _ => READ,
    };
    if flags.contains(OFlags::TRUNC) {
        access | WRITE
    } else {
        access
    }
}
