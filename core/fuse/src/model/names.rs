//! Names: making, finding, moving and removing them, and listing directories.

use super::node::{CTIME, Kind, MTIME, Node};
use super::{Answer, Model};
use crate::abi::Opcode;
use crate::codec::{Body, DirEntry, Name, Reply, Request};

const LONGEST: usize = 255;

impl Model {
    pub(super) fn ask_names(&mut self, request: &Request) -> Answer {
        let node = request.node();
        let owner = (request.header.uid, request.header.gid);
        match &request.body {
            Body::Lookup { name } => {
                let id = self.lookup(node, name)?;
                self.entry(id)
            }
            Body::Mknod { args, name } => {
                let kind = match args.mode & libc::S_IFMT {
                    libc::S_IFREG | 0 => Kind::File(Vec::new()),
                    _ => Kind::Special(args.rdev),
                };
                let id = self.add(node, name, kind, args.mode, owner)?;
                self.entry(id)
            }
            Body::Mkdir { args, name } => {
                let id = self.add(node, name, Kind::dir(node), args.mode | libc::S_IFDIR, owner)?;
                self.entry(id)
            }
            Body::Symlink { name, target } => {
                let kind = Kind::Symlink(target.clone());
                let id = self.add(node, name, kind, libc::S_IFLNK | 0o777, owner)?;
                self.entry(id)
            }
            Body::Create { args, name } => {
                let id = self.add(node, name, Kind::File(Vec::new()), args.mode, owner)?;
                Ok(Reply::Create(self.entry_out(id)?, self.handle(id)?))
            }
            Body::Tmpfile { args, .. } => {
                let id = self.insert(Kind::File(Vec::new()), args.mode, owner);
                self.node_mut(id)?.nlink = 0;
                Ok(Reply::Create(self.entry_out(id)?, self.handle(id)?))
            }
            Body::Link { args, name } => self.link(args.oldnodeid, node, name),
            Body::Unlink { name } => self.unlink(node, name),
            Body::Rmdir { name } => self.rmdir(node, name),
            Body::Rename { args, name, new_name } => self.rename(node, name, args.newdir, new_name, 0),
            Body::Rename2 { args, name, new_name } => {
                self.rename(node, name, args.newdir, new_name, args.flags)
            }
            Body::Readlink {} => match &self.node(node)?.kind {
                Kind::Symlink(target) => Ok(Reply::Data(target.as_bytes().to_vec())),
                _ => Err(libc::EINVAL),
            },
            Body::Readdir { .. } | Body::Readdirplus { .. } => self.list(node, request),
            _ => Err(libc::ENOSYS),
        }
    }

    pub(super) fn child(&mut self, dir: u64, name: &Name) -> Result<u64, i32> {
        if name.as_bytes().len() > LONGEST {
            return Err(libc::ENAMETOOLONG);
        }
        self.node_mut(dir)?
            .entries()?
            .get(name)
            .copied()
            .ok_or(libc::ENOENT)
    }

    fn lookup(&mut self, dir: u64, name: &Name) -> Result<u64, i32> {
        match (name.as_bytes(), &self.node(dir)?.kind) {
            (b".", _) => Ok(dir),
            (b"..", Kind::Dir { parent, .. }) => Ok(*parent),
            _ => self.child(dir, name),
        }
    }

    fn insert(&mut self, kind: Kind, mode: u32, owner: (u32, u32)) -> u64 {
        let id = self.next;
        self.next += 1;
        self.nodes.insert(id, Node::new(id, kind, mode, owner));
        id
    }

    /// Makes a node under a new name.
    pub(super) fn add(
        &mut self,
        dir: u64,
        name: &Name,
        mut kind: Kind,
        mode: u32,
        owner: (u32, u32),
    ) -> Result<u64, i32> {
        match self.child(dir, name) {
            Ok(_) => return Err(libc::EEXIST),
            Err(libc::ENOENT) => {}
            Err(errno) => return Err(errno),
        }
        if let Kind::Dir { parent, .. } = &mut kind {
            *parent = dir;
            self.node_mut(dir)?.nlink += 1;
        }
        let id = self.insert(kind, mode, owner);
        let parent = self.node_mut(dir)?;
        parent.entries()?.insert(name.clone(), id);
        parent.touch(&[MTIME, CTIME]);
        Ok(id)
    }

    fn link(&mut self, id: u64, dir: u64, name: &Name) -> Answer {
        if self.child(dir, name).is_ok() {
            return Err(libc::EEXIST);
        }
        let node = self.node_mut(id)?;
        if matches!(node.kind, Kind::Dir { .. }) {
            return Err(libc::EPERM);
        }
        node.nlink += 1;
        node.touch(&[CTIME]);
        let parent = self.node_mut(dir)?;
        parent.entries()?.insert(name.clone(), id);
        parent.touch(&[MTIME, CTIME]);
        self.entry(id)
    }

