//! The time at the head of a line, in the formats of the stack and its tools.
//!
//! | written by | format | zone |
//! |---|---|---|
//! | daemon | `[26-11-22 03:03:09.623422]` | local, with a year of two digits |
//! | client | `[2026-11-22 03:03:10.800457]` | UTC |
//! | upstream's test harness | `2026-11-22 03:03:09.355 \|` | local |

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Which clock a stamp was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Coordinated universal time.
    Utc,
    /// The machine's own.
    Local,
}

/// A stamp as it is written: what the clock on that wall showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Microseconds since the epoch, if the wall were in Greenwich.
    pub(crate) wall: i64,
    /// Where the wall is.
    pub(crate) zone: Zone,
    /// Where the line goes on behind the stamp.
    pub(crate) end: usize,
}

/// Reads the stamp a line begins with.
pub(crate) fn stamp(line: &[u8]) -> Option<Stamp> {
    let bracket = usize::from(line.first() == Some(&b'['));
    let mut rest = Reader {
        bytes: line,
        at: bracket,
    };
    let (year, digits) = rest.number(4)?;
    let (year, zone) = match (digits, bracket) {
        (2, 1) => (year + 2000, Zone::Local),
        (4, 1) => (year, Zone::Utc),
        (4, 0) => (year, Zone::Local),
        _ => return None,
    };
    let month = rest.behind(b'-', 2)?;
    let day = rest.behind(b'-', 2)?;
    let hour = rest.behind(b' ', 2).or_else(|| rest.behind(b'T', 2))?;
    let minute = rest.behind(b':', 2)?;
    let second = rest.behind(b':', 2)?;
    rest.expect(b'.')?;
    let (fraction, digits) = rest.number(6)?;
    let micros = fraction * 10_i32.pow(6 - digits);
    if bracket == 1 {
        rest.expect(b']')?;
    }
    let small = |number: i32| i8::try_from(number).ok();
    let wall = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        micros * 1000,
    )
    .ok()?;
    let wall = TimeZone::UTC.to_timestamp(wall).ok()?.as_microsecond();
    Some(Stamp {
        wall,
        zone,
        end: rest.at,
    })
}

/// Reads one stamp after the other. Most lines are written within the same second as the one before: then all but the
/// fraction is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stamps {
    /// What the last stamp began with, to the point before the fraction.
    prefix: [u8; LONGEST],
    len: usize,
    /// That second, and where its wall is.
    second: i64,
    zone: Option<Zone>,
}

/// No stamp is longer than this before its fraction.
const LONGEST: usize = 24;

impl Stamps {
    /// Reads the stamp a line begins with.
    pub(crate) fn read(&mut self, line: &[u8]) -> Option<Stamp> {
        let known = self.zone.zip(line.strip_prefix(&self.prefix[..self.len]));
        if let Some((zone, rest)) = known
            && let Some((micros, end)) = fraction(rest, self.prefix[0] == b'[')
        {
            return Some(Stamp {
                wall: self.second + micros,
                zone,
                end: self.len + end,
            });
        }
        let stamp = stamp(line)?;
        let point = line.iter().position(|byte| *byte == b'.')?;
        self.len = 0;
        self.zone = None;
        if let Some(prefix) = self.prefix.get_mut(..=point) {
            prefix.copy_from_slice(&line[..=point]);
            self.len = point + 1;
            self.second = stamp.wall.div_euclid(1_000_000) * 1_000_000;
            self.zone = Some(stamp.zone);
        }
        Some(stamp)
    }
}

/// Reads the fraction of a second, in microseconds, and returns where it ends.
fn fraction(bytes: &[u8], bracket: bool) -> Option<(i64, usize)> {
    if bracket && let Some(micros) = six(bytes) {
        return Some((micros, 7));
    }
    let digits = bytes
        .iter()
        .take(7)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=6).contains(&digits) || (bracket && bytes.get(digits) != Some(&b']')) {
        return None;
    }
    let number = bytes[..digits]
        .iter()
        .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    let scale = 10_i64.pow(6 - u32::try_from(digits).unwrap_or(6));
    Some((number * scale, digits + usize::from(bracket)))
}

/// Reads six digits and a bracket, as all of the stack's own writers end their stamps.
fn six(bytes: &[u8]) -> Option<i64> {
    let (digits, rest) = bytes.split_first_chunk::<6>()?;
    let (mut number, mut largest) = (0_u32, 0);
    for digit in digits.map(|byte| byte.wrapping_sub(b'0')) {
        largest = digit.max(largest);
        number = number * 10 + u32::from(digit);
    }
    (largest < 10 && rest.first() == Some(&b']')).then_some(i64::from(number))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// Reads a number of at most `most` digits; returns how many it has, too.
    fn number(&mut self, most: u32) -> Option<(i32, u32)> {
        let (mut number, mut digits) = (0, 0);
        while let Some(digit) = self.bytes.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            if digits == most {
                return None;
            }
            number = number * 10 + i32::from(digit - b'0');
            (self.at, digits) = (self.at + 1, digits + 1);
        }
        (digits > 0).then_some((number, digits))
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    /// Reads the number of exactly `digits` digits behind `before`.
    fn behind(&mut self, before: u8, digits: u32) -> Option<i32> {
        self.expect(before)?;
        let (number, read) = self.number(digits)?;
        (read == digits).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Option<(i64, Zone)> {
        stamp(line.as_bytes()).map(|stamp| (stamp.wall, stamp.zone))
    }

    #[test]
    fn each_writer_has_its_format() {
        let wall = 1_795_316_589_623_422;
        assert_eq!(
            read("[26-11-22 03:03:09.623422] 1455 [D][main] x"),
            Some((wall, Zone::Local))
        );
        assert_eq!(
            read("[2026-11-22 03:03:09.623422] [1516] [info] x"),
            Some((wall, Zone::Utc))
        );
        assert_eq!(
            read("2026-11-22 03:03:09.623 | DEBUG    | harness.gkfs:261 | x"),
            Some((wall - 422, Zone::Local))
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
        for line in [
            "",
            "[",
            "running 1 test",
            "[26-13-22 03:03:09.6]",
            "[26-11-22 03:03:09.6234221]",
            "2026-11-22",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_known_of_the_line_before_changes_nothing(
            lines in prop::collection::vec("\\[?(20)?26-1[0-3]-2[12] 0[34]:0[39]:09\\.[0-9]{0,7}\\]?", 1..8),
        ) {
            let mut stamps = Stamps::default();
            for line in &lines {
                prop_assert_eq!(stamps.read(line.as_bytes()), stamp(line.as_bytes()), "{}", line);
            }
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let end = stamp(&bytes).map_or(0, |stamp| stamp.end);
            prop_assert!(end <= bytes.len());
        }

        #[test]
        fn digits_and_signs_do_not_break_it(text in "\\[?[0-9]{2,4}[-0-9 :.\\]]{0,30}") {
            let end = stamp(text.as_bytes()).map_or(0, |stamp| stamp.end);
            prop_assert!(end <= text.len());
        }
    }
}
