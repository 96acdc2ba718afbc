//! A row in words: what stands on the screen, and what is copied from it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::short::shortened;
use super::sources::stamp::stamp;
use super::text::{micros, uncolored, without};
use super::timeline::Time;
use crate::report::steps::Step;

/// Returns a step's line.
pub(crate) fn step(step: &Step, prefix: &[u8]) -> Vec<u8> {
    let took = step
        .duration_us
        .map_or(String::new(), |us| format!("  {}", micros(us)));
    let sign = if step.is_failed_assert() || step.is_finding() {
        '✗'
    } else {
        '◆'
    };
    let said = shortened(step, prefix).describe();
    format!("{sign} {} {said}{took}", step.kind).into_bytes()
}

/// Returns a line's text: without its time, which stands in front, and without the path of the workspace.
pub(crate) fn line(bytes: &[u8], prefix: &[u8]) -> Vec<u8> {
    let rest = match stamp(bytes) {
        Some(stamp) => {
            let rest = &bytes[stamp.end..];
            rest.strip_prefix(b" ").unwrap_or(rest)
        }
        None => bytes,
    };
    uncolored(&without(rest, prefix))
}

/// Returns what stands for folded lines.
pub(crate) fn fold(lines: u32) -> String {
    let plural = if lines == 1 { "" } else { "s" };
    format!("⋯ {lines} internal call{plural}")
}

/// Returns a time as it is to be shown: on the wall, since the first line, or since the line above.
pub(crate) fn time(time: Time, ts: i64, first: i64, above: i64, zone: &TimeZone, wide: bool) -> String {
    let since = |from: i64| {
        let us = ts.saturating_sub(from);
        if wide {
            format!("{:>+15.6}", us as f64 / 1e6)
        } else {
            format!("{:>+9.3}", us as f64 / 1e6)
        }
    };
    match time {
        Time::Clock => clock(ts, zone, wide),
        Time::Start => since(first),
        Time::Delta => since(above),
        Time::Full => format(ts, zone, "%Y-%m-%dT%H:%M:%S%.6f%:z"),
    }
}

/// Returns a time as on the wall of the machine that ran the test.
pub(crate) fn clock(ts: i64, zone: &TimeZone, wide: bool) -> String {
    format(ts, zone, if wide { "%H:%M:%S%.6f" } else { "%M:%S%.3f" })
}

fn format(ts: i64, zone: &TimeZone, format: &str) -> String {
    let Ok(at) = Timestamp::from_microsecond(ts) else {
        return String::new();
    };
    at.to_zoned(zone.clone()).strftime(format).to_string()
}
