//! The two clocks of the record.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// One moment on both clocks: the wall's, to order things across machines, and the monotonic one, for durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Microseconds since the epoch.
    pub ts: i64,
    /// Microseconds of `CLOCK_MONOTONIC`.
    pub mono: u64,
}

impl Moment {
    /// Reads both clocks.
    #[must_use]
    pub fn now() -> Self {
        let ts = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_micros() as i64,
            Err(before) => -(before.duration().as_micros() as i64),
        };
        let mono = clock_gettime(ClockId::Monotonic);
        Self {
            ts,
            mono: mono.tv_sec as u64 * 1_000_000 + mono.tv_nsec as u64 / 1000,
        }
    }
}
