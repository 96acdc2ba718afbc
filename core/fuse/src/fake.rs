//! The server as a test holds it.

mod expect;
mod memory;
mod notify;
mod vocabulary;

use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use expect::{Expect, Expectation, Held, Hold, Times, WaitError};
pub use memory::CallError;
pub use notify::{Notifier, NotifyError};
pub use vocabulary::ServerFailed;

use crate::abi::{InitIn, Opcodes};
use crate::builder::Builder;
use crate::codec::{Protocol, Reply, Request};
use crate::engine::State;
use crate::engine::fault::{Fault, FaultState};
use crate::engine::init::Handshake;
use crate::event::Event;
use crate::mount::StartError;
use crate::problem::{Problem, VerifyError, place};
use crate::server::{self, Job, Memory, Shared};
use crate::transcript::Transcript;

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

    #[track_caller]
    pub(crate) fn start(builder: Builder) -> Result<Self, StartError> {
        let started = Location::caller();
        let relay = builder.relay;
        // A server elsewhere may not even have begun to listen.
        let hold = builder.config.hold_init || relay.is_some();
        let memory = builder.plan.memory.clone();
        let mut state = State::new(builder.config);
        let mut threads = Vec::new();
        if let Some(mut observer) = builder.observer {
            let (tell, told) = mpsc::channel::<Event>();
            state.observer = Some(tell);
            let recorder = thread::Builder::new().name("fuse-recorder".into());
            let spawned = recorder.spawn(move || told.iter().for_each(|event| observer(&event)));
            threads.push(spawned.map_err(|source| StartError::Spawn {
                what: "the recorder",
                source,
            })?);
        }
        if memory.is_some() {
            state.protocol.flags = state.config.wanted_flags;
        }
        let shared = Arc::new(Shared::new(state, builder.backend));
        if let Some(relay) = relay {
            let started = relay.start(&shared).map_err(|source| StartError::Spawn {
                what: "who carries messages to the server behind",
                source,
            })?;
            shared.lock().state.forward = Some(started.0);
            threads.extend(started.1);
        }
        let (server, told) = server::start(&shared, builder.plan)?;
        threads.insert(0, server);
        let fake = Self {
            shared,
            path: told.path,
            by_helper: told.by_helper,
            threads,
            verified: AtomicBool::new(false),
            started,
            memory,
        };
        if fake.memory.is_none() {
            fake.wait_for_handshake(hold)?;
        }
        Ok(fake)
    }

    fn wait_for_handshake(&self, hold: bool) -> Result<(), StartError> {
        let done = self
            .shared
            .wait_for(PATIENCE, |state| match (&state.handshake, &state.closed) {
                (Handshake::Done(_), _) => Some(Ok(())),
                (Handshake::Held(_), _) if hold => Some(Ok(())),
                (_, Some(why)) => Some(Err(StartError::Handshake(why.clone()))),
                _ => None,
            });
        let silence = || Err(StartError::Handshake("the kernel says nothing".into()));
        let done = done.unwrap_or_else(silence);
        if done.is_err() {
            self.forgive();
        } else if self.by_helper && !hold {
            self.prime();
        }
        done
    }

    /// In a user namespace the root belongs to nobody until the kernel has asked whose it is, and it lets nobody write to
    /// what belongs to nobody before it asks.
    fn prime(&self) {
        self.shared.lock().state.priming = true;
        // A handshake that a test spoilt ends this as it ends everything.
        let _: Result<_, _> = rustix::fs::stat(&self.path);
        self.shared.lock().state.priming = false;
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

    /// Waits until a server [elsewhere](crate::Fallback::Relay) has shaken hands.
    ///
    /// # Errors
    /// It closed its device, or said nothing for so long.
    pub fn wait_handshake(&self, limit: Duration) -> Result<(), StartError> {
        let done = self
            .shared
            .wait_for(limit, |state| match (&state.handshake, &state.closed) {
                (Handshake::Done(_), _) => Some(Ok(())),
                (_, Some(why)) => Some(Err(StartError::Handshake(why.clone()))),
                _ => None,
            });
        let silence = || {
            Err(StartError::Handshake(format!(
                "the server said nothing for {limit:?}"
            )))
        };
        done.unwrap_or_else(silence)?;
        if self.by_helper {
            self.prime();
        }
        Ok(())
    }

    /// Answers a handshake that was held.
    pub fn release_init(&self) {
        let outgoing = {
            let mut inner = self.shared.lock();
            let Handshake::Held(request) = inner.state.handshake.clone() else {
                return;
            };
            let outgoing = inner.state.answer_init(request);
            if let Some(outgoing) = &outgoing {
                inner.state.sending(outgoing);
            }
            outgoing
        };
        if let Some(outgoing) = outgoing {
            self.send(outgoing);
        }
    }

    fn send(&self, outgoing: crate::engine::Outgoing) {
        let (tell, told) = sync_channel(1);
        self.shared.post(Job::Answer(outgoing, tell));
        // A server that is gone has answered everything.
        let _: Result<(), _> = told.recv_timeout(PATIENCE);
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

    /// Every request so far that a test can read, whether it was read or not.
    pub fn requests(&self) -> Vec<Arc<Request>> {
        self.settle();
        self.shared.lock().state.recorded.clone()
    }

    /// What was answered on the side, of these opcodes.
    pub fn aside(&self, opcodes: impl Into<Opcodes>) -> Vec<Arc<Request>> {
        let opcodes = opcodes.into();
        self.settle();
        let inner = self.shared.lock();
        inner
            .state
            .aside
            .iter()
            .filter(|request| opcodes.contains(request.opcode()))
            .cloned()
            .collect()
    }

    /// Waits for a request that satisfies the predicate, among all that came and will come.
    ///
    /// # Errors
    /// None came within the server's deadline.
    pub fn wait_request(&self, wanted: impl Fn(&Request) -> bool) -> Result<Arc<Request>, WaitError> {
        let limit = self.shared.lock().state.config.deadline;
        let found = self.shared.wait_for(limit, |state| {
            let mut all = state.recorded.iter().chain(&state.aside);
            all.find(|request| wanted(request)).cloned()
        });
        found.ok_or(WaitError::Deadline(limit))
    }

    /// Everything that passed so far.
    pub fn transcript(&self) -> Transcript {
        self.settle();
        let inner = self.shared.lock();
        Transcript::of(
            &inner.state.log,
            &inner.state.protocol,
            inner.state.handshake.kernel(),
        )
    }

    /// How many references the kernel holds to each node but the root.
    pub fn references(&self) -> std::collections::BTreeMap<u64, u64> {
        self.settle();
        let inner = self.shared.lock();
        inner
            .state
            .references
            .iter()
            .map(|(node, count)| (*node, *count))
            .collect()
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

    /// What was noticed so far that the test did not want.
    pub fn problems(&self) -> Vec<Problem> {
        self.settle();
        self.shared.lock().state.problems.clone()
    }

    /// Takes out the problems so far: the test wanted them.
    pub fn take_problems(&self) -> Vec<Problem> {
        self.settle();
        std::mem::take(&mut self.shared.lock().state.problems)
    }

    /// Checks that everything came as it was expected: each expectation was met, each prepared reply was sent, each request
    /// was read (where that is asked for), nothing was rejected, nothing ran into the deadline, no reference was given back
    /// that was not there.
    ///
    /// # Errors
    /// What did not.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.settle();
        self.verified.store(true, Ordering::SeqCst);
        let problems = self.shared.lock().state.verdict();
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
