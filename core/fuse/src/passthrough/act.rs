//! What is done to names and attributes.

use std::path::PathBuf;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT,
    Uid,
};
use rustix::io::Errno;

use super::{Answer, Passthrough, attr_of};
use crate::abi::{self, flags::fattr};
use crate::codec::{Body, DirEntry, Name, Reply, Request};

impl Passthrough {
    pub(super) fn act(&mut self, request: &Request) -> Answer {
        let node = request.node();
        match &request.body {
            Body::Setattr { args } => self.set_attr(node, args),
            Body::Readlink {} => {
                let target = rustix::fs::readlinkat(CWD, self.real(node)?, Vec::new())?;
                Ok(Reply::Data(target.into_bytes()))
            }
            Body::Symlink { name, target } => {
                let path = self.below(node, name)?;
                rustix::fs::symlinkat(target.as_os_str(), CWD, self.root.join(&path))?;
                self.made(path, request)
            }
            Body::Mknod { args, name } => {
                let path = self.below(node, name)?;
                let kind = FileType::from_raw_mode(args.mode);
                let mode = Mode::from_raw_mode(args.mode);
                rustix::fs::mknodat(CWD, self.root.join(&path), kind, mode, args.rdev.into())?;
                self.made(path, request)
            }
            Body::Mkdir { args, name } => {
                let path = self.below(node, name)?;
                rustix::fs::mkdirat(CWD, self.root.join(&path), Mode::from_raw_mode(args.mode))?;
                self.made(path, request)
            }
            Body::Unlink { name } => self.remove(node, name, AtFlags::empty()),
            Body::Rmdir { name } => self.remove(node, name, AtFlags::REMOVEDIR),
            Body::Rename { args, name, new_name } => self.rename(node, name, args.newdir, new_name, 0),
            Body::Rename2 { args, name, new_name } => {
                self.rename(node, name, args.newdir, new_name, args.flags)
            }
            Body::Link { args, name } => {
                let path = self.below(node, name)?;
                let from = self.real(args.oldnodeid)?;
                rustix::fs::linkat(CWD, from, CWD, self.root.join(&path), AtFlags::empty())?;
                self.entry(path)
            }
            Body::Create { args, name } => {
                let path = self.below(node, name)?;
                let flags = own(args.flags) | OFlags::CREATE;
                let mode = Mode::from_raw_mode(args.mode);
                let file = rustix::fs::openat(CWD, self.root.join(&path), flags, mode)?;
                Ok(Reply::Create(self.entry_out(path)?, self.keep(file)))
            }
            Body::Open { args } => {
                let file = rustix::fs::openat(CWD, self.real(node)?, own(args.flags), Mode::empty())?;
                Ok(Reply::Open(self.keep(file)))
            }
            Body::Opendir { .. } => {
                let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
                let dir = rustix::fs::openat(CWD, self.real(node)?, flags, Mode::empty())?;
                Ok(Reply::Open(self.keep(dir)))
            }
            Body::Readdir { .. } => self.list(node),
            Body::Statfs {} => {
                let sizes = rustix::fs::statvfs(self.real(node)?)?;
                Ok(Reply::Statfs(abi::Kstatfs {
                    blocks: sizes.f_blocks,
                    bfree: sizes.f_bfree,
                    bavail: sizes.f_bavail,
                    files: sizes.f_files,
                    ffree: sizes.f_ffree,
                    bsize: sizes.f_bsize as u32,
                    namelen: sizes.f_namemax as u32,
                    frsize: sizes.f_frsize as u32,
                    ..abi::Kstatfs::default()
                }))
            }
            _ => Err(Errno::NOSYS),
        }
    }

