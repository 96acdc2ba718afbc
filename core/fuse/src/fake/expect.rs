//! Expectations: what is to come, how often, in which order, and what it is answered with.

use std::ops::{Bound, RangeBounds};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::FakeFuse;
use crate::abi::Opcodes;
use crate::codec::{Name, Reply, Request};
use crate::engine::Then;
use crate::engine::corrupt::Corrupt;
use crate::engine::rule::{Action, Rule};
use crate::server::Shared;

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
}

/// How often: a number, or a range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    least: usize,
    most: usize,
}

impl From<usize> for Times {
    fn from(times: usize) -> Self {
        Self {
            least: times,
            most: times,
        }
    }
}

macro_rules! times_from_ranges {
    ($($range:ty),*) => {
        $(impl From<$range> for Times {
            fn from(range: $range) -> Self {
                let least: usize = match RangeBounds::<usize>::start_bound(&range) {
                    Bound::Included(least) => *least,
                    Bound::Excluded(below) => *below + 1,
                    Bound::Unbounded => 0,
                };
                let most: usize = match RangeBounds::<usize>::end_bound(&range) {
                    Bound::Included(most) => *most,
                    Bound::Excluded(above) => above.saturating_sub(1),
                    Bound::Unbounded => usize::MAX,
                };
                Self { least, most }
            }
        })*
    };
}

times_from_ranges!(
    std::ops::Range<usize>,
    std::ops::RangeInclusive<usize>,
    std::ops::RangeFrom<usize>,
    std::ops::RangeTo<usize>,
    std::ops::RangeToInclusive<usize>,
    std::ops::RangeFull
);

/// An expectation that is being said. It holds from its last word on: [`reply`](Self::reply), [`hold`](Self::hold) and so
/// on.
#[must_use = "an expectation holds when its last word is said: reply, hold, pass, corrupt"]
#[derive(Debug)]
pub struct Expect<'a> {
    fake: &'a FakeFuse,
    rule: RuleBox,
}

struct RuleBox(Rule);

impl std::fmt::Debug for RuleBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl FakeFuse {
    /// Begins an expectation of requests of these opcodes, once if nothing else is said.
    #[track_caller]
    pub fn expect(&self, opcodes: impl Into<Opcodes>) -> Expect<'_> {
        let rule = RuleBox(Rule::new(opcodes.into(), Location::caller()));
        Expect { fake: self, rule }
    }
}

impl Expect<'_> {
    /// Only about this node.
    pub const fn node(mut self, node: u64) -> Self {
        self.rule.0.node = Some(node);
        self
    }

    /// Only with this name.
    pub fn name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.rule.0.name = Some(Name::new(name));
        self
    }

    /// Only if the structure behind the header satisfies this: `.matching(|write: &WriteIn| write.offset == 0)`.
    pub fn matching<T: 'static>(self, wanted: impl Fn(&T) -> bool + Send + 'static) -> Self {
        self.when(move |request| request.args::<T>().is_some_and(&wanted))
    }

    /// Only if the request satisfies this.
    pub fn when(mut self, wanted: impl Fn(&Request) -> bool + Send + 'static) -> Self {
        self.rule.0.predicates.push(Box::new(wanted));
        self
    }

    /// So often: `2`, `1..=3`, `0..`.
    pub fn times(mut self, times: impl Into<Times>) -> Self {
        let Times { least, most } = times.into();
        self.rule.0.least = least;
        self.rule.0.most = most;
        self
    }

    /// Not before that one was met.
    pub fn after(mut self, before: &Expectation) -> Self {
        self.rule.0.after.push(before.index);
        self
    }

    /// Answered this much later.
    pub const fn delay(mut self, delay: Duration) -> Self {
        self.rule.0.delay = Some(delay);
        self
    }

    /// The kernel must refuse the answer with this errno.
    pub const fn rejected_with(mut self, errno: i32) -> Self {
        self.rule.0.expected_errno = errno;
        self
    }

    /// Answered with this, every time.
    pub fn reply(self, reply: Reply) -> Expectation {
        self.replies([reply])
    }

    /// Answered with these one after the other, with the last one from then on.
    pub fn replies(mut self, replies: impl IntoIterator<Item = Reply>) -> Expectation {
        self.rule.0.action = Action::Reply(replies.into_iter().collect());
        self.say()
    }

    /// Answered with an errno.
    pub fn errno(self, errno: i32) -> Expectation {
        self.reply(Reply::Errno(errno))
    }

    /// Answered as without the expectation, which only counts.
    pub fn pass(mut self) -> Expectation {
        self.rule.0.action = Action::Pass;
        self.say()
    }

    /// Answered with this reply, broken like that.
    pub fn corrupt_reply(mut self, reply: Reply, corrupt: Corrupt) -> Expectation {
        self.rule.0.corrupt = Some(corrupt);
        self.reply(reply)
    }

    /// Answered as without the expectation, but broken like that.
    pub fn corrupt(mut self, corrupt: Corrupt) -> Expectation {
        self.rule.0.corrupt = Some(corrupt);
        self.pass()
    }

    /// Not answered by the server: the test takes the request and answers it when it likes.
    pub fn hold(mut self) -> Hold {
        self.rule.0.action = Action::Hold;
        Hold(self.say())
    }

    /// Never comes.
    pub fn never(self) -> Expectation {
        self.times(0).pass()
    }

    fn say(self) -> Expectation {
        let mut inner = self.fake.shared.lock();
        inner.state.rules.push(self.rule.0);
        Expectation {
            shared: self.fake.shared.clone(),
            index: inner.state.rules.len() - 1,
        }
    }
}

