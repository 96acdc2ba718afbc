//! `gkfs-bench history`

use std::collections::BTreeMap;
use std::io::{self, Write};

use gkfs_runner::record::{Record, Runs, TestRecord};
use gkfs_runner::status::Status;
use serde::Serialize;

use crate::cli::{HistoryArgs, ListFormat, records};
use crate::report::rates::{self, Rate};
use crate::report::style::{self, FAINT, STRONG};
use crate::report::{Screen, human};
use crate::{CommandError, Env, Exit};

/// Eighths of a line, from the shortest to the longest time.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A test in one run.
#[derive(Debug, Serialize)]
struct Past {
    run: String,
    stack: String,
    status: Status,
    /// Of one attempt, on average, in microseconds.
    duration_us: u64,
    not_passed: usize,
    attempts: usize,
    /// The machine in the attempt to look at first, in words.
    machine: Option<String>,
    reason: Option<String>,
}

/// A test in all runs, the oldest first.
#[derive(Debug, Serialize)]
struct History {
    id: String,
    runs: usize,
    flaky_runs: usize,
    not_passed: usize,
    attempts: usize,
    /// Half of the runs were shorter, of the older ones and of the newer.
    median_us: (u64, u64),
    past: Vec<Past>,
}

/// Shows one test in all recorded runs, or all tests that did not always pass.
pub(super) fn history(args: &HistoryArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let runs = Runs::new(&records::base(&args.record, env));
    let mut list = runs.list();
    list.sort_by_key(|record| record.file.started_ts);
    let list = &list[list.len().saturating_sub(args.limit)..];
    let mut tests = gather(list)?;
    if let Some(test) = &args.test {
        let id = find(list, test)?;
        tests.retain(|history| history.id == id);
    } else {
        tests.retain(|history| history.not_passed > 0);
        tests.sort_by(|one, other| (other.not_passed * one.attempts).cmp(&(one.not_passed * other.attempts)));
    }
    match (args.format, tests.as_slice()) {
        (ListFormat::Json, all) => {
            serde_json::to_writer_pretty(&mut *screen.out, all).map_err(io::Error::from)?;
            writeln!(screen.out)?;
        }
        (ListFormat::Human, _) if list.is_empty() => {
            writeln!(screen.out, "no runs in {}", runs.dir().display())?;
        }
        (ListFormat::Human, []) => {
            let runs = human::count(list.len() as u64, "recorded run");
            writeln!(screen.out, "in {runs} every test passed, each time")?;
        }
        (ListFormat::Human, [one]) if args.test.is_some() => whole(one, screen.out)?,
        (ListFormat::Human, all) => all.iter().try_for_each(|history| line(history, screen.out))?,
    }
    Ok(Exit::Passed)
}

/// Finds the one test that is meant, in the newest run that has it.
fn find(list: &[Record], test: &str) -> Result<String, CommandError> {
    let mut error = None;
    for record in list.iter().rev() {
        match record.test(test) {
            Ok(found) => return Ok(found.id),
            Err(why) => error = error.or(Some(why)),
        }
    }
    Err(match error {
        Some(error) => error.into(),
        None => CommandError::usage("no run is recorded here").hint("`gkfs-bench run` records one"),
    })
}

fn gather(list: &[Record]) -> Result<Vec<History>, CommandError> {
    let mut all: BTreeMap<String, Vec<Past>> = BTreeMap::new();
    for record in list {
        for test in record.tests()? {
            if let Some(past) = past(record, &test) {
                all.entry(test.id).or_default().push(past);
            }
        }
    }
    Ok(all.into_iter().map(|(id, past)| History::new(id, past)).collect())
}

/// A test in a run that has a verdict on it. What was skipped says nothing about it.
fn past(record: &Record, test: &TestRecord) -> Option<Past> {
    let status = test.status.filter(|status| *status != Status::Skipped)?;
    let rate = Rate::of(test.attempts.iter().filter_map(|attempt| attempt.end.as_ref()));
    let telling = test.telling().and_then(|attempt| attempt.end.as_ref());
    Some(Past {
        run: record.file.id.clone(),
        stack: record.file.stack.name.clone(),
        status,
        duration_us: test.duration_us / rate.all.max(1) as u64,
        not_passed: rate.bad,
        attempts: rate.all,
        machine: telling.and_then(|end| Some(rates::machine(&end.load?, end.duration_us))),
        reason: test.reason.clone(),
    })
}

