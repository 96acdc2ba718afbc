//! From the times that a source writes to times on one clock.
//!
//! A daemon writes what the wall showed, a client Greenwich. Which wall it was, the run's record says; where it does
//! not, or where it lies, the moment at which the harness started the process tells it to the quarter of an hour.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::jumps::{Jump, Lag};
use super::stamp::{Stamp, Zone};

/// Farther than this from its process's start a source's first line can only be by a wrong zone, in microseconds.
const FAR: i64 = 10 * 60 * 1_000_000;
/// A process can be up to this much older than the step that tells of it, which is written when it runs.
const SKEWED: i64 = 1_000_000;
/// Zones differ by multiples of this, in microseconds.
const QUARTER: i64 = 15 * 60 * 1_000_000;

/// The clock of one source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    /// The machine's zone, for sources that write local time.
    zone: Option<TimeZone>,
    /// When the source's process was started, if a step says so.
    spawned: Option<i64>,
    /// Measured offset from Greenwich, where the zone alone is wrong.
    shift: Option<i64>,
    /// The zone's offset from Greenwich when it was looked at last.
    offset: Option<i64>,
    /// From the start of the process to its first line.
    skew: Option<i64>,
    /// The hour for which an offset is known: it need not be looked up for each line.
    known: Option<(i64, i64)>,
    /// Where the machine's clock was set back.
    lag: Lag,
    /// The time of the line before: as the clock showed it, and when that was.
    last: Option<(i64, i64)>,
}

impl Clock {
    /// A clock in this zone, whose process was started then, and which was set back there.
    pub(crate) fn new(zone: Option<TimeZone>, spawned: Option<i64>, jumps: &[Jump]) -> Clock {
        Clock {
            zone,
            spawned,
            lag: Lag::new(jumps),
            ..Clock::default()
        }
    }

    /// The same for a process of which nothing is known yet.
    pub(crate) fn restarted(&self) -> Clock {
        Clock::new(self.zone.clone(), None, &[])
    }

    /// Returns when a stamp was written, and whether its clock had gone back: times never do within a source.
    pub(crate) fn time(&mut self, stamp: Stamp) -> (i64, bool) {
        let shown = self.absolute(stamp);
        let shown = match self.skew {
            None => self.first(stamp, shown),
            Some(_) => shown,
        };
        let before = self.last;
        let time = self.lag.time(shown, before.map(|(shown, _)| shown));
        let back = before.is_some_and(|(before, _)| shown < before);
        let time = before.map_or(time, |(_, last)| time.max(last));
        self.last = Some((shown, time));
        (time, back)
    }

    /// Returns the time of the line before, for one that has none.
    pub(crate) fn last(&self) -> Option<i64> {
        self.last.map(|(_, time)| time)
    }

    /// Returns the offset from Greenwich of what it showed last, in seconds.
    pub(crate) fn offset(&self) -> Option<i64> {
        let micros = self.shift.or(self.offset)?;
        Some(micros / 1_000_000)
    }

    /// Returns what is to be known about this clock, if anything is.
    pub(crate) fn notice(&self) -> Option<String> {
        if self.shift.is_some() {
            return Some("measured".to_owned());
        }
        self.skew
            .filter(|skew| *skew < -SKEWED)
            .map(|skew| format!("skew {:.1}s", skew as f64 / 1e6))
    }

