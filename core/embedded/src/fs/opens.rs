//! Who has files open, as far as it matters: an unlinked file's content stays while somebody has it open.
//!
//! The kernel knows. Behind every open file of a client stands a memory file that is named after the node, and
//! `/proc/PID/fd` shows it whatever way the descriptor took: dup, fork, exec or a socket. So that most
//! unlinks need not look there, the processes that opened a node are remembered.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use gkfs_proto::node::{Ino, OPEN_FILE_PREFIX};

/// How long after opening a node a process may take to make the memory file for it.
const GRACE: Duration = Duration::from_millis(100);

/// More openers than this are sifted for those that are alive.
const MANY: usize = 16;

#[derive(Debug, Default)]
struct State {
    openers: HashMap<Ino, HashMap<u32, Instant>>,
    /// Processes whose descriptors others may have inherited.
    forked: HashSet<u32>,
    orphans: HashSet<Ino>,
}

/// Open files and unlinked files.
#[derive(Debug, Default)]
pub(crate) struct Opens {
    state: Mutex<State>,
}

impl Opens {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `pid` is about to have `ino` open.
    pub(crate) fn note(&self, ino: Ino, pid: u32) {
        let State { openers, forked, .. } = &mut *self.state();
        let openers = openers.entry(ino).or_default();
        if openers.len() >= MANY {
            openers.retain(|pid, _| forked.contains(pid) || is_alive(*pid));
        }
        openers.insert(pid, Instant::now());
    }

    /// `pid` forks: its children have its files too.
    pub(crate) fn forking(&self, pid: u32) {
        self.state().forked.insert(pid);
    }

    /// Nothing more is to be known about `ino`.
    pub(crate) fn forget(&self, ino: Ino) {
        let mut state = self.state();
        state.openers.remove(&ino);
        state.orphans.remove(&ino);
    }

    /// Whether somebody may have `ino` open; `asker` unlinks it just now, so it is not in the middle of opening it.
    /// Only a daemon that is `alone` has been told of every fork.
    ///
    /// A file that a forked process opened counts as open: who inherited it only the whole machine's descriptors
    /// tell, and reading those at each unlink makes an `rm -r` wait for seconds on a busy machine. Such a file is an
    /// orphan until the next look, which serves all of them at once.
    pub(crate) fn may_be_open(&self, ino: Ino, asker: u32, alone: bool) -> bool {
        let (openers, inherited) = {
            let state = self.state();
            let Some(openers) = state.openers.get(&ino) else {
                return false;
            };
            let inherited = openers.keys().any(|pid| state.forked.contains(pid));
            (openers.clone(), inherited)
        };
        let opening =
            |(pid, since): (&u32, &Instant)| *pid != asker && since.elapsed() < GRACE && is_alive(*pid);
        if openers.iter().any(opening) {
            return true;
        }
        if inherited {
            return true;
        }
        if !alone {
            return open_nodes().contains(&ino);
        }
        let mut found = HashSet::new();
        for pid in openers.keys() {
            nodes_of(&format!("/proc/{pid}/fd"), &mut found);
        }
        found.contains(&ino)
    }

    /// `ino` lost its last name while it was open.
    pub(crate) fn orphan(&self, ino: Ino) {
        self.state().orphans.insert(ino);
    }

    /// The unlinked files that nobody has open any more.
    pub(crate) fn orphans_closed(&self) -> Vec<Ino> {
        let (orphans, recent) = {
            let State { openers, orphans, .. } = &*self.state();
            if orphans.is_empty() {
                return Vec::new();
            }
            let is_recent = |ino: &&Ino| {
                let opened = openers.get(*ino).into_iter().flat_map(HashMap::iter);
                opened
                    .filter(|(pid, since)| since.elapsed() < GRACE && is_alive(**pid))
                    .count()
                    > 0
            };
            let recent: HashSet<Ino> = orphans.iter().filter(is_recent).copied().collect();
            (orphans.clone(), recent)
        };
        let open = open_nodes();
        orphans
            .into_iter()
            .filter(|ino| !open.contains(ino) && !recent.contains(ino))
            .collect()
    }
}

fn is_alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

/// The nodes that any process of this machine has open.
fn open_nodes() -> HashSet<Ino> {
    let mut found = HashSet::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(pid) = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        {
            nodes_of(&format!("/proc/{pid}/fd"), &mut found);
        }
    }
    found
}

/// Adds the nodes behind the descriptors listed in `dir`; a process that ends meanwhile has none.
fn nodes_of(dir: &str, found: &mut HashSet<Ino>) {
    for fd in fs::read_dir(dir).into_iter().flatten().flatten() {
        let target = fs::read_link(fd.path()).unwrap_or_default();
        found.extend(target.to_str().and_then(open_node));
    }
}

/// The node named in a descriptor's link, `/memfd:gkfs:2a (deleted)`.
fn open_node(link: &str) -> Option<Ino> {
    let name = link.strip_prefix("/memfd:")?.strip_prefix(OPEN_FILE_PREFIX)?;
    Ino::from_str_radix(name.strip_suffix(" (deleted)").unwrap_or(name), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, memfd_create};

    #[test]
    fn an_open_file_is_seen_where_the_kernel_shows_it() {
        let opens = Opens::default();
        let me = std::process::id();
        let ino = 0xfeed_0000_0000 | u64::from(me);
        assert!(!opens.may_be_open(ino, me, true), "nobody opened it");
        opens.note(ino, me);
        assert!(!opens.may_be_open(ino, me, true), "opened and closed again");
        let file = memfd_create(format!("{OPEN_FILE_PREFIX}{ino:x}"), MemfdFlags::CLOEXEC).unwrap();
        assert!(opens.may_be_open(ino, me, true));
        opens.forking(me);
        assert!(opens.may_be_open(ino, me, true));
        opens.orphan(ino);
        assert!(opens.orphans_closed().is_empty());
        drop(file);
        assert!(opens.may_be_open(ino, me, true), "a child may have it");
        let deadline = Instant::now() + Duration::from_secs(10);
        while opens.orphans_closed() != [ino] {
            assert!(Instant::now() < deadline, "the kernel knows that none has");
            std::thread::yield_now();
        }
    }

    #[test]
    fn links_of_descriptors() {
        assert_eq!(open_node("/memfd:gkfs:2a (deleted)"), Some(42));
        assert_eq!(open_node("/memfd:other (deleted)"), None);
        assert_eq!(open_node("/tmp/gkfs:2a"), None);
    }
}
