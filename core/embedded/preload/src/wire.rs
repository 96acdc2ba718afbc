//! Asking a daemon: one message out, one reply in.

use crate::{
    client::{CLIENT, config},
    desk::{Fail, PathBuf},
    net::Region,
    sys::Errno,
};
use gkfs_proto::{
    frame::{Ask, Request, Status},
    node::{Attr, KEY_MAX, Node, home},
    route::path_owner,
};
use linux_raw_sys::errno::{EBUSY, EIO};

/// Buffers of an exchange.
pub(crate) struct Wire {
    /// Where [`Fail::Outside`] leads.
    pub(crate) outside: PathBuf,
    request: [u8; 80 * 1024],
    reply: [u8; 72 * 1024],
}

/// A node, without borrowing the reply it came in.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) attr: Attr,
    pub(crate) key: Key,
}

/// Name of a file's chunk directories.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Key {
    len: u32,
    bytes: [u8; KEY_MAX + 1],
}

impl Key {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..(self.len as usize).min(KEY_MAX)]
    }
}

/// The daemon that keeps a node, if it is one of ours.
pub(crate) fn keeper(ino: u64) -> usize {
    home(ino)
}

/// The daemon that owns a path.
pub(crate) fn owner(path: &[u8]) -> usize {
    path_owner(path, config().hosts.len().max(1))
}

impl Wire {
    /// Forgets what an earlier operation left.
    pub(crate) fn clear(&mut self) {
        self.outside.truncate(0);
    }

    /// Asks, and returns the reply's body.
    pub(crate) fn ask<M: Ask>(&mut self, daemon: usize, message: &M) -> Result<&[u8], Fail> {
        self.send(daemon, message, Region::NONE)
    }

    /// Asks with content of the program's behind the message.
    pub(crate) fn send<M: Ask>(&mut self, daemon: usize, message: &M, data: Region) -> Result<&[u8], Fail> {
        let into = Region::of(&mut self.reply);
        let len = self.exchange(daemon, message, data, into)?;
        Ok(&self.reply[..len])
    }

    /// Asks for content that goes straight to the program's memory; returns its length.
    pub(crate) fn fetch<M: Ask>(&mut self, daemon: usize, message: &M, into: Region) -> Result<usize, Fail> {
        self.exchange(daemon, message, Region::NONE, into)
    }

    /// Asks for a node.
    pub(crate) fn node<M: Ask>(&mut self, daemon: usize, message: &M) -> Result<Found, Fail> {
        let node = Node::decode(self.ask(daemon, message)?)?;
        let mut key = Key {
            len: node.key.len() as u32,
            bytes: [0; KEY_MAX + 1],
        };
        key.bytes
            .get_mut(..node.key.len())
            .ok_or(Fail::of(EIO))?
            .copy_from_slice(node.key);
        Ok(Found { attr: node.attr, key })
    }

    fn exchange<M: Ask>(
        &mut self,
        daemon: usize,
        message: &M,
        data: Region,
        into: Region,
    ) -> Result<usize, Fail> {
        if daemon >= config().hosts.len() {
            return Err(Fail::of(EBUSY));
        }
        let head = Request::encode(message, 0, data.len, &mut self.request)?;
        match CLIENT.connections.exchange(daemon, head, data, into)? {
            (Status::Done, len) => Ok(len),
            (Status::Failed(errno), _) => Err(Fail::Errno(Errno(errno))),
            (Status::Redirect, len) => {
                // Only path operations are redirected, and their replies come to our own buffer.
                self.outside.set(self.reply.get(..len).ok_or(Fail::of(EIO))?)?;
                Err(Fail::Outside)
            }
        }
    }
}
