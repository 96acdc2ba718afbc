//! Signs, roles and durations of tests: each status has a sign of its own, so that it is told without colours.

use gkfs_runner::status::Status;

use super::state::suite::{Phase, Test};
use super::theme::Role;

/// Returns the sign of a status.
#[must_use]
pub fn of(status: Status) -> char {
    crate::report::style::glyph(status)
}

/// Returns the role of a status.
#[must_use]
pub fn role(status: Status) -> Role {
    match status {
        Status::Passed => Role::StatusPassed,
        Status::Failed => Role::StatusFailed,
        Status::Error => Role::StatusError,
        Status::Flaky => Role::StatusFlaky,
        Status::Skipped => Role::StatusSkipped,
        Status::Timeout => Role::StatusTimeout,
    }
}

/// Returns the sign and the role of a test as it stands.
#[must_use]
pub fn test(test: &Test) -> (String, Role) {
    match (test.phase, test.status) {
        (Phase::Running, _) => ("▶".to_owned(), Role::StatusRunning),
        (Phase::Waiting, _) => ("…".to_owned(), Role::StatusWaiting),
        (Phase::Idle, Some(status)) => (of(status).to_string(), role(status)),
        (Phase::Idle, None) => ("·".to_owned(), Role::Dim),
    }
}

/// Returns a duration as it stands beside a test.
#[must_use]
pub fn seconds(us: u64) -> String {
    match us {
        0..10_000_000 => format!("{}.{:03}s", us / 1_000_000, us % 1_000_000 / 1000),
        10_000_000..100_000_000 => format!("{}.{}s", us / 1_000_000, us % 1_000_000 / 100_000),
        _ => format!("{}m{:02}s", us / 60_000_000, us / 1_000_000 % 60),
    }
}
