//! Whether the machine slept. Durations and deadlines are measured on a clock that stands still meanwhile; what a log
//! says of the time does not, and whoever reads it should know.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Less is no sleep that anybody would miss.
const LEAST: Duration = Duration::from_secs(2);

/// How far the clock that goes on during a sleep is ahead of the one that does not.
#[derive(Debug)]
pub(super) struct Slept(Duration);

impl Slept {
    /// What was slept before is nobody's business.
    pub(super) fn new() -> Slept {
        Slept(ahead())
    }

    /// Returns how long the machine slept since it was asked last, if it did.
    pub(super) fn since(&mut self) -> Option<Duration> {
        self.look(ahead())
    }

    fn look(&mut self, ahead: Duration) -> Option<Duration> {
        let slept = ahead.saturating_sub(std::mem::replace(&mut self.0, ahead));
        (slept >= LEAST).then_some(slept)
    }
}

fn ahead() -> Duration {
    const AT_ONCE: Duration = Duration::from_millis(1);
    let read = |clock| {
        let at = clock_gettime(clock);
        Duration::new(at.tv_sec.unsigned_abs(), at.tv_nsec.unsigned_abs() as u32)
    };
    loop {
        let before = read(ClockId::Monotonic);
        let on = read(ClockId::Boottime);
        // Who had to wait between the two has compared different moments.
        if read(ClockId::Monotonic).saturating_sub(before) < AT_ONCE {
            return on.saturating_sub(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sleep_is_told_once_and_a_moment_is_none() {
        let seconds = Duration::from_secs;
        let mut slept = Slept(seconds(100));
        assert_eq!(slept.look(seconds(100)), None);
        assert_eq!(slept.look(seconds(101)), None);
        assert_eq!(slept.look(seconds(3701)), Some(seconds(3600)));
        assert_eq!(slept.look(seconds(3701)), None);
        // A clock that is set back, as in another time namespace, is no sleep.
        assert_eq!(slept.look(seconds(1)), None);
    }

    #[test]
    fn the_clocks_of_this_machine_can_be_compared() {
        let mut slept = Slept::new();
        assert_eq!(slept.since(), None);
    }
}
