//! What came so far, and what was wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FakeFuse, WaitError};
use crate::abi::Opcodes;
use crate::codec::Request;
use crate::problem::Problem;
use crate::transcript::Transcript;

impl FakeFuse {
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
    /// None came within the server's deadline, or until the connection ended.
    pub fn wait_request(&self, wanted: impl Fn(&Request) -> bool) -> Result<Arc<Request>, WaitError> {
        let limit = self.shared.lock().state.config.deadline;
        self.shared.wait_open(limit, |state| {
            let mut all = state.recorded.iter().chain(&state.aside);
            all.find(|request| wanted(request)).cloned()
        })
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
    pub fn references(&self) -> BTreeMap<u64, u64> {
        self.settle();
        let inner = self.shared.lock();
        inner
            .state
            .references
            .iter()
            .map(|(node, count)| (*node, *count))
            .collect()
    }

    /// Tells the kernel that all names are out of date, so that it lets go of every node that nobody uses, and returns what it
    /// still holds: each node with its references.
    pub fn leaked(&self) -> BTreeMap<u64, u64> {
        self.settle();
        // From the leaves on: a directory is let go when nothing in it is held.
        let mut names = {
            let inner = self.shared.lock();
            let state = &inner.state;
            state.names.of(state.references.keys().copied())
        };
        names.sort_by_key(|(parent, _)| std::cmp::Reverse(*parent));
        for (parent, name) in names {
            // Who does not know the name does not hold anything by it.
            let _: Result<(), _> = self.notify().inval_entry(parent, name.as_bytes());
        }
        self.references()
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
}
