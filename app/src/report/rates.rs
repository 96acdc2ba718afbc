//! How often a test fails, and how busy the machine was when it did.

use std::io::{self, Write};

use gkfs_runner::event::AttemptFinished;
use gkfs_runner::status::{Outcome, Status};
use gkfs_runner::{Event, EventKind, Load};

use super::results::TestResult;
use super::style::{self, FAINT, STRONG};
use super::{Reporter, Results, Screen};

/// How many of some attempts went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rate {
    /// How many did not pass.
    pub(crate) bad: usize,
    /// How many there were that say something about the test.
    pub(crate) all: usize,
}

impl Rate {
    /// Counts the attempts that have a verdict.
    pub(crate) fn of<'a>(ends: impl IntoIterator<Item = &'a AttemptFinished>) -> Rate {
        let mut rate = Rate::default();
        for end in ends {
            if end.outcome.is_bad() || end.outcome == Outcome::Passed {
                rate.all += 1;
                rate.bad += usize::from(end.outcome.is_bad());
            }
        }
        rate
    }

    /// `3 of 50 (6.0 %)`.
    pub(crate) fn told(self) -> String {
        let percent = 100.0 * self.bad as f64 / self.all.max(1) as f64;
        format!("{} of {} ({percent:.1} %)", self.bad, self.all)
    }
}

/// Says for each test how often it failed, when the run has ended.
pub(crate) struct Rates;

impl Reporter for Rates {
    fn event(&mut self, event: &Event, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        if !matches!(event.kind, EventKind::RunFinished { .. }) {
            return Ok(());
        }
        let mut rows: Vec<(&TestResult, Rate)> = results
            .judged()
            .map(|(test, _)| (test, Rate::of(ends(test))))
            .filter(|(_, rate)| rate.all > 0)
            .collect();
        rows.sort_by(|(_, one), (_, other)| (other.bad * one.all).cmp(&(one.bad * other.all)));
        if !rows.is_empty() {
            writeln!(screen.out, "\n{STRONG}how often each did not pass{STRONG:#}")?;
        }
        rows.into_iter()
            .try_for_each(|(test, rate)| row(screen.out, test, rate))
    }
}

/// Returns how the attempts at a test ended.
pub(crate) fn ends(test: &TestResult) -> impl Iterator<Item = &AttemptFinished> {
    test.attempts.iter().filter_map(|attempt| attempt.end.as_ref())
}

fn row(out: &mut dyn Write, test: &TestResult, rate: Rate) -> io::Result<()> {
    let status = if rate.bad == 0 {
        Status::Passed
    } else {
        Status::Failed
    };
    let (color, glyph) = (style::of(status), style::glyph(status));
    write!(out, "{color}{glyph}{color:#} {:<16} {}", rate.told(), test.id)?;
    let first = ends(test).find(|end| end.outcome.is_bad());
    if let Some(first) = first {
        write!(out, "  {FAINT}first in attempt {}", first.attempt)?;
        let cpu = |bad: bool| {
            median(
                ends(test)
                    .filter(|end| end.outcome.is_bad() == bad)
                    .filter_map(cpu_share),
            )
        };
        // Whether it fails when the machine is busy is what one wants to know.
        if let (Some(failed), Some(passed)) = (cpu(true), cpu(false)) {
            write!(
                out,
                "; waited for a CPU: failed {failed:.0} %, passed {passed:.0} %"
            )?;
        }
        write!(out, "{FAINT:#}")?;
    }
    writeln!(out)
}

/// For how much of its time an attempt, or something beside it, waited for a processor, in per cent.
fn cpu_share(end: &AttemptFinished) -> Option<f64> {
    let load = end.load?;
    share(load.cpu_wait_us?, time_of(&load, end.duration_us))
}

/// Over which time it waited: an attempt that was held does not count that, the machine does.
fn time_of(load: &Load, duration_us: u64) -> u64 {
    load.over_us.unwrap_or(duration_us)
}

fn share(waited: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| (100.0 * waited as f64 / of as f64).min(100.0))
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Returns the same in as few words as a table has room for: the load, and what part of the time something waited for a
/// processor.
pub(crate) fn machine_short(load: &Load, duration_us: u64) -> String {
    let time = time_of(load, duration_us);
    let cpu = load.cpu_wait_us.and_then(|waited| share(waited, time));
    let cpu = cpu.map_or(String::new(), |share| format!(" cpu {share:.0} %"));
    format!("load {:.1}{cpu}", load.load1)
}

/// Returns what is said of the machine beside an attempt that took so many microseconds.
pub(crate) fn machine(load: &Load, duration_us: u64) -> String {
    let time = time_of(load, duration_us);
    let mut parts = vec![format!("load {:.1}", load.load1)];
    let waits = [
        ("a CPU", load.cpu_wait_us),
        ("a disk", load.io_wait_us),
        ("memory", load.mem_wait_us),
    ];
    for (what, waited) in waits {
        // Less is nothing to think about.
        if let Some(share) = waited
            .and_then(|waited| share(waited, time))
            .filter(|share| *share >= 1.0)
        {
            parts.push(format!("waited for {what} {share:.0} %"));
        }
    }
    let gib = load.mem_available as f64 / f64::from(1 << 30);
    parts.push(format!("{gib:.1} GiB free"));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_as_shares_and_small_ones_are_not() {
        let load = Load {
            load1: 3.25,
            mem_available: 3 << 29,
            over_us: None,
            cpu_wait_us: Some(450),
            io_wait_us: Some(1),
            mem_wait_us: None,
        };
        assert_eq!(
            machine(&load, 1000),
            "load 3.2, waited for a CPU 45 %, 1.5 GiB free"
        );
        assert_eq!(machine_short(&load, 1000), "load 3.2 cpu 45 %");
        let held = Load {
            over_us: Some(9000),
            ..load
        };
        assert_eq!(machine_short(&held, 1000), "load 3.2 cpu 5 %");
    }

    #[test]
    fn a_rate_is_told_with_its_per_cent() {
        assert_eq!(Rate { bad: 3, all: 50 }.told(), "3 of 50 (6.0 %)");
        assert_eq!(Rate::default().told(), "0 of 0 (0.0 %)");
    }
}
