//! The times of an attempt: when it is slow, when its time is up, and for how long it is held meanwhile.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::Order;
use super::hold::{Change, Hold};
use crate::halt::RunClock;
use crate::settings::Deadlines;

/// What is due while an attempt runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Its slow mark is passed.
    Slow,
    /// It is held from now on, and why.
    Held(String),
    /// It goes on.
    Released,
    /// Its time is up.
    Over,
}

/// The times of an attempt that runs.
#[derive(Debug)]
pub(super) struct Limits {
    /// What all of them are told on.
    clock: RunClock,
    started: Instant,
    timeout: Duration,
    slow_at: Option<Instant>,
    deadline: Instant,
    hold: Option<Hold>,
}

impl Limits {
    /// Those of an attempt that starts now; `holds` says whether it is kept as it is when it fails.
    pub(super) fn new(clock: RunClock, order: &Order, attempt: &Path, holds: bool) -> Self {
        let started = clock.now();
        Self {
            started,
            timeout: order.timeout,
            slow_at: Some(started + order.slow),
            deadline: started + order.timeout,
            hold: holds.then(|| Hold::new(clock.clone(), attempt)),
            clock,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.hold.as_ref().is_some_and(Hold::is_held)
    }

    /// Whether it is to be held if it fails.
    pub(super) fn may_hold(&self) -> bool {
        self.hold.is_some()
    }

    /// Holds it as it is; whether it was not told to go on already.
    pub(super) fn hold_now(&mut self) -> bool {
        self.hold.as_mut().is_some_and(Hold::keep_from_outside)
    }

    /// How long it has run. While it was held it did not.
    pub(super) fn ran(&self) -> Duration {
        let waited = self.hold.as_ref().map_or(Duration::ZERO, Hold::waited);
        (self.clock.now() - self.started).saturating_sub(waited)
    }

    /// Nothing is due while somebody looks at it in a debugger.
    pub(super) fn suspend(&mut self) {
        self.slow_at = None;
        self.deadline = self.clock.now() + Deadlines::Off.of(self.timeout);
    }

    /// From now on it has all of its time again.
    pub(super) fn resume(&mut self) {
        self.deadline = self.clock.now() + self.timeout;
    }

    /// Waits for what is due next. It may be dropped and asked again.
    pub(super) async fn due(&mut self) -> Due {
        let is_held = self.is_held();
        tokio::select! {
            biased;
            change = change(&mut self.hold) => self.changed(change),
            () = self.clock.until(self.deadline), if !is_held => self.over(),
            () = self.clock.until(self.slow_at.unwrap_or(self.deadline)), if self.slow_at.is_some() && !is_held => {
                self.slow_at = None;
                Due::Slow
            }
        }
    }

    fn changed(&mut self, change: Change) -> Due {
        match change {
            Change::Held(reason) => Due::Held(reason),
            Change::Released => {
                // What was held at its deadline has none left; another one has all of its time to end in.
                let is_from_outside = self.hold.as_ref().is_some_and(|hold| hold.is_from_outside);
                let left = if is_from_outside {
                    Duration::ZERO
                } else {
                    self.timeout
                };
                self.deadline = self.clock.now() + left;
                Due::Released
            }
        }
    }

    fn over(&mut self) -> Due {
        if self.hold_now() {
            return Due::Held(format!("still running after {:?}", self.timeout));
        }
        Due::Over
    }
}

/// Waits for what becomes of an attempt that may be held; of another one nothing does.
async fn change(hold: &mut Option<Hold>) -> Change {
    match hold {
        Some(hold) => hold.change().await,
        None => std::future::pending().await,
    }
}
