//! Expectations: what is to come, how often, in which order, and what it is answered with.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::{FakeFuse, Hold, Times, WaitError};
use crate::abi::Opcodes;
use crate::codec::{Name, Reply, Request};
use crate::engine::corrupt::Corrupt;
use crate::engine::rule::{Action, Rule};
use crate::problem::place;
use crate::server::Shared;

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
        let rule = RuleBox(Rule::new(opcodes.into(), place(Location::caller())));
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
        let times = times.into();
        self.rule.0.least = times.least;
        self.rule.0.most = times.most;
        self
    }

    /// Said at this place, `tests/test_file.py:7` for example, where the caller is not who says it.
    pub fn said_at(mut self, place: impl Into<String>) -> Self {
        self.rule.0.place = place.into();
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
        Hold::of(self.say())
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
    pub(super) shared: Arc<Shared>,
    pub(super) index: usize,
}

/// What is expected, how often, and where that is said.
impl std::fmt::Display for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shared.lock().state.rules[self.index].fmt(f)
    }
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
    /// It was not, within the server's deadline or until the connection ended.
    pub fn wait(&self, times: usize) -> Result<(), WaitError> {
        let limit = self.shared.lock().state.config.deadline;
        let met = |seen: usize| (seen >= times).then_some(());
        self.shared
            .wait_open(limit, |state| met(state.rules[self.index].seen.len()))
    }
}
