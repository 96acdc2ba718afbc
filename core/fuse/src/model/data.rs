//! Contents, attributes and extended attributes.

use super::node::{ATIME, CTIME, Kind, MTIME, now};
use super::{Answer, Model};
use crate::abi::{self, flags::fattr};
use crate::codec::{Body, Name, Reply, Request};

/// The largest file: a model lives in memory.
const LARGEST: u64 = 1 << 30;

impl Model {
    pub(super) fn ask_data(&mut self, request: &Request) -> Answer {
        let node = request.node();
        match &request.body {
            Body::Read { args } => self.read(node, args.offset, args.size as usize),
            Body::Write { args, data } => self.write(node, args.offset, &data.0),
            Body::Fallocate { args } => self.fallocate(node, args),
            Body::Lseek { args } => self.seek(node, args),
            Body::CopyFileRange { args } | Body::CopyFileRange64 { args } => self.copy(node, args),
            Body::Setxattr { args, name, value } => self.set_xattr(node, name, &value.0, args.flags),
            Body::Getxattr { args, name } => {
                let value = self.node(node)?.xattrs.get(name).cloned();
                sized(value.ok_or(libc::ENODATA)?, args.size)
            }
            Body::Listxattr { args } => {
                let names = self.node(node)?.xattrs.keys();
                let list = names.flat_map(|name| [name.as_bytes(), &[0]].concat()).collect();
                sized(list, args.size)
            }
            Body::Removexattr { name } => {
                self.node_mut(node)?.xattrs.remove(name).ok_or(libc::ENODATA)?;
                Ok(Reply::Empty)
            }
            Body::Ioctl { .. } => Err(libc::ENOTTY),
            _ => Err(libc::ENOSYS),
        }
    }

    pub(super) fn open(&mut self, id: u64, flags: u32) -> Answer {
        let node = self.node_mut(id)?;
        if flags & libc::O_TRUNC as u32 != 0 {
            node.contents()?.clear();
            node.touch(&[MTIME, CTIME]);
        }
        Ok(Reply::Open(self.handle(id)?))
    }

    pub(super) fn open_dir(&mut self, id: u64) -> Answer {
        self.node_mut(id)?.entries()?;
        Ok(Reply::Open(self.handle(id)?))
    }

    fn read(&mut self, id: u64, offset: u64, size: usize) -> Answer {
        let contents = self.node_mut(id)?.contents()?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(contents.len());
        let end = start.saturating_add(size).min(contents.len());
        Ok(Reply::Data(contents[start..end].to_vec()))
    }

    fn write(&mut self, id: u64, offset: u64, data: &[u8]) -> Answer {
        let end = offset
            .checked_add(data.len() as u64)
            .filter(|end| *end <= LARGEST);
        let end = end.ok_or(libc::EFBIG)? as usize;
        let node = self.node_mut(id)?;
        let contents = node.contents()?;
        if contents.len() < end {
            contents.resize(end, 0);
        }
        contents[offset as usize..end].copy_from_slice(data);
        node.touch(&[MTIME, CTIME]);
        Ok(Reply::Written(data.len() as u32))
    }

    pub(super) fn set_attr(&mut self, id: u64, args: &abi::SetattrIn) -> Answer {
        let has = |flag| args.valid & flag != 0;
        let node = self.node_mut(id)?;
        if has(fattr::SIZE) {
            if args.size > LARGEST {
                return Err(libc::EFBIG);
            }
            node.contents()?.resize(args.size as usize, 0);
            node.touch(&[MTIME]);
        }
        if has(fattr::MODE) {
            node.mode = node.mode & libc::S_IFMT | args.mode & !libc::S_IFMT;
        }
        if has(fattr::UID) {
            node.uid = args.uid;
        }
        if has(fattr::GID) {
            node.gid = args.gid;
        }
        for (set, to_now, index, time) in [
            (
                fattr::ATIME,
                fattr::ATIME_NOW,
                ATIME,
                (args.atime, args.atimensec),
            ),
            (
                fattr::MTIME,
                fattr::MTIME_NOW,
                MTIME,
                (args.mtime, args.mtimensec),
            ),
        ] {
            if has(set) {
                node.times[index] = if has(to_now) { now() } else { time };
            }
        }
        node.touch(&[CTIME]);
        self.attr(id)
    }

    fn fallocate(&mut self, id: u64, args: &abi::FallocateIn) -> Answer {
        let end = args.offset.checked_add(args.length).filter(|end| *end <= LARGEST);
        let end = end.ok_or(libc::EFBIG)? as usize;
        let start = args.offset as usize;
        let node = self.node_mut(id)?;
        let contents = node.contents()?;
        match args.mode as i32 {
            0 => contents.resize(contents.len().max(end), 0),
            libc::FALLOC_FL_KEEP_SIZE => {}
            mode if mode == libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE => {
                let end = end.min(contents.len());
                if let Some(hole) = contents.get_mut(start..end) {
                    hole.fill(0);
                }
            }
            mode if mode & !libc::FALLOC_FL_KEEP_SIZE == libc::FALLOC_FL_ZERO_RANGE => {
                if mode & libc::FALLOC_FL_KEEP_SIZE == 0 && contents.len() < end {
                    contents.resize(end, 0);
                }
                let end = end.min(contents.len());
                if let Some(range) = contents.get_mut(start..end) {
                    range.fill(0);
                }
            }
            _ => return Err(libc::EOPNOTSUPP),
        }
        node.touch(&[MTIME, CTIME]);
        Ok(Reply::Empty)
    }

    /// A model has no holes but the one behind the end.
    fn seek(&mut self, id: u64, args: &abi::LseekIn) -> Answer {
        let size = self.node(id)?.size();
        match args.whence as i32 {
            _ if args.offset >= size => Err(libc::ENXIO),
            libc::SEEK_DATA => Ok(Reply::Offset(args.offset)),
            libc::SEEK_HOLE => Ok(Reply::Offset(size)),
            _ => Err(libc::EINVAL),
        }
    }

    fn copy(&mut self, id: u64, args: &abi::CopyFileRangeIn) -> Answer {
        let size = usize::try_from(args.len.min(LARGEST)).unwrap_or(usize::MAX);
        let Reply::Data(data) = self.read(id, args.off_in, size)? else {
            return Err(libc::EIO);
        };
        self.write(args.nodeid_out, args.off_out, &data)?;
        Ok(Reply::Copied(data.len() as u64))
    }

    fn set_xattr(&mut self, id: u64, name: &Name, value: &[u8], flags: u32) -> Answer {
        let node = self.node_mut(id)?;
        if matches!(node.kind, Kind::Symlink(_)) && name.as_bytes().starts_with(b"user.") {
            return Err(libc::EPERM);
        }
        match (flags as i32, node.xattrs.contains_key(name)) {
            (libc::XATTR_CREATE, true) => return Err(libc::EEXIST),
            (libc::XATTR_REPLACE, false) => return Err(libc::ENODATA),
            _ => {}
        }
        node.xattrs.insert(name.clone(), value.to_vec());
        node.touch(&[CTIME]);
        Ok(Reply::Empty)
    }
}

/// An extended attribute, or how much room it needs if the caller has none.
pub(super) fn sized(value: Vec<u8>, room: u32) -> Answer {
    match room as usize {
        0 => Ok(Reply::XattrSize(value.len() as u32)),
        room if value.len() > room => Err(libc::ERANGE),
        _ => Ok(Reply::Data(value)),
    }
}