impl History {
    fn new(id: String, past: Vec<Past>) -> History {
        let times: Vec<u64> = past.iter().map(|past| past.duration_us).collect();
        let (older, newer) = times.split_at(times.len() / 2);
        let older = if older.is_empty() { newer } else { older };
        // It was flaky in a run in which it did both.
        let is_flaky = |past: &&Past| past.not_passed > 0 && past.not_passed < past.attempts;
        History {
            id,
            runs: past.len(),
            flaky_runs: past.iter().filter(is_flaky).count(),
            not_passed: past.iter().map(|past| past.not_passed).sum(),
            attempts: past.iter().map(|past| past.attempts).sum(),
            median_us: (median(older), median(newer)),
            past,
        }
    }

    fn rate(&self) -> Rate {
        Rate {
            bad: self.not_passed,
            all: self.attempts,
        }
    }

    /// How the newer half compares with the older one, where there is enough of both to say so.
    fn trend(&self) -> Option<String> {
        let (older, newer) = self.median_us;
        (self.runs > 3 && older > 0).then(|| {
            let change = 100.0 * (newer as f64 - older as f64) / older as f64;
            format!(
                "{} → {} ({change:+.0} %)",
                style::seconds(older),
                style::seconds(newer)
            )
        })
    }
}

fn median(times: &[u64]) -> u64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or(0)
}

fn line(history: &History, out: &mut dyn Write) -> io::Result<()> {
    let trend = history
        .trend()
        .map_or(String::new(), |trend| format!("  {FAINT}{trend}{FAINT:#}"));
    writeln!(
        out,
        "{:<18} {STRONG}{}{STRONG:#}  {FAINT}flaky in {} of {}{FAINT:#}{trend}",
        history.rate().told(),
        history.id,
        history.flaky_runs,
        human::count(history.runs as u64, "run"),
    )
}

fn whole(history: &History, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{STRONG}{}{STRONG:#} in {}",
        history.id,
        human::count(history.runs as u64, "run")
    )?;
    writeln!(
        out,
        "not passed {} attempts, flaky in {}",
        history.rate().told(),
        human::count(history.flaky_runs as u64, "run")
    )?;
    let longest = history
        .past
        .iter()
        .map(|past| past.duration_us)
        .max()
        .unwrap_or(0)
        .max(1);
    let bar = |past: &Past| {
        BARS[usize::try_from(past.duration_us * 7 / longest)
            .unwrap_or(7)
            .min(7)]
    };
    let bars: String = history.past.iter().map(bar).collect();
    let trend = history
        .trend()
        .map_or(String::new(), |trend| format!("  {trend}"));
    writeln!(out, "durations  {bars}{trend}")?;
    for past in history.past.iter().rev() {
        let (color, glyph) = (style::of(past.status), style::glyph(past.status));
        let tried = match past.attempts {
            0 | 1 => String::new(),
            _ => format!("  not passed {} of {}", past.not_passed, past.attempts),
        };
        let machine = past
            .machine
            .as_deref()
            .map_or(String::new(), |machine| format!(", {machine}"));
        let time = style::seconds(past.duration_us);
        writeln!(
            out,
            "  {}  {color}{glyph} {:<7}{color:#} {time:>8}{tried}  {FAINT}{}{machine}{FAINT:#}",
            past.run, past.status, past.stack
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(duration_us: u64, not_passed: usize) -> Past {
        Past {
            run: "R".into(),
            stack: "plain".into(),
            status: Status::Passed,
            duration_us,
            not_passed,
            attempts: 2,
            machine: None,
            reason: None,
        }
    }

    #[test]
    fn rates_and_trends_are_over_all_runs() {
        let all = [(100, 0), (300, 1), (100, 0), (200, 2), (210, 0), (190, 0)];
        let history = History::new(
            "g::t".into(),
            all.iter().map(|(time, bad)| past(*time, *bad)).collect(),
        );
        assert_eq!(history.rate(), Rate { bad: 3, all: 12 });
        assert_eq!(history.flaky_runs, 1, "one that failed each time is not flaky");
        assert_eq!(history.median_us, (100, 200));
        assert_eq!(history.trend().as_deref(), Some("0.000s → 0.000s (+100 %)"));
        let few = History::new("g::t".into(), vec![past(1, 0), past(2, 0)]);
        assert_eq!(few.trend(), None);
    }
}
