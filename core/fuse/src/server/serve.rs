//! One request from its bytes to its answer.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zerocopy::FromBytes;

use super::{Device, Job};
use crate::abi::OutHeader;
use crate::backend::Backend;
use crate::codec::{Reply, Request, framed};
use crate::engine::{Ask, Decision, Outgoing, State, Then};
use crate::event::What;
use crate::problem::Problem;

/// What all threads of a server and its test share. Memory only: they share no descriptors.
pub(crate) struct Shared {
    inner: Mutex<Inner>,
    /// Something was noticed that a test may wait for.
    changed: Condvar,
    /// There is something for the courier.
    pub(crate) mail: Condvar,
    backend: Mutex<Box<dyn Backend>>,
    /// Workers that are at a request.
    busy: AtomicUsize,
}

/// What the lock guards.
pub(crate) struct Inner {
    pub(crate) state: State,
    pub(super) jobs: VecDeque<Job>,
}

impl Shared {
    pub(crate) fn new(state: State, backend: Box<dyn Backend>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                state,
                jobs: VecDeque::new(),
            }),
            changed: Condvar::new(),
            mail: Condvar::new(),
            backend: Mutex::new(backend),
            busy: AtomicUsize::new(0),
        }
    }

    /// A handler or predicate that panicked left nothing half done: the state goes on.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn backend(&self) -> MutexGuard<'_, Box<dyn Backend>> {
        self.backend.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `wanted` finds something, or the time is up.
    pub(crate) fn wait_for<T>(
        &self,
        limit: Duration,
        mut wanted: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + limit;
        let mut inner = self.lock();
        loop {
            if let Some(found) = wanted(&mut inner.state) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            let waited = self.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(crate) fn changed(&self) {
        self.changed.notify_all();
    }

    /// Marks a worker as busy from before it reads until it has answered.
    pub(super) fn at_work<T>(&self, work: impl FnOnce() -> T) -> T {
        self.busy.fetch_add(1, Ordering::SeqCst);
        let done = work();
        self.busy.fetch_sub(1, Ordering::SeqCst);
        done
    }

    pub(super) fn is_idle(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    /// Serves one request, and lets nothing that a test's code does end the worker.
    pub(crate) fn serve(&self, bytes: &[u8], device: &dyn Device) {
        let decision = catch_unwind(AssertUnwindSafe(|| self.lock().state.decide(bytes)))
            .unwrap_or_else(|panic| self.after_panic(bytes, &*panic));
        self.carry_out(decision, device);
    }

    /// Serves a request that was held, as if nobody had held it.
    pub(super) fn go_on(&self, request: &Arc<Request>, device: &dyn Device) {
        let then = Then {
            recorded: true,
            ..Then::default()
        };
        let decision = self.lock().state.asked(request, then);
        self.carry_out(decision, device);
    }

    fn carry_out(&self, mut decision: Decision, device: &dyn Device) {
        loop {
            decision = match decision {
                Decision::Answer(outgoing) => {
                    self.write(device, &outgoing);
                    break;
                }
                Decision::Ask(ask) => self.ask(ask),
                Decision::Later => {
                    self.mail.notify_one();
                    break;
                }
            };
        }
        self.changed();
    }

    /// Calls the test's functions, or what stands behind the script, without the lock.
    fn ask(&self, ask: Ask) -> Decision {
        let backend = ask.handlers.is_empty();
        let answer = catch_unwind(AssertUnwindSafe(|| {
            if backend {
                let protocol = self.lock().state.protocol;
                return Some(self.backend().answer(&ask.request, &protocol));
            }
            ask.handlers.iter().find_map(|handler| handler(&ask.request))
        }));
        let mut inner = self.lock();
        let state = &mut inner.state;
        match answer {
            Ok(Some(reply)) => {
                if !backend {
                    state.record_once(&ask.request, &ask.then);
                }
                if matches!(reply, Reply::Unknown) {
                    state.not_in_transcript(&ask.request);
                }
                state.reply(&ask.request, reply, &ask.then)
            }
            Ok(None) => state.scripted(&ask.request, ask.then),
            Err(panic) => {
                state.problems.push(Problem::Panic(message(&*panic)));
                state.record_once(&ask.request, &ask.then);
                state.reply(&ask.request, Reply::Errno(libc::EIO), &Then::default())
            }
        }
    }

    /// A predicate panicked in the middle: the caller gets `EIO`, the test hears of it.
    fn after_panic(&self, bytes: &[u8], panic: &(dyn Any + Send)) -> Decision {
        let mut inner = self.lock();
        let state = &mut inner.state;
        state.problems.push(Problem::Panic(message(panic)));
        match Request::decode(bytes, &state.protocol) {
            Ok(request) => {
                let request = Arc::new(request);
                state.record(&request);
                state.reply(&request, Reply::Errno(libc::EIO), &Then::default())
            }
            Err(_) => Decision::Later,
        }
    }

    /// Writes an answer that was noted already, and notes what the kernel said to it.
    pub(super) fn write(&self, device: &dyn Device, outgoing: &Outgoing) {
        let errno = device
            .write(&outgoing.bytes)
            .err()
            .map_or(0, |errno| errno.raw_os_error());
        // What has another number is taken for the answer to something else, to an interruption for example, and the
        // request stays open.
        let is_its_own = has_unique(&outgoing.bytes, outgoing.request.unique());
        if errno == 0 && outgoing.expected_errno == 0 && is_its_own {
            return;
        }
        let request = &outgoing.request;
        {
            let mut inner = self.lock();
            let state = &mut inner.state;
            if errno != 0 {
                state.take_back(&outgoing.entries);
                let request = request.clone();
                state.note(What::Rejected { request, errno });
            }
            if errno != outgoing.expected_errno && state.closed.is_none() {
                state.problems.push(Problem::Rejected {
                    request: request.clone(),
                    errno,
                    expected: outgoing.expected_errno,
                });
            }
        }
        if errno != 0 || !is_its_own {
            self.mend(device, outgoing);
        }
    }

    /// A refused answer may leave its request open, and the caller waiting for ever: it gets `EIO`, if it still waits.
    fn mend(&self, device: &dyn Device, outgoing: &Outgoing) {
        let request = &outgoing.request;
        let bytes = framed(-libc::EIO, request.unique(), &[]);
        // Noted only if it was open: that is what a test wants to know.
        if device.write(&bytes).is_ok() {
            let mut inner = self.lock();
            inner.state.note(What::Reply {
                request: request.clone(),
                reply: Arc::new(Reply::Errno(libc::EIO)),
                bytes: bytes.into(),
            });
        }
    }
}

/// Whether the bytes of an answer have this number.
fn has_unique(bytes: &[u8], unique: u64) -> bool {
    OutHeader::read_from_prefix(bytes).is_ok_and(|(header, _)| header.unique == unique)
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("state", &self.lock().state)
            .finish_non_exhaustive()
    }
}

pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}
