//! A directory as a file system: what answers when a test, or a command, works on real files.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::abi::{self, ROOT};
use crate::backend::Backend;
use crate::codec::{Body, Name, Protocol, Reply, Request};

mod act;
mod data;

type Answer = Result<Reply, Errno>;

/// Serves a directory. Each node is a path below it, as it was when the kernel learnt of it; what it says holds for no time.
#[derive(Debug)]
pub struct Passthrough {
    root: PathBuf,
    /// The path of each node that the kernel knows, relative to the root.
    paths: HashMap<u64, PathBuf>,
    nodes: HashMap<PathBuf, u64>,
    next: u64,
    files: HashMap<u64, OwnedFd>,
    next_handle: u64,
}

impl Passthrough {
    /// Of this directory.
    ///
    /// # Errors
    /// It is none.
    pub fn new(root: &Path) -> Result<Self, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // Opened only to see that it can be: the server has descriptors of its own.
        drop(rustix::fs::openat(CWD, root, flags, Mode::empty())?);
        let root =
            std::fs::canonicalize(root).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        Ok(Self {
            root,
            paths: HashMap::from([(ROOT, PathBuf::new())]),
            nodes: HashMap::from([(PathBuf::new(), ROOT)]),
            next: ROOT + 1,
            files: HashMap::new(),
            next_handle: 1,
        })
    }

    /// Where a node really is.
    fn real(&self, node: u64) -> Result<PathBuf, Errno> {
        let path = self.paths.get(&node).ok_or(Errno::STALE)?;
        Ok(self.root.join(path))
    }

    fn below(&self, node: u64, name: &Name) -> Result<PathBuf, Errno> {
        Ok(self.paths.get(&node).ok_or(Errno::STALE)?.join(name.as_os_str()))
    }

    /// The node of a path, a new one if the kernel does not know it yet.
    fn node_of(&mut self, path: PathBuf) -> u64 {
        if let Some(node) = self.nodes.get(&path) {
            return *node;
        }
        let node = self.next;
        self.next += 1;
        self.paths.insert(node, path.clone());
        self.nodes.insert(path, node);
        node
    }

    fn entry_out(&mut self, path: PathBuf) -> Result<abi::EntryOut, Errno> {
        let attr = attr_of(&self.root.join(&path))?;
        Ok(crate::Attr(attr).entry().node(self.node_of(path)).0)
    }

    fn entry(&mut self, path: PathBuf) -> Answer {
        self.entry_out(path).map(Reply::Entry)
    }

    fn keep(&mut self, file: OwnedFd) -> abi::OpenOut {
        let fh = self.next_handle;
        self.next_handle += 1;
        self.files.insert(fh, file);
        abi::OpenOut {
            fh,
            ..abi::OpenOut::default()
        }
    }

    fn file(&self, fh: u64) -> Result<&OwnedFd, Errno> {
        self.files.get(&fh).ok_or(Errno::BADF)
    }

    /// A name and all that lies below it goes by another one.
    fn moved(&mut self, from: &Path, to: &Path) {
        self.gone(to);
        let all: Vec<(u64, PathBuf)> = self
            .paths
            .iter()
            .filter(|(_, path)| path.starts_with(from))
            .map(|(node, path)| (*node, path.clone()))
            .collect();
        for (node, path) in all {
            let rest = path.strip_prefix(from).unwrap_or(Path::new(""));
            let now = if rest.as_os_str().is_empty() {
                to.to_owned()
            } else {
                to.join(rest)
            };
            self.nodes.remove(&path);
            self.nodes.insert(now.clone(), node);
            self.paths.insert(node, now);
        }
    }

    /// A name is gone: what comes to be under it is another node.
    fn gone(&mut self, path: &Path) {
        if let Some(node) = self.nodes.remove(path) {
            self.paths.remove(&node);
        }
    }

    fn ask(&mut self, request: &Request) -> Answer {
        let node = request.node();
        match &request.body {
            Body::Forget { .. }
            | Body::BatchForget { .. }
            | Body::Interrupt { .. }
            | Body::NotifyReply { .. } => Ok(Reply::Nothing),
            Body::Destroy {} | Body::Flush { .. } => Ok(Reply::Empty),
            Body::Lookup { name } => {
                let path = self.below(node, name)?;
                self.entry(path)
            }
            Body::Getattr { args } => {
                let attr = match self.files.get(&args.fh) {
                    Some(file) if args.getattr_flags & abi::flags::getattr::FH != 0 => {
                        of_stat(&rustix::fs::fstat(file)?)
                    }
                    _ => attr_of(&self.real(node)?)?,
                };
                Ok(crate::reply::attr(crate::Attr(attr)))
            }
            Body::Release { args } | Body::Releasedir { args } => {
                self.files.remove(&args.fh);
                Ok(Reply::Empty)
            }
            _ => match self.act(request) {
                Err(Errno::NOSYS) => self.ask_data(request),
                answer => answer,
            },
        }
    }
}

fn attr_of(path: &Path) -> Result<abi::Attr, Errno> {
    Ok(of_stat(&rustix::fs::statat(
        CWD,
        path,
        AtFlags::SYMLINK_NOFOLLOW,
    )?))
}

fn of_stat(stat: &rustix::fs::Stat) -> abi::Attr {
    abi::Attr {
        ino: stat.st_ino,
        size: stat.st_size as u64,
        blocks: stat.st_blocks as u64,
        atime: stat.st_atime as u64,
        mtime: stat.st_mtime as u64,
        ctime: stat.st_ctime as u64,
        atimensec: stat.st_atime_nsec as u32,
        mtimensec: stat.st_mtime_nsec as u32,
        ctimensec: stat.st_ctime_nsec as u32,
        mode: stat.st_mode,
        nlink: stat.st_nlink as u32,
        uid: stat.st_uid,
        gid: stat.st_gid,
        rdev: stat.st_rdev as u32,
        blksize: stat.st_blksize as u32,
        flags: 0,
    }
}

impl Backend for Passthrough {
    fn answer(&mut self, request: &Request, _: &Protocol) -> Reply {
        self.ask(request)
            .unwrap_or_else(|errno| Reply::Errno(errno.raw_os_error()))
    }
}
