//! Durations and sizes as people write them.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

/// A positive duration, written `60s`, `2m 30s` or `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

/// How often something is run: so many times, or for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stress {
    /// So many times.
    Times(NonZeroU32),
    /// For so long.
    For(Span),
}

impl FromStr for Stress {
    type Err = String;

    fn from_str(text: &str) -> Result<Stress, String> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            let times = text
                .parse()
                .map_err(|_| format!("`{text}` is not a number of times"))?;
            return Ok(Stress::Times(times));
        }
        text.parse()
            .map(Stress::For)
            .map_err(|error: String| format!("{error}, or a number of times such as `50`"))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let problem = || format!("`{text}` is not a duration; write it like `60s`, `2m 30s` or `250ms`");
        let span: jiff::SignedDuration = text.parse().map_err(|_| problem())?;
        let span = Duration::try_from(span).map_err(|_| problem())?;
        if span.is_zero() {
            Err(format!("a duration of `{text}` leaves no time at all"))
        } else {
            Ok(Span(span))
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// A number of bytes, written `2GiB`, `500 MB` or `1048576`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl Size {
    pub(crate) const fn gib(n: u64) -> Size {
        Size(n << 30)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let size: bytesize::ByteSize = text
            .parse()
            .map_err(|_| format!("`{text}` is not a size; write it like `2GiB` or `500MB`"))?;
        Ok(Size(size.as_u64()))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, ms) in [
            ("60s", 60_000),
            ("2m 30s", 150_000),
            ("250ms", 250),
            ("1h", 3_600_000),
        ] {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(ms))), "{text}");
        }
        for text in ["60", "", "-1s", "0s", "fast"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_know_binary_and_decimal_units() {
        assert_eq!("2GiB".parse(), Ok(Size::gib(2)));
        assert_eq!("500MB".parse(), Ok(Size(500_000_000)));
        assert!("many".parse::<Size>().is_err());
    }
}