    fn unlink(&mut self, dir: u64, name: &Name) -> Answer {
        let id = self.child(dir, name)?;
        if matches!(self.node(id)?.kind, Kind::Dir { .. }) {
            return Err(libc::EISDIR);
        }
        self.take_name(dir, name)?;
        Ok(Reply::Empty)
    }

    fn rmdir(&mut self, dir: u64, name: &Name) -> Answer {
        let id = self.child(dir, name)?;
        if !self.node_mut(id)?.entries()?.is_empty() {
            return Err(libc::ENOTEMPTY);
        }
        self.take_name(dir, name)?;
        Ok(Reply::Empty)
    }

    /// Removes a name, and the node if that was all that held it.
    fn take_name(&mut self, dir: u64, name: &Name) -> Result<(), i32> {
        let parent = self.node_mut(dir)?;
        let id = parent.entries()?.remove(name).ok_or(libc::ENOENT)?;
        parent.touch(&[MTIME, CTIME]);
        let node = self.node_mut(id)?;
        let was_dir = matches!(node.kind, Kind::Dir { .. });
        node.nlink = if was_dir { 0 } else { node.nlink.saturating_sub(1) };
        node.touch(&[CTIME]);
        if was_dir {
            self.node_mut(dir)?.nlink -= 1;
        }
        self.bury(id);
        Ok(())
    }

    fn rename(&mut self, from: u64, name: &Name, to: u64, new_name: &Name, flags: u32) -> Answer {
        let id = self.child(from, name)?;
        let there = match self.child(to, new_name) {
            Ok(there) => Some(there),
            Err(libc::ENOENT) => None,
            Err(errno) => return Err(errno),
        };
        match (flags, there) {
            (libc::RENAME_EXCHANGE, Some(there)) => {
                self.put(from, name, there)?;
                self.put(to, new_name, id)?;
                return Ok(Reply::Empty);
            }
            (libc::RENAME_EXCHANGE, None) => return Err(libc::ENOENT),
            (libc::RENAME_NOREPLACE, Some(_)) => return Err(libc::EEXIST),
            (0 | libc::RENAME_NOREPLACE, _) => {}
            _ => return Err(libc::EINVAL),
        }
        if there == Some(id) {
            return Ok(Reply::Empty);
        }
        if let Some(there) = there {
            let is_dir = |id| self.node(id).map(|node| matches!(node.kind, Kind::Dir { .. }));
            match (is_dir(id)?, is_dir(there)?) {
                (true, false) => return Err(libc::ENOTDIR),
                (false, true) => return Err(libc::EISDIR),
                (true, true) => self.rmdir(to, new_name)?,
                (false, false) => self.unlink(to, new_name)?,
            };
        }
        self.node_mut(from)?.entries()?.remove(name);
        self.put(to, new_name, id)?;
        if matches!(self.node(id)?.kind, Kind::Dir { .. }) && from != to {
            self.node_mut(from)?.nlink -= 1;
            self.node_mut(to)?.nlink += 1;
        }
        Ok(Reply::Empty)
    }

    /// Lets a name lead to a node, and a directory know where it now is.
    fn put(&mut self, dir: u64, name: &Name, id: u64) -> Result<(), i32> {
        let parent = self.node_mut(dir)?;
        parent.entries()?.insert(name.clone(), id);
        parent.touch(&[MTIME, CTIME]);
        let node = self.node_mut(id)?;
        node.touch(&[CTIME]);
        if let Kind::Dir { parent, .. } = &mut node.kind {
            *parent = dir;
        }
        Ok(())
    }

    fn list(&mut self, dir: u64, request: &Request) -> Answer {
        let plus = request.opcode() == Opcode::Readdirplus;
        let Kind::Dir { entries, parent } = &self.node(dir)?.kind else {
            return Err(libc::ENOTDIR);
        };
        let special = [(Name::new("."), dir), (Name::new(".."), *parent)];
        let all: Vec<(Name, u64)> = special
            .into_iter()
            .chain(entries.iter().map(|(name, id)| (name.clone(), *id)))
            .collect();
        let mut listed = Vec::new();
        for (index, (name, id)) in all.into_iter().enumerate() {
            let node = self.node(id)?;
            let mut entry = DirEntry {
                ino: id,
                kind: node.dirent_kind(),
                off: index as u64 + 1,
                entry: None,
                name,
            };
            if plus && index >= 2 {
                entry.entry = Some(crate::Attr(node.attr()).entry().valid(self.valid).0);
            }
            listed.push(entry);
        }
        let reply = Reply::Directory(listed);
        if plus {
            self.count_listed(&reply, request);
        }
        Ok(reply)
    }

    /// What is sent with attributes is one more reference each.
    fn count_listed(&mut self, reply: &Reply, request: &Request) {
        let protocol = crate::Protocol::default();
        let Some(bytes) = reply.encode(request, &protocol) else {
            return;
        };
        for id in crate::engine::references::handed_out(reply, &bytes, request, &protocol) {
            if let Ok(node) = self.node_mut(id) {
                node.lookups += 1;
            }
        }
    }
}
