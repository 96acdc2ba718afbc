//! Ends that go on when the caller has gone: a runner waits for them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many there are.
#[derive(Debug, Default)]
pub(super) struct Endings {
    count: Mutex<usize>,
    changed: Condvar,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Ending(Arc<Endings>);

impl Endings {
    pub(super) fn begin(self: &Arc<Self>) -> Ending {
        *self.lock() += 1;
        Ending(self.clone())
    }

    /// Waits until there is none. Each has a deadline of its own.
    pub(super) fn wait(&self) {
        let none = self.changed.wait_while(self.lock(), |count| *count > 0);
        drop(none.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.changed.notify_all();
    }
}
