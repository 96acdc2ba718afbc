//! A file system in memory: what answers requests that a test does not care about.

mod data;
mod names;
mod node;

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use crate::abi::{self, Opcode};
use crate::backend::Backend;
use crate::codec::{Body, Name, Protocol, Reply, Request};
use node::{Kind, Node};

type Answer = Result<Reply, i32>;

/// A whole file system in memory, with all that a kernel asks of one: directories, links, attributes, extended attributes,
/// renames with flags, holes, copies.
///
/// Nothing it says holds for any time, unless [`valid`](Self::valid) says so: each call of a test then leads to the same
/// requests.
#[derive(Debug)]
pub struct Model {
    nodes: HashMap<u64, Node>,
    next: u64,
    next_handle: u64,
    valid: Duration,
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

impl Model {
    /// An empty one.
    pub fn new() -> Self {
        let owner = (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        );
        let root = Node::new(abi::ROOT, Kind::dir(abi::ROOT), libc::S_IFDIR | 0o755, owner);
        Self {
            nodes: HashMap::from([(abi::ROOT, root)]),
            next: abi::ROOT + 1,
            next_handle: 1,
            valid: Duration::ZERO,
        }
    }

    /// With a file, and the directories on the way to it.
    ///
    /// # Panics
    /// If something else than a directory is in the way, or the name is taken.
    #[must_use]
    pub fn file(self, path: impl AsRef<Path>, contents: impl Into<Vec<u8>>) -> Self {
        self.with(path.as_ref(), Kind::File(contents.into()), libc::S_IFREG | 0o644)
    }

    /// With a directory, and those on the way to it.
    ///
    /// # Panics
    /// As [`file`](Self::file).
    #[must_use]
    pub fn dir(self, path: impl AsRef<Path>) -> Self {
        self.with(path.as_ref(), Kind::dir(abi::ROOT), libc::S_IFDIR | 0o755)
    }

    /// With a symbolic link, and the directories on the way to it.
    ///
    /// # Panics
    /// As [`file`](Self::file).
    #[must_use]
    pub fn symlink(self, path: impl AsRef<Path>, target: impl AsRef<[u8]>) -> Self {
        let target = Name::new(target);
        self.with(path.as_ref(), Kind::Symlink(target), libc::S_IFLNK | 0o777)
    }

    /// What it says may be kept for this long.
    #[must_use]
    pub const fn valid(mut self, time: Duration) -> Self {
        self.valid = time;
        self
    }

    fn with(mut self, path: &Path, kind: Kind, mode: u32) -> Self {
        use std::os::unix::ffi::OsStrExt;
        let owner = self.nodes[&abi::ROOT].owner();
        let names: Vec<Name> = path
            .components()
            .filter_map(|part| match part {
                std::path::Component::Normal(name) => Some(Name::new(name.as_bytes())),
                _ => None,
            })
            .collect();
        let (last, above) = names.split_last().expect("a path with a name");
        let mut dir = abi::ROOT;
        for name in above {
            dir = match self.child(dir, name) {
                Ok(known) => known,
                Err(_) => self
                    .add(dir, name, Kind::dir(dir), libc::S_IFDIR | 0o755, owner)
                    .unwrap_or_else(|errno| panic!("{}: {}", path.display(), crate::errno::name(errno))),
            };
        }
        self.add(dir, last, kind, mode, owner)
            .unwrap_or_else(|errno| panic!("{}: {}", path.display(), crate::errno::name(errno)));
        self
    }

    fn node(&self, id: u64) -> Result<&Node, i32> {
        self.nodes.get(&id).ok_or(libc::ESTALE)
    }

    fn node_mut(&mut self, id: u64) -> Result<&mut Node, i32> {
        self.nodes.get_mut(&id).ok_or(libc::ESTALE)
    }

    /// The node as an entry; the kernel holds one more reference to it.
    fn entry(&mut self, id: u64) -> Answer {
        Ok(Reply::Entry(self.entry_out(id)?))
    }

    fn entry_out(&mut self, id: u64) -> Result<abi::EntryOut, i32> {
        let valid = self.valid;
        let node = self.node_mut(id)?;
        node.lookups += 1;
        Ok(crate::Attr(node.attr()).entry().valid(valid).0)
    }

    fn attr(&self, id: u64) -> Answer {
        Ok(Reply::Attr(abi::AttrOut {
            attr_valid: self.valid.as_secs(),
            attr_valid_nsec: self.valid.subsec_nanos(),
            attr: self.node(id)?.attr(),
            ..abi::AttrOut::default()
        }))
    }

    fn handle(&mut self, id: u64) -> Result<abi::OpenOut, i32> {
        self.node_mut(id)?.opens += 1;
        self.next_handle += 1;
        Ok(abi::OpenOut {
            fh: self.next_handle,
            ..abi::OpenOut::default()
        })
    }

    fn release(&mut self, id: u64) -> Answer {
        let node = self.node_mut(id)?;
        node.opens = node.opens.saturating_sub(1);
        self.bury(id);
        Ok(Reply::Empty)
    }

    fn forget(&mut self, id: u64, count: u64) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.lookups = node.lookups.saturating_sub(count);
        }
        self.bury(id);
    }

    /// Lets a node go that has no name, no handle and no reference any more.
    fn bury(&mut self, id: u64) {
        let gone = |node: &Node| node.nlink == 0 && node.opens == 0 && node.lookups == 0;
        if self.nodes.get(&id).is_some_and(gone) {
            self.nodes.remove(&id);
        }
    }

    fn ask(&mut self, request: &Request) -> Answer {
        let node = request.node();
        match &request.body {
            Body::Forget { args } => {
                self.forget(node, args.nlookup);
                Ok(Reply::Nothing)
            }
            Body::BatchForget { items, .. } => {
                for item in &items.0 {
                    self.forget(item.nodeid, item.nlookup);
                }
                Ok(Reply::Nothing)
            }
            Body::Interrupt { .. } | Body::NotifyReply { .. } => Ok(Reply::Nothing),
            Body::Getattr { .. } | Body::Statx { .. } => self.attr(node),
            Body::Setattr { args } => self.set_attr(node, args),
            Body::Open { args } => self.open(node, args.flags),
            Body::Opendir { .. } => self.open_dir(node),
            Body::Release { .. } | Body::Releasedir { .. } => self.release(node),
            Body::Flush { .. } | Body::Fsync { .. } | Body::Fsyncdir { .. } => Ok(Reply::Empty),
            Body::Syncfs { .. } | Body::Destroy {} => Ok(Reply::Empty),
            Body::Statfs {} => Ok(Reply::Statfs(SIZES)),
            _ => match self.ask_names(request) {
                Err(libc::ENOSYS) => self.ask_data(request),
                answer => answer,
            },
        }
    }
}

/// A terabyte, half of it free.
const SIZES: abi::Kstatfs = abi::Kstatfs {
    blocks: 1 << 28,
    bfree: 1 << 27,
    bavail: 1 << 27,
    files: 1 << 20,
    ffree: 1 << 19,
    bsize: 4096,
    namelen: 255,
    frsize: 4096,
    padding: 0,
    spare: [0; 6],
};

impl Backend for Model {
    fn answer(&mut self, request: &Request, _: &Protocol) -> Reply {
        let reply = self.ask(request).unwrap_or_else(Reply::Errno);
        // A set-up that a kernel may not know is told by ENOSYS; what is never answered stays so.
        match request.opcode() {
            Opcode::Forget | Opcode::BatchForget | Opcode::NotifyReply | Opcode::Interrupt => Reply::Nothing,
            _ => reply,
        }
    }
}
