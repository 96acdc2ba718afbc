//! The other daemons: who they are, and asking them.
//!
//! Requests to a peer share one connection and are told apart by their tag, so that a slow one does not hold up
//! the others. Every request has a deadline: a peer that is gone or stopped costs an errno, never a hang.

mod link;
pub(crate) mod msg;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use gkfs_proto::{hosts, node, route};

pub(crate) use link::Peer;

use crate::log::Log;

/// The daemons of the hosts file, this one among them.
#[derive(Debug)]
pub(crate) struct Cluster {
    index: usize,
    hosts_file: PathBuf,
    peers: RwLock<Vec<Arc<Peer>>>,
}

impl Cluster {
    /// Daemon number `index` of the hosts file.
    pub(crate) fn new(index: usize, hosts_file: &Path) -> Cluster {
        Cluster {
            index,
            hosts_file: hosts_file.to_owned(),
            peers: RwLock::new(Vec::new()),
        }
    }

    /// This daemon's line in the hosts file, from 0.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// How many daemons there are.
    pub(crate) fn len(&self) -> usize {
        self.peers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
            .max(self.index + 1)
    }

    /// Whether there is no other daemon.
    pub(crate) fn is_alone(&self) -> bool {
        self.len() == 1
    }

    /// Whether this daemon owns a path.
    pub(crate) fn owns(&self, path: &[u8]) -> bool {
        route::path_owner(path, self.len()) == self.index
    }

    /// The daemon that keeps a node, where it is another one.
    pub(crate) fn home(&self, ino: node::Ino) -> Option<Arc<Peer>> {
        self.peer(node::home(ino))
    }

    /// A daemon by number, where it is another one; nobody ever answers for one that is not in the hosts file.
    pub(crate) fn peer(&self, index: usize) -> Option<Arc<Peer>> {
        if index == self.index {
            return None;
        }
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        Some(
            peers
                .get(index)
                .cloned()
                .unwrap_or_else(|| Arc::new(Peer::new(index, None, &self.hosts_file))),
        )
    }

    /// All other daemons.
    pub(crate) fn others(&self) -> impl Iterator<Item = Arc<Peer>> {
        (0..self.len()).filter_map(|index| self.peer(index))
    }

    /// Reads the hosts file again: daemons are added to it as they start, and get another port when restarted.
    ///
    /// A file that is gone or shorter is left aside, because it tells that daemons stop, not that their data
    /// belongs to others now.
    pub(crate) fn refresh(&self, log: &Log) {
        let addresses = read_hosts(&self.hosts_file);
        let mut peers = self.peers.write().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() < peers.len() {
            return;
        }
        for (index, address) in addresses.into_iter().enumerate() {
            let news = match peers.get(index) {
                Some(peer) => peer.move_to(address),
                None => {
                    peers.push(Arc::new(Peer::new(index, Some(address), &self.hosts_file)));
                    true
                }
            };
            if news {
                log.debug(
                    "refresh_hosts()",
                    format_args!("host '{index}' is at '{address}'"),
                );
            }
        }
    }
}

/// Where the daemons are, as the hosts file says; none where there is no such file.
fn read_hosts(path: &Path) -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    hosts::parse(&text).flatten().map(|host| host.address).collect()
}
