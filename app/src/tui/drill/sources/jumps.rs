//! Where the machine's clock was set back while a test ran.
//!
//! Steps are recorded with two clocks, one of which cannot be set. Where the other one falls behind it, everybody on
//! the machine writes earlier times from then on; all of them are taken forward by as much, so that the order stays.

use crate::report::steps::Step;

/// Less is not a clock that was set, but a process that waited between two looks at clocks, in microseconds.
const NOTICED: i64 = 10_000;

/// A clock that was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Jump {
    /// The latest time that it can have shown before.
    pub(crate) last: i64,
    /// The earliest time that it can have shown next.
    pub(crate) next: i64,
    /// By how much, in microseconds.
    pub(crate) by: i64,
}

/// Follows the clock of the steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Straight {
    /// Both clocks at the step before.
    before: Option<(i64, u64)>,
    /// How far the clock is behind by now, in microseconds.
    lag: i64,
}

impl Straight {
    /// Gives the next steps the times that they would have had if the clock had not been set back. Returns where it was.
    pub(crate) fn straighten(&mut self, steps: &mut [Step]) -> Vec<Jump> {
        let mut jumps = Vec::new();
        for step in steps {
            let (ts, mono) = (step.ts, step.mono);
            if let Some((last, then)) = self.before.replace((ts, mono)) {
                let elapsed = i64::try_from(mono.saturating_sub(then)).unwrap_or(0);
                let by = last.saturating_add(elapsed).saturating_sub(ts);
                if by > NOTICED {
                    self.lag = self.lag.saturating_add(by);
                    jumps.push(Jump {
                        last: last.saturating_add(elapsed),
                        next: last.saturating_sub(by),
                        by,
                    });
                }
            }
            step.ts = ts.saturating_add(self.lag);
        }
        jumps
    }
}

/// How far a source is behind, as it goes on through the jumps of its clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lag {
    /// What is still to come.
    jumps: Vec<Jump>,
    /// How far it is behind by now, in microseconds.
    by: i64,
}

impl Lag {
    /// Nothing was jumped over yet.
    pub(crate) fn new(jumps: &[Jump]) -> Lag {
        Lag {
            jumps: jumps.to_vec(),
            by: 0,
        }
    }

    /// Returns when something was written at a time of the clock, after what was written at `last` of it.
    pub(crate) fn time(&mut self, time: i64, last: Option<i64>) -> i64 {
        while let Some(jump) = self.jumps.first().copied() {
            let went_back = last.is_some_and(|last| time < last) && (jump.next..=jump.last).contains(&time);
            let is_behind = went_back || time > jump.last;
            if !is_behind {
                break;
            }
            self.by += jump.by;
            self.jumps.remove(0);
        }
        time.saturating_add(self.by)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn step(ts: i64, mono: u64) -> Step {
        Step {
            kind: "op".to_owned(),
            mono,
            ts,
            duration_us: Some(1),
            instant: false,
            fields: Map::new(),
        }
    }

    #[test]
    fn a_clock_that_was_set_back_is_taken_forward() {
        let mut steps = [
            step(1_000_000, 0),
            step(1_100_000, 100_000),
            step(700_000, 200_000),
            step(900_000, 400_000),
        ];
        let jumps = Straight::default().straighten(&mut steps);
        assert_eq!(
            steps.map(|step| step.ts),
            [1_000_000, 1_100_000, 1_200_000, 1_400_000]
        );
        let wanted = Jump {
            last: 1_200_000,
            next: 600_000,
            by: 500_000,
        };
        assert_eq!(jumps, [wanted]);
        let mut lag = Lag::new(&jumps);
        let mut last = None;
        let times = [1_050_000, 1_150_000, 750_000, 800_000].map(|time| {
            let straight = lag.time(time, last);
            last = Some(time);
            straight
        });
        assert_eq!(times, [1_050_000, 1_150_000, 1_250_000, 1_300_000]);
    }

    #[test]
    fn a_clock_that_goes_on_or_is_set_forward_is_left_alone() {
        let mut steps = [step(1_000_000, 0), step(1_000_500, 600), step(9_000_000, 1200)];
        assert_eq!(Straight::default().straighten(&mut steps), []);
        assert_eq!(steps[2].ts, 9_000_000);
    }
}
