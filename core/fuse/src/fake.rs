//! The server as a test holds it.

mod expect;
mod held;
mod look;
mod memory;
mod notify;
mod start;
mod times;
mod vocabulary;

use std::collections::BTreeMap;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use expect::{Expect, Expectation};
pub use held::{Held, Hold, WaitError};
pub use memory::CallError;
pub use notify::{Notifier, NotifyError};
pub use times::Times;
pub use vocabulary::ServerFailed;

use crate::abi::{InitIn, Opcodes};
use crate::builder::Builder;
use crate::codec::{Protocol, Reply, Request};
use crate::engine::State;
use crate::engine::fault::{Fault, FaultState};
use crate::problem::{Problem, VerifyError, place};
use crate::server::{Job, Memory, Shared};

/// How long a test waits for the server itself, which does nothing that takes long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A fake FUSE server, mounted for real.
///
/// See the [crate's documentation](crate) for what it can do. Dropped without [`verify`](Self::verify), it verifies and
/// panics with what it finds, unless the test panics already; then it unmounts.
#[derive(Debug)]
pub struct FakeFuse {
    shared: Arc<Shared>,
    memory: Option<Arc<Memory>>,
    threads: Vec<JoinHandle<()>>,
    path: PathBuf,
    by_helper: bool,
    verified: AtomicBool,
    started: &'static Location<'static>,
}

impl FakeFuse {
    /// A server that answers as a file system in memory would, until it is told otherwise.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The root of the file system, as a path for this process and its children.
    ///
    /// A [detached](crate::Mount::Detached) mount has a path below `/proc` that names a descriptor of the server.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a helper in a user namespace mounted it: there, only the caller's own uid and gid have a meaning, and files of
    /// others belong to nobody.
    pub const fn is_in_user_namespace(&self) -> bool {
        self.by_helper
    }

    /// What was agreed on in the handshake.
    pub fn protocol(&self) -> Protocol {
        self.shared.lock().state.protocol
    }

    /// What the kernel said of itself in the handshake.
    pub fn kernel(&self) -> Option<InitIn> {
        self.shared.lock().state.handshake.kernel()
    }

    /// Lets this function of the test answer requests of these opcodes, when no expectation does. What it returns nothing for
    /// goes on to the next function, to the prepared replies and to what stands behind them.
    ///
    /// It runs in the server, which has a descriptor table of its own: values and locks are shared, open files are not.
    pub fn on(
        &self,
        opcodes: impl Into<Opcodes>,
        handler: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
    ) {
        let entry = (opcodes.into(), Arc::new(handler) as _);
        self.shared.lock().state.handlers.push(entry);
    }

    /// Lets requests fail, or be slow, by a rule.
    pub fn fault(&self, fault: Fault) -> FaultHandle {
        let mut inner = self.shared.lock();
        inner.state.faults.push(FaultState::from(fault));
        FaultHandle {
            shared: self.shared.clone(),
            index: inner.state.faults.len() - 1,
        }
    }

    /// Tells the kernel something unasked.
    pub const fn notify(&self) -> Notifier<'_> {
        Notifier { fake: self }
    }

    /// Waits until no request is waiting or worked on: what a system call leaves behind, a `RELEASE` for example, is sent
    /// before the call returns, and has been served when this does. Returns whether that came true.
    pub fn settle(&self) -> bool {
        let (tell, told) = sync_channel(1);
        self.shared.post(Job::Settle(tell));
        told.recv_timeout(PATIENCE).unwrap_or(false)
    }

    /// Waits, after [settling](Self::settle), until every request so far is answered, what a server
    /// [elsewhere](crate::Fallback::Relay) is still at included. Returns whether that came true in this time.
    pub fn wait_answered(&self, limit: Duration) -> bool {
        let answered = |state: &mut State| state.pending.is_empty().then_some(());
        self.settle() && self.shared.wait_for(limit, answered).is_some()
    }

    /// Closes the device, as a server that crashes does: callers get `ECONNABORTED`, later ones `ENOTCONN`.
    pub fn abort(&self) {
        let (tell, told) = sync_channel(1);
        self.shared.post(Job::Abort("the server closed its device", tell));
        let _: Result<(), _> = told.recv_timeout(PATIENCE);
    }

    /// Checks that everything came as it was expected: each expectation was met, each prepared reply was sent, each request
    /// was read (where that is asked for), nothing was rejected, nothing ran into the deadline, no reference was given back
    /// that was not there; and, where [that is asked for](Builder::check_leaks), that none was kept.
    ///
    /// # Errors
    /// What did not.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.settle();
        self.verified.store(true, Ordering::SeqCst);
        let check_leaks = self.shared.lock().state.config.check_leaks;
        let leaked = if check_leaks {
            self.leaked()
        } else {
            BTreeMap::new()
        };
        let mut problems = self.shared.lock().state.verdict();
        problems.extend(
            leaked
                .into_iter()
                .map(|(node, count)| Problem::Leaked { node, count }),
        );
        if problems.is_empty() {
            Ok(())
        } else {
            Err(VerifyError { problems })
        }
    }

    /// Does not verify at the end.
    pub fn forgive(&self) {
        self.verified.store(true, Ordering::SeqCst);
    }

    /// Unmounts and ends the server. What is still held is answered with `EINTR`.
    pub fn stop(mut self) {
        self.forgive();
        self.end();
    }

    fn end(&mut self) {
        if self.threads.is_empty() {
            return;
        }
        self.shared.post(Job::Stop);
        for (index, thread) in self.threads.drain(..).enumerate() {
            // A server of ours that panicked has nothing left to say.
            let _: thread::Result<()> = thread.join();
            if index == 0 {
                // The recorder ends when nobody can tell it anything.
                let mut inner = self.shared.lock();
                inner.state.observer = None;
                inner.state.forward = None;
            }
        }
    }
}

impl Drop for FakeFuse {
    fn drop(&mut self) {
        let unverified = !self.verified.load(Ordering::SeqCst) && !self.threads.is_empty();
        let verdict = if unverified { self.verify() } else { Ok(()) };
        self.end();
        if let Err(error) = verdict
            && !thread::panicking()
        {
            panic!("{error}\n  (started at {})", place(self.started));
        }
    }
}

/// A fault that is at work.
#[derive(Debug)]
pub struct FaultHandle {
    shared: Arc<Shared>,
    index: usize,
}

impl FaultHandle {
    /// How often it struck.
    pub fn count(&self) -> u64 {
        self.shared.lock().state.faults[self.index].struck()
    }
}
