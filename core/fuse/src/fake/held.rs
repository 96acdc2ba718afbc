//! Requests that a test answers itself.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::{Expectation, PATIENCE};
use crate::codec::{Reply, Request};
use crate::engine::corrupt::Corrupt;
use crate::engine::{State, Then};
use crate::server::{Job, Shared};

/// What a test waited for did not come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// Not in this time.
    #[error("nothing came within {0:?}")]
    Deadline(Duration),
    /// The request is not held any more: the deadline or the end of the server answered it.
    #[error("the request is not held any more: it was answered when its time was up")]
    Answered,
    /// There is no connection any more: the kernel has told every caller so.
    #[error("the connection has ended: {0}")]
    Closed(String),
}

impl Shared {
    /// Waits for what a test wants to hear of, unless it cannot come any more.
    pub(super) fn wait_open<T>(
        &self,
        limit: Duration,
        mut wanted: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<T, WaitError> {
        let found = self.wait_for(limit, |state| match wanted(state) {
            Some(found) => Some(Ok(found)),
            None => state.closed.clone().map(|why| Err(WaitError::Closed(why))),
        });
        found.unwrap_or(Err(WaitError::Deadline(limit)))
    }
}

impl State {
    /// Why a request is not held any more.
    fn gone(&self) -> WaitError {
        self.closed.clone().map_or(WaitError::Answered, WaitError::Closed)
    }
}

/// An expectation whose requests the test answers itself.
#[derive(Clone, Debug)]
pub struct Hold(Expectation);

impl Hold {
    pub(super) const fn of(expectation: Expectation) -> Self {
        Self(expectation)
    }

    /// The expectation.
    pub const fn expectation(&self) -> &Expectation {
        &self.0
    }

    /// Waits for the next request, the oldest that was not taken.
    ///
    /// # Errors
    /// None came within the server's deadline, or until the connection ended.
    pub fn wait(&self) -> Result<Held, WaitError> {
        let shared = &self.0.shared;
        let limit = shared.lock().state.config.deadline;
        let request = shared.wait_open(limit, |state| {
            let waiting = state.pending.values_mut();
            let ours = waiting.filter(|pending| pending.rule == Some(self.0.index) && !pending.taken);
            let oldest = ours.min_by_key(|pending| pending.due)?;
            oldest.taken = true;
            Some(oldest.request.clone())
        })?;
        Ok(Held {
            shared: shared.clone(),
            request,
        })
    }
}

/// A request that waits for the test. Left without an answer, the deadline or the end of the server gives one.
#[derive(Clone, Debug)]
pub struct Held {
    shared: Arc<Shared>,
    request: Arc<Request>,
}

impl Held {
    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether its caller got a signal since.
    pub fn is_interrupted(&self) -> bool {
        let inner = self.shared.lock();
        let pending = inner.state.pending.get(&self.request.unique());
        pending.is_some_and(|pending| pending.interrupted)
    }

    /// Waits until its caller got a signal.
    ///
    /// # Errors
    /// It did not within the server's deadline, or the request is not held any more.
    pub fn wait_interrupted(&self) -> Result<(), WaitError> {
        let limit = self.shared.lock().state.config.deadline;
        let told = self
            .shared
            .wait_for(limit, |state| match state.pending.get(&self.request.unique()) {
                Some(pending) => pending.interrupted.then_some(Ok(())),
                None => Some(Err(state.gone())),
            });
        told.unwrap_or(Err(WaitError::Deadline(limit)))
    }

    /// Answers it.
    ///
    /// # Errors
    /// It is not held any more.
    pub fn reply(self, reply: Reply) -> Result<(), WaitError> {
        self.answer(reply, &Then::default())
    }

    /// Answers it with this reply, broken like that; the kernel must say `errno` to it, or nothing if that is 0.
    ///
    /// # Errors
    /// It is not held any more.
    pub fn reply_corrupt(self, reply: Reply, corrupt: Corrupt, errno: i32) -> Result<(), WaitError> {
        let then = Then {
            corrupt: Some(corrupt),
            expected_errno: errno,
            ..Then::default()
        };
        self.answer(reply, &then)
    }

    /// Answers it as if it had not been held: by a function of the test, a prepared reply, or what stands behind the script.
    ///
    /// # Errors
    /// It is not held any more.
    pub fn release(self) -> Result<(), WaitError> {
        {
            let state = &mut self.shared.lock().state;
            let held = state.pending.remove(&self.request.unique());
            held.ok_or_else(|| state.gone())?;
        }
        let (tell, told) = sync_channel(1);
        self.shared.post(Job::Release(self.request, tell));
        told.recv_timeout(PATIENCE).map_err(|_| WaitError::Answered)
    }

    fn answer(self, reply: Reply, then: &Then) -> Result<(), WaitError> {
        let outgoing = {
            let mut inner = self.shared.lock();
            let state = &mut inner.state;
            let held = state.pending.remove(&self.request.unique());
            held.ok_or_else(|| state.gone())?;
            match state.outgoing(&self.request, reply, then) {
                Some(outgoing) => {
                    state.sending(&outgoing);
                    outgoing
                }
                // No answer: the deadline gives one.
                None => {
                    state.hold(&self.request, None);
                    return Ok(());
                }
            }
        };
        let (tell, told) = sync_channel(1);
        self.shared.post(Job::Answer(outgoing, tell));
        told.recv_timeout(PATIENCE).map_err(|_| WaitError::Answered)
    }
}
