//! gVisor's commands, with their exact semantics, under Rust names.

use std::sync::Arc;

use super::FakeFuse;
use crate::abi::{Opcode, Opcodes};
use crate::attr::Attr;
use crate::codec::{Name, Reply, Request};
use crate::problem::Problem;

/// The server noticed something before this command, so the test has failed: gVisor's commands report that one late.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerFailed {
    /// What it noticed first.
    #[error("the server failed before: {0}")]
    Before(Box<Problem>),
    /// There is no request left to read.
    #[error("no more received request")]
    NoRequest,
}

impl FakeFuse {
    /// Every command of gVisor's fails once the server has.
    fn check(&self) -> Result<(), ServerFailed> {
        match self.shared.lock().state.problems.first() {
            Some(problem) => Err(ServerFailed::Before(Box::new(problem.clone()))),
            None => Ok(()),
        }
    }

    /// Prepares a reply, `SetServerResponse`: it answers the next request of its opcode when all prepared before it are
    /// used up. On a [strict](crate::Builder::strict) server, a request of another opcode uses it up, gets `ENOSYS` and
    /// fails the test.
    ///
    /// # Errors
    /// The server noticed a problem before.
    pub fn set_response(&self, opcodes: impl Into<Opcodes>, reply: Reply) -> Result<(), ServerFailed> {
        self.shared
            .lock()
            .state
            .presets
            .push_back((opcodes.into(), reply));
        self.check()
    }

    /// Lets a name be found, `SetServerInodeLookup`: every `LOOKUP` of this name, in whatever directory, any number of
    /// times, gets a node of its own that holds for no time, and is not recorded. gVisor's defaults are
    /// `S_IFREG | 0600` and 512 bytes. Returns the node.
    ///
    /// # Errors
    /// The server noticed a problem before.
    pub fn set_inode_lookup(
        &self,
        name: impl AsRef<[u8]>,
        mode: u32,
        size: u64,
    ) -> Result<u64, ServerFailed> {
        let node = {
            let mut inner = self.shared.lock();
            let state = &mut inner.state;
            let node = state.next_node;
            state.next_node += 1;
            let mut attr = Attr::new(mode, node, size);
            if self.is_in_user_namespace() {
                // There, uid 1234 is nobody, and nothing may be done to what belongs to nobody.
                let uid = rustix::process::geteuid().as_raw();
                attr = attr.owner(uid, rustix::process::getegid().as_raw());
            }
            let entry = attr.entry();
            state.lookups.insert(Name::new(name), entry.0);
            node
        };
        self.check().map(|()| node)
    }

    /// Reads the next request, `GetServerActualRequest`.
    ///
    /// # Errors
    /// There is none, or the server noticed a problem before.
    pub fn next_request(&self) -> Result<Arc<Request>, ServerFailed> {
        // What a call leaves behind, as a RELEASE, may still be on its way.
        if self.shared.lock().state.unread() == 0 {
            self.settle();
        }
        let next = {
            let mut inner = self.shared.lock();
            let state = &mut inner.state;
            let next = state.recorded.get(state.cursor).cloned();
            state.cursor += usize::from(next.is_some());
            next
        };
        self.check()?;
        next.ok_or(ServerFailed::NoRequest)
    }

    /// Passes over the next request, `SkipServerActualRequest`.
    ///
    /// # Errors
    /// As [`next_request`](Self::next_request).
    pub fn skip_request(&self) -> Result<(), ServerFailed> {
        self.next_request().map(drop)
    }

    /// How many requests the test has not read, `GetServerNumUnconsumedRequests`.
    pub fn unconsumed_requests(&self) -> usize {
        self.settle();
        self.shared.lock().state.unread()
    }

    /// How many prepared replies were not sent, `GetServerNumUnsentResponses`.
    pub fn unsent_responses(&self) -> usize {
        self.settle();
        self.shared.lock().state.presets.len()
    }

    /// The bytes of all requests that a test can read, `GetServerTotalReceivedBytes`: what did not grow was not sent.
    pub fn received_bytes(&self) -> usize {
        self.settle();
        self.shared.lock().state.received_bytes
    }

    /// Prepares an `OPEN`, opens, and passes over its request: `OpenPath`.
    ///
    /// # Errors
    /// The file cannot be opened, or the server noticed a problem.
    pub fn open_path(
        &self,
        options: &std::fs::OpenOptions,
        name: impl AsRef<std::path::Path>,
        fh: u64,
    ) -> Result<std::fs::File, Box<dyn std::error::Error + Send + Sync>> {
        self.set_response(Opcode::Open, crate::reply::open(fh, 0))?;
        let file = options.open(self.path().join(name))?;
        self.skip_request()?;
        Ok(file)
    }

    /// Closes, and waits until the server has heard of it: `CloseFD`. What a close sends is answered on the side, unless
    /// [`auto`](crate::Builder::auto) says otherwise; then its `FLUSH` and `RELEASE` are there to be read.
    pub fn close(&self, file: impl Into<std::os::fd::OwnedFd>) {
        drop(file.into());
        self.settle();
    }
}

impl crate::engine::State {
    pub(crate) fn unread(&self) -> usize {
        self.recorded.len() - self.cursor
    }
}