    /// A new node belongs to who asked for it, as far as the server may give it away.
    fn made(&mut self, path: PathBuf, request: &Request) -> Answer {
        let (uid, gid) = (
            Uid::from_raw(request.header.uid),
            Gid::from_raw(request.header.gid),
        );
        let _: Result<(), _> = rustix::fs::chownat(
            CWD,
            self.root.join(&path),
            Some(uid),
            Some(gid),
            AtFlags::SYMLINK_NOFOLLOW,
        );
        self.entry(path)
    }

    fn remove(&mut self, node: u64, name: &Name, flags: AtFlags) -> Answer {
        let path = self.below(node, name)?;
        rustix::fs::unlinkat(CWD, self.root.join(&path), flags)?;
        self.gone(&path);
        Ok(Reply::Empty)
    }

    fn rename(&mut self, node: u64, name: &Name, to: u64, new_name: &Name, flags: u32) -> Answer {
        let (from, to) = (self.below(node, name)?, self.below(to, new_name)?);
        let flags = RenameFlags::from_bits_retain(flags);
        rustix::fs::renameat_with(CWD, self.root.join(&from), CWD, self.root.join(&to), flags)?;
        if flags.contains(RenameFlags::EXCHANGE) {
            self.gone(&from);
            self.gone(&to);
        } else {
            self.moved(&from, &to);
        }
        Ok(Reply::Empty)
    }

    fn list(&mut self, node: u64) -> Answer {
        let dir = Dir::new(rustix::fs::openat(
            CWD,
            self.real(node)?,
            OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?)?;
        let mut entries = Vec::new();
        for entry in dir {
            let entry = entry?;
            let kind = entry.file_type().as_raw_mode() >> 12;
            entries.push(DirEntry::new(
                entry.file_name().to_bytes(),
                entry.ino(),
                kind as u8,
            ));
        }
        // A listing that goes on finds its place by number: the order must hold.
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(Reply::Directory(entries))
    }

    fn set_attr(&mut self, node: u64, args: &abi::SetattrIn) -> Answer {
        let path = self.real(node)?;
        let has = |flag| args.valid & flag != 0;
        if has(fattr::SIZE) {
            let flags = OFlags::WRONLY | OFlags::CLOEXEC;
            match self.files.get(&args.fh) {
                Some(file) if has(fattr::FH) => rustix::fs::ftruncate(file, args.size)?,
                _ => rustix::fs::ftruncate(rustix::fs::openat(CWD, &path, flags, Mode::empty())?, args.size)?,
            }
        }
        if has(fattr::UID) || has(fattr::GID) {
            let uid = has(fattr::UID).then(|| Uid::from_raw(args.uid));
            let gid = has(fattr::GID).then(|| Gid::from_raw(args.gid));
            rustix::fs::chownat(CWD, &path, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        if has(fattr::MODE) {
            rustix::fs::chmodat(CWD, &path, Mode::from_raw_mode(args.mode), AtFlags::empty())?;
        }
        if has(fattr::ATIME) || has(fattr::MTIME) {
            let time = |set, now, seconds: u64, nanoseconds: u32| Timespec {
                tv_sec: seconds as i64,
                tv_nsec: match (has(set), has(now)) {
                    (false, _) => UTIME_OMIT,
                    (true, true) => UTIME_NOW,
                    (true, false) => nanoseconds.into(),
                },
            };
            let times = Timestamps {
                last_access: time(fattr::ATIME, fattr::ATIME_NOW, args.atime, args.atimensec),
                last_modification: time(fattr::MTIME, fattr::MTIME_NOW, args.mtime, args.mtimensec),
            };
            rustix::fs::utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        Ok(crate::reply::attr(crate::Attr(attr_of(&path)?)))
    }
}

/// The flags as the server opens: for itself, and without what the kernel did already.
fn own(flags: u32) -> OFlags {
    let done = OFlags::EXCL | OFlags::NOCTTY | OFlags::APPEND | OFlags::DIRECT;
    (OFlags::from_bits_retain(flags) - done) | OFlags::CLOEXEC | OFlags::NOFOLLOW
}