    /// Takes the first stamp: the one by which the zone can be checked.
    fn first(&mut self, stamp: Stamp, time: i64) -> i64 {
        let mut time = time;
        if let Some(spawned) = self.spawned.filter(|spawned| (time - spawned).abs() > FAR) {
            let shift = (stamp.wall - spawned + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
            self.shift = Some(shift);
            time = stamp.wall - shift;
        }
        self.skew = Some(self.spawned.map_or(0, |spawned| time - spawned));
        time
    }

    fn absolute(&mut self, stamp: Stamp) -> i64 {
        if let Some(shift) = self.shift {
            return stamp.wall - shift;
        }
        let offset = match (&self.zone, stamp.zone) {
            (Some(zone), Zone::Local) => {
                let hour = stamp.wall.div_euclid(QUARTER);
                match self.known {
                    Some((known, offset)) if known == hour => offset,
                    _ => {
                        let last = self.last.map(|(shown, _)| shown);
                        let (offset, sure) = offset(zone, stamp.wall, last);
                        self.known = sure.then_some((hour, offset));
                        offset
                    }
                }
            }
            _ => 0,
        };
        self.offset = Some(offset);
        stamp.wall - offset
    }
}

/// Returns the zone's offset at a wall time, and whether there is no other.
///
/// In the hour that comes twice in autumn, the second one is meant when the first would be before the last line.
fn offset(zone: &TimeZone, wall: i64, last: Option<i64>) -> (i64, bool) {
    let micros = |offset: Offset| i64::from(offset.seconds()) * 1_000_000;
    let Ok(at) = Timestamp::from_microsecond(wall) else {
        return (0, true);
    };
    let civil: DateTime = TimeZone::UTC.to_datetime(at);
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => (micros(offset), true),
        AmbiguousOffset::Gap { before, .. } => (micros(before), false),
        AmbiguousOffset::Fold { before, after } => {
            let again = last.is_some_and(|last| wall - micros(before) < last);
            (micros(if again { after } else { before }), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stamp::stamp;
    use super::*;

    fn times(zone: &str, spawned: Option<i64>, lines: &[&str]) -> (Vec<(i64, bool)>, Clock) {
        let mut clock = Clock::new(TimeZone::get(zone).ok(), spawned, &[]);
        let times = lines
            .iter()
            .map(|line| clock.time(stamp(line.as_bytes()).expect("a stamp")))
            .collect();
        (times, clock)
    }

    fn utc(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_microsecond()
    }

    #[test]
    fn a_daemon_in_kolkata_and_a_client_meet() {
        let (daemon, _) = times("Asia/Kolkata", None, &["[26-11-22 08:33:09.600000] x"]);
        let (client, _) = times("Asia/Kolkata", None, &["[2026-11-22 03:03:09.600000] x"]);
        assert_eq!(daemon, client);
        assert_eq!(daemon[0].0, utc("2026-11-22T03:03:09.6Z"));
    }

    #[test]
    fn the_hour_that_comes_twice_goes_on() {
        let lines = [
            "[26-10-25 02:59:59.000000]",
            "[26-10-25 02:00:01.000000]",
            "[26-10-25 03:00:00.000000]",
        ];
        let (times, _) = times("Europe/Berlin", None, &lines);
        let wanted = [
            "2026-10-25T00:59:59Z",
            "2026-10-25T01:00:01Z",
            "2026-10-25T02:00:00Z",
        ];
        assert_eq!(times, wanted.map(|time| (utc(time), false)));
    }

    #[test]
    fn a_clock_that_steps_back_waits() {
        let lines = [
            "[26-11-22 03:00:05.000000]",
            "[26-11-22 03:00:01.000000]",
            "[26-11-22 03:00:06.000000]",
        ];
        let (times, _) = times("UTC", None, &lines);
        assert_eq!(times[1], (times[0].0, true));
        assert_eq!(times[2].0 - times[0].0, 1_000_000);
    }

    #[test]
    fn a_wrong_zone_is_measured() {
        let spawned = utc("2026-11-22T03:03:09.5Z");
        let (times, clock) = times("UTC", Some(spawned), &["[26-11-22 08:33:09.600000]"]);
        assert_eq!(times[0].0, spawned + 100_000);
        assert_eq!(clock.offset(), Some(5 * 3600 + 1800));
        assert_eq!(clock.notice().as_deref(), Some("measured"));
    }

    #[test]
    fn a_line_before_its_process_is_skew() {
        let spawned = utc("2026-11-22T03:03:09.5Z");
        let (_, clock) = times("UTC", Some(spawned), &["[26-11-22 03:03:05.500000]"]);
        assert_eq!(clock.notice().as_deref(), Some("skew -4.0s"));
        let (_, clock) = times("UTC", Some(spawned), &["[26-11-22 03:03:09.490000]"]);
        assert_eq!(clock.notice(), None);
    }
}
