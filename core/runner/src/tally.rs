//! From attempts to a test's status. Pure.

use crate::status::{Outcome, Status};

/// What is known of one test so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Attempts begun.
    pub(crate) attempts: u32,
    /// Time of all attempts together, in microseconds.
    pub(crate) duration_us: u64,
    /// Repetitions that have been judged.
    pub(crate) rounds: u32,
    /// How the last of them ended.
    last: Option<Status>,
    /// The worst of them, with its reason.
    worst: Option<(Status, Option<String>)>,
}

impl Tally {
    /// A repetition ended: with this outcome after so many failed attempts. Cancelled ones say nothing.
    pub(crate) fn round(
        &mut self,
        outcome: Outcome,
        failed_before: u32,
        reason: Option<String>,
    ) -> Option<Status> {
        let status = match outcome {
            Outcome::Passed if failed_before > 0 => Status::Flaky,
            Outcome::Passed => Status::Passed,
            Outcome::Failed => Status::Failed,
            Outcome::Error => Status::Error,
            Outcome::Skipped => Status::Skipped,
            Outcome::Timeout => Status::Timeout,
            Outcome::Cancelled => return None,
        };
        self.rounds += 1;
        self.last = Some(status);
        if self
            .worst
            .as_ref()
            .is_none_or(|(worst, _)| severity(status) > severity(*worst))
        {
            self.worst = Some((status, reason));
        }
        Some(status)
    }

    /// How the last repetition ended.
    pub(crate) fn status(&self) -> Option<Status> {
        self.last
    }

    /// The verdict, once at least one repetition was judged. It is taken, so that it is given once.
    pub(crate) fn take_verdict(&mut self) -> Option<(Status, Option<String>)> {
        self.worst.take()
    }
}

fn severity(status: Status) -> u8 {
    match status {
        Status::Skipped => 0,
        Status::Passed => 1,
        Status::Flaky => 2,
        Status::Timeout => 3,
        Status::Error => 4,
        Status::Failed => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(rounds: &[(Outcome, u32)]) -> Option<Status> {
        let mut tally = Tally::default();
        for (outcome, before) in rounds {
            tally.round(*outcome, *before, None);
        }
        tally.take_verdict().map(|(status, _)| status)
    }

    #[test]
    fn the_worst_repetition_decides() {
        use Outcome::{Cancelled, Failed, Passed, Skipped, Timeout};
        assert_eq!(verdict(&[(Passed, 0), (Skipped, 0)]), Some(Status::Passed));
        assert_eq!(verdict(&[(Skipped, 0)]), Some(Status::Skipped));
        assert_eq!(verdict(&[(Passed, 0), (Passed, 2)]), Some(Status::Flaky));
        assert_eq!(
            verdict(&[(Passed, 0), (Timeout, 0), (Failed, 1), (Passed, 0)]),
            Some(Status::Failed)
        );
        assert_eq!(verdict(&[(Cancelled, 0)]), None);
    }
}