/// An expectation that holds.
#[derive(Clone, Debug)]
pub struct Expectation {
    shared: Arc<Shared>,
    index: usize,
}

impl Expectation {
    /// How often it was met.
    pub fn count(&self) -> usize {
        self.shared.lock().state.rules[self.index].seen.len()
    }

    /// What met it.
    pub fn requests(&self) -> Vec<Arc<Request>> {
        self.shared.lock().state.rules[self.index].seen.clone()
    }

    /// Waits until it was met so often.
    ///
    /// # Errors
    /// It was not, within the server's deadline.
    pub fn wait(&self, times: usize) -> Result<(), WaitError> {
        let limit = self.shared.lock().state.config.deadline;
        let met = |seen: usize| (seen >= times).then_some(());
        self.shared
            .wait_for(limit, |state| met(state.rules[self.index].seen.len()))
            .ok_or(WaitError::Deadline(limit))
    }
}

/// An expectation whose requests the test answers itself.
#[derive(Clone, Debug)]
pub struct Hold(Expectation);

impl Hold {
    /// The expectation.
    pub const fn expectation(&self) -> &Expectation {
        &self.0
    }

    /// Waits for the next request, the oldest that was not taken.
    ///
    /// # Errors
    /// None came within the server's deadline.
    pub fn wait(&self) -> Result<Held, WaitError> {
        let shared = &self.0.shared;
        let limit = shared.lock().state.config.deadline;
        let found = shared.wait_for(limit, |state| {
            let waiting = state.pending.values_mut();
            let ours = waiting.filter(|pending| pending.rule == Some(self.0.index) && !pending.taken);
            let oldest = ours.min_by_key(|pending| pending.due)?;
            oldest.taken = true;
            Some(oldest.request.clone())
        });
        let request = found.ok_or(WaitError::Deadline(limit))?;
        Ok(Held {
            shared: shared.clone(),
            request,
        })
    }
}

/// A request that waits for the test. Left without an answer, the deadline or the end of the server gives one.
#[derive(Debug)]
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
                None => Some(Err(WaitError::Answered)),
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
            delay: None,
            expected_errno: errno,
        };
        self.answer(reply, &then)
    }

    fn answer(self, reply: Reply, then: &Then) -> Result<(), WaitError> {
        let outgoing = {
            let mut inner = self.shared.lock();
            let state = &mut inner.state;
            let held = state.pending.remove(&self.request.unique());
            held.ok_or(WaitError::Answered)?;
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
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.shared.post(crate::server::Job::Answer(outgoing, tell));
        told.recv_timeout(super::PATIENCE)
            .map_err(|_| WaitError::Answered)
    }
}
